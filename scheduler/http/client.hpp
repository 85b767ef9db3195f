#pragma once

#include "base/result.hpp"
#include "scheduler/http/message.hpp"
#include "scheduler/http/tls.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

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

    // Any status of the server is a Response. Errors, each with host and port and what to do: name not found,
    // refused, or no TLS there (Errc::unavailable: nothing was sent), certificate not accepted
    // (Errc::unauthorized: neither), Errc::timeout, broken off after the request or a part of it was sent
    // (Errc::io).
    [[nodiscard]] base::Result<Response> send(const Request& request,
                                              std::chrono::milliseconds timeout = std::chrono::seconds(60));

    // Sends the request and hands out the body of the answer as it comes, however long it goes on. Ends when
    // the body does, when `more` answers false (it is asked at least five times a second), or when nothing
    // came for `silence`: then the connection is closed, and the error is Errc::timeout. The Response has no
    // body if its status is 2xx; of another status the body is in it, as from send().
    struct Listener {
        std::function<void(std::string_view bytes)> take;
        std::function<bool()> more;
        std::chrono::milliseconds silence{60'000};
    };
    [[nodiscard]] base::Result<Response> listen(const Request& request, const Listener& listener);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace http
