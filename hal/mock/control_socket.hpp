#pragma once

#include "base/result.hpp"
#include "hal/descriptor.hpp"
#include "hal/event_loop.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace hal {

// A Unix stream socket (mode 0600) that takes one command a line and answers each with one line, "ok …" or
// "error …":   $ echo "door open" | nc -U -q1 control.sock
// A line is at most 1024 bytes, and there are at most 16 connections; a client that does not read its answers
// is closed.
class ControlSocket {
  public:
    using Handler = std::function<base::Result<std::string>(std::string_view command)>;

    // A socket that nobody listens on any more is replaced; Errc::busy if somebody does.
    [[nodiscard]] static base::Result<std::unique_ptr<ControlSocket>> listen(EventLoop& loop,
                                                                             const std::string& path,
                                                                             Handler handler);
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;
    // Removes the socket's file.
    ~ControlSocket();

  private:
    struct Client;
    ControlSocket(EventLoop& loop, std::string path, Descriptor fd, Handler handler);
    void accept();
    [[nodiscard]] bool serve(Client& client);
    [[nodiscard]] std::string answer(std::string_view line) const;

    EventLoop& loop_;
    std::string path_;
    Descriptor fd_;
    Handler handler_;
    EventLoop::Registration readable_;
    std::map<int, std::unique_ptr<Client>> clients_;
};

}  // namespace hal
