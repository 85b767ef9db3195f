#pragma once

#include "base/result.hpp"
#include "hal/descriptor.hpp"

#include <string>
#include <utility>

namespace firmware {

// Keeps a state directory, and with it the bolt, to one process: two that work on the same door undo each
// other's work. Held until it is destroyed or the process ends, however it ends.
class StateLock {
  public:
    // Locks `directory`/lock and writes the process id into it. Errc::busy, with the directory and the pid of
    // the holder, if another one has it; any other error if the file cannot be had.
    [[nodiscard]] static base::Result<StateLock> take(const std::string& directory);

  private:
    explicit StateLock(hal::Descriptor fd) : fd_(std::move(fd)) {}

    hal::Descriptor fd_;
};

}  // namespace firmware
