#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

namespace hub {

// Keeps other processes from a file, by flock(2) on a file beside it that holds our process id: closing a
// second descriptor of the file itself would drop the locks that SQLite has on it.
class FileLock {
  public:
    // Errc::busy, with the process that has it.
    [[nodiscard]] static base::Result<std::unique_ptr<FileLock>> take(const std::string& path);
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace hub
