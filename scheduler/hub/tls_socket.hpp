#pragma once

#include "base/result.hpp"
#include "scheduler/hub/device_authorities.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace hub {

// The server's end of one TLS connection. OpenSSL holds the non-blocking socket itself: that costs 16 to 20
// KiB a connection where a pair of memory BIOs costs 70. Nothing here blocks or waits; the owner waits on
// socket() for what the answer says. Not to be moved while a wait on socket() is pending.
class TlsSocket {
  public:
    enum class Io {
        done,        // `bytes` were moved, or the handshake is complete
        want_read,   // call again when the socket can be read
        want_write,  // call again when the socket can be written
        ended,       // the peer said it will send no more
        failed,      // the connection is broken or the peer breaks TLS; only close() is left
    };
    struct Transfer {
        Io state = Io::failed;
        std::size_t bytes = 0;
    };

    // Takes an accepted socket; it becomes non-blocking and gets TCP_NODELAY.
    [[nodiscard]] static base::Result<TlsSocket> accept(boost::asio::ip::tcp::socket socket,
                                                        ssl_ctx_st& context);

    // May run on another thread, while nobody else touches this object.
    [[nodiscard]] Io handshake();
    // What the peer showed in the handshake, which is done.
    [[nodiscard]] std::optional<ClientCertificate> client_certificate(const DeviceAuthorities& authorities,
                                                                      base::SystemTime now) const {
        return authorities.examine(*ssl_, now);
    }
    [[nodiscard]] Transfer read(std::span<char> into);
    // May take a part; the rest is offered again, from wherever it then is in memory.
    [[nodiscard]] Transfer write(std::string_view bytes);
    // Tells the peer that nothing more comes, as far as its window allows, and lets go of the socket; waits
    // that are pending end with operation_aborted.
    void close();

    [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return socket_; }

  private:
    struct Free {
        void operator()(ssl_st* ssl) const;
    };
    TlsSocket(boost::asio::ip::tcp::socket socket, std::unique_ptr<ssl_st, Free> ssl);
    [[nodiscard]] Io state_after(int result) const;

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<ssl_st, Free> ssl_;
    bool healthy_ = true;  // after a fatal error SSL_shutdown must not be called
};

}  // namespace hub
