#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/http/responder.hpp"
#include "scheduler/http/tls.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace http {

struct WebSocketRoute;

struct ServerLimits {
    std::size_t header_bytes = std::size_t{16} * 1024;
    std::size_t body_bytes = std::size_t{1024} * 1024;
    std::size_t connections = 1000;      // further ones wait in the kernel's queue; see `pressed`
    std::chrono::seconds handshake{10};  // TLS
    std::chrono::seconds idle{120};      // between requests on a kept-alive connection
    std::chrono::seconds request{30};    // from the first byte of a request to its last
    std::chrono::seconds write{30};      // of one response
    // When there are that many connections and one more asks to come in, the one that has kept us waiting
    // longest goes for it, if that is at least this long: silence alone does not keep others out.
    std::chrono::milliseconds pressed{1000};
};

struct Endpoint {
    std::string address = "0.0.0.0";  // an IP address, v4 or v6
    std::uint16_t port = 8443;        // 0 in tests: the kernel picks one
};

// HTTPS/1.1 on the caller's loop, one thread. Turns bytes into Requests, calls the handler, writes what the
// Responder was given. Malformed requests, bounds and time-outs are answered here (400, 408, 413, 431).
// Further requests on a connection are read when the one before is answered (no pipelining).
class Server {
  public:
    // Listens, or says why not (Errc::busy: the port is in use; permission_denied: a port below 1024).
    // `loop` and `log` outlive the server.
    [[nodiscard]] static base::Result<std::unique_ptr<Server>> listen(boost::asio::io_context& loop,
                                                                      TlsContext tls,
                                                                      const Endpoint& endpoint,
                                                                      const ServerLimits& limits,
                                                                      Handler handler, const base::Log& log);
    // Closes every connection at once; a Responder that is still held answers into the void.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t connections() const;

    // How it words what it answers itself; {"Message": text} until then.
    void word_refusals(Wording wording);

    // Takes WebSockets at one path; they leave the server's hands, and its count, when they are open.
    void serve_web_socket(WebSocketRoute route);

    // Accepts no more; idle connections close now, the others after their answer. `done` is called on the
    // loop when the last is gone.
    void drain(std::function<void()> done);

  private:
    class Impl;
    explicit Server(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace http
