#pragma once

#include <optional>
#include <string>

struct ssl_st;
struct x509_store_ctx_st;

namespace http {

// Makes a TLS client accept only a certificate that names `host` (a DNS name or an IP address), and remembers
// why one was not accepted, in words that say what to do.
class PeerCheck {
  public:
    PeerCheck(ssl_st* ssl, const std::string& host);

    // OpenSSL's verify callback.
    bool verify(bool accepted, x509_store_ctx_st* chain);

    [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

  private:
    std::string host_;
    std::optional<std::string> failure_;
};

// Whether the other side has closed this socket, or something unread waits on it. Does not block.
[[nodiscard]] bool peer_closed(int socket);

}  // namespace http
