#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace fleet {

// OpenSSL's handles, owned.
struct FreeTls {
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_st* connection) const;
    void operator()(ssl_session_st* session) const;
};
using TlsConnection = std::unique_ptr<ssl_st, FreeTls>;
using TlsTicket = std::unique_ptr<ssl_session_st, FreeTls>;

// The client side of TLS 1.2 and 1.3 for many connections to one host, which has to prove its name by a
// certificate of that CA.
class Tls {
  public:
    // An empty `ca_file` means the system's authorities.
    [[nodiscard]] static base::Result<Tls> make(std::string host, const std::string& ca_file);

    // A connection over the socket, which stays the caller's. Begun with the ticket, if there is one; each
    // ticket that the server gives is put into `keep`, unless that is null. `keep` outlives the connection.
    [[nodiscard]] base::Result<TlsConnection> begin(int socket, const TlsTicket& ticket,
                                                    TlsTicket* keep) const;

  private:
    Tls(std::string host, ssl_ctx_st* context) : host_(std::move(host)), context_(context) {}

    std::string host_;
    std::unique_ptr<ssl_ctx_st, FreeTls> context_;
};

// What OpenSSL has to say about the last thing that failed.
[[nodiscard]] std::string tls_error_text(const ssl_st& connection);

}  // namespace fleet
