#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "hal/descriptor.hpp"
#include "hal/event_loop.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace firmware {

// Asks systemd to restart the machine: runs `systemctl reboot` beside the loop, and says in the log what came
// of it. systemd then ends this service like any other, with SIGTERM and time to stop.
class MachineRestart {
  public:
    // The program and its arguments, by absolute path.
    static std::vector<std::string> usual_command();

    MachineRestart(hal::EventLoop& loop, const base::Log& log,
                   std::vector<std::string> command = usual_command());
    MachineRestart(const MachineRestart&) = delete;
    MachineRestart& operator=(const MachineRestart&) = delete;
    // Does not wait for a program that still runs.
    ~MachineRestart() = default;

    // Returns at once. A request while an earlier one is under way joins it.
    void request();

  private:
    [[nodiscard]] base::Result<void> spawn();
    void ended();

    hal::EventLoop& loop_;
    const base::Log& log_;
    std::vector<std::string> command_;
    pid_t child_ = -1;
    hal::Descriptor its_end_;  // readable when the program has ended
    hal::EventLoop::Registration watch_;
};

}  // namespace firmware
