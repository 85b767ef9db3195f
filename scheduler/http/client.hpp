#pragma once

#include "base/result.hpp"
#include "scheduler/http/message.hpp"
#include "scheduler/http/tls.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace http {

struct ClientOptions {
    std::string host;  // a name or an IP address; must be in the server's certificate
    std::uint16_t port = 443;
    std::chrono::milliseconds connect_timeout{10'000};           // resolution, TCP and TLS together
    std::size_t response_bytes = std::size_t{64} * 1024 * 1024;  // of a body; more is Errc::too_large
};

// HTTPS/1.1 to one server, synchronous, one request at a time. The connection is kept and reused; one that
// the server closed meanwhile is opened anew. A request that may have reached the server is never sent twice.
class Client {
  public:
    Client(ClientOptions options, TlsContext tls);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Any status of the server is a Response. Errors, each with host and port and what to do: name not found
    // or refused (Errc::unavailable), certificate not accepted (Errc::unauthorized), Errc::timeout, broken
    // off (Errc::io).
    [[nodiscard]] base::Result<Response> send(const Request& request,
                                              std::chrono::milliseconds timeout = std::chrono::seconds(60));

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace http
