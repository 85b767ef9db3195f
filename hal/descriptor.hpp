#pragma once

#include "base/result.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace hal {

// Owns a file descriptor.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~Descriptor() { close(); }

    explicit operator bool() const { return fd_ >= 0; }
    [[nodiscard]] int get() const { return fd_; }

  private:
    void close() const {
        // What was written is the kernel's by now; a late error has nobody to be told.
        if (fd_ >= 0) (void)::close(fd_);
    }

    int fd_ = -1;
};

// The failure of the system call that has just set errno.
[[nodiscard]] inline base::Error system_error(std::string_view what, int error = errno) {
    auto code = base::Errc::io;
    if (error == EACCES || error == EPERM) code = base::Errc::permission_denied;
    if (error == ENOENT || error == ENODEV) code = base::Errc::not_found;
    if (error == EBUSY || error == EADDRINUSE) code = base::Errc::busy;
    return {code, std::string(what) + ": " + std::strerror(error)};
}

}  // namespace hal
