#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}
struct ssl_ctx_st;

namespace http {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.2 and 1.3 for servers: certificate chain and private key from PEM files, session resumption on,
// client certificates not asked for. The error names the file and what is wrong with it. The key file is
// refused when others than its owner can read it (Errc::permission_denied).
[[nodiscard]] base::Result<TlsContext> make_server_tls(const std::string& certificate_file,
                                                       const std::string& key_file);

// TLS 1.2 and 1.3 for clients: the peer's chain must end in `ca_file` or, when that is empty, in the system's
// trust store. A CA file that cannot be read is an error; there is no falling back.
[[nodiscard]] base::Result<TlsContext> make_client_tls(const std::string& ca_file);

// From now on peers are asked for a certificate, and need not have one. Any is taken: what a certificate
// proves, beyond that the peer holds its key, is for who looks at it. A peer that showed one never resumes a
// session: it shows it, and proves that it holds the key, with every connection.
void ask_for_client_certificates(const TlsContext& context);

// OpenSSL's SSL_CTX in it, for who gives a socket to OpenSSL directly. Owned by the context.
[[nodiscard]] ssl_ctx_st* native_context(const TlsContext& context);

}  // namespace http
