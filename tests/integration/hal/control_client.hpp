#pragma once

#include "hal/descriptor.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

// A client of a control socket that never blocks; the test's loop runs in between.
class ControlClient {
  public:
    explicit ControlClient(const std::string& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
        connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }

    [[nodiscard]] bool connected() const { return connected_; }
    void send(const std::string& text) const {
        (void)::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);  // a closed peer shows in received()
    }
    // Everything that has come so far.
    const std::string& received() {
        char bytes[4096];
        for (;;) {
            const auto size = ::recv(fd_.get(), static_cast<char*>(bytes), sizeof bytes, 0);
            if (size <= 0) {
                closed_ = closed_ || size == 0 || errno == ECONNRESET;
                return received_;
            }
            received_.append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
        }
    }
    bool closed() {
        (void)received();
        return closed_;
    }

  private:
    hal::Descriptor fd_;
    bool connected_ = false;
    bool closed_ = false;
    std::string received_;
};
