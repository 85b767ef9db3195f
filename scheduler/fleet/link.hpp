#pragma once

#include "base/result.hpp"
#include "scheduler/fleet/endpoint.hpp"
#include "scheduler/fleet/tls.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace fleet {

// One connection to a hub, over TLS or bare, that never blocks. Whoever polls the descriptor calls advance()
// until it is open, then read() and write(); wants_write() says whether to poll for that too.
class Link {
  public:
    // `tls` null: bare TCP. Of the tickets: as Tls::begin.
    [[nodiscard]] static base::Result<std::unique_ptr<Link>> begin(const Endpoint& endpoint,
                                                                   std::size_t index, const Tls* tls,
                                                                   const TlsTicket& ticket, TlsTicket* keep);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    [[nodiscard]] int descriptor() const { return socket_; }
    [[nodiscard]] bool is_open() const { return stage_ == Stage::open; }
    [[nodiscard]] bool wants_write() const { return wants_write_; }
    [[nodiscard]] bool was_resumed() const;

    // Goes on with connecting; an error ends it.
    [[nodiscard]] base::Result<void> advance();
    // Bytes that came; none when there are no more now. An error when the connection has ended.
    [[nodiscard]] base::Result<std::size_t> read(std::span<char> into);
    // How many bytes were taken, none when there is no room now.
    [[nodiscard]] base::Result<std::size_t> write(std::string_view bytes);
    // Ends TLS in order, so that the ticket stays good. Closing comes with the destructor.
    void say_goodbye();

  private:
    enum class Stage { tcp, tls, open };

    Link(int socket, const Tls* tls) : socket_(socket), tls_(tls) {}
    // After a call of OpenSSL that returned `code`: false when it only has to be called again.
    [[nodiscard]] base::Result<bool> failed(int code);

    int socket_;
    const Tls* tls_;
    TlsConnection connection_;  // null over bare TCP
    Stage stage_ = Stage::tcp;
    bool wants_write_ = true;
    const TlsTicket* ticket_ = nullptr;
    TlsTicket* keep_ = nullptr;
};

}  // namespace fleet
