#include "scheduler/fleet/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <utility>

namespace fleet {

namespace {

using base::Errc;
using base::Error;

std::string last_error() {
    std::array<char, 256> text{};
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "the connection ended";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

// The place for tickets travels in the connection's application data.
int keep_ticket(SSL* connection, SSL_SESSION* session) {
    auto* const place = static_cast<TlsTicket*>(SSL_get_app_data(connection));
    if (place == nullptr) return 0;
    place->reset(session);
    return 1;  // the reference is ours
}

bool is_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool expect_host(SSL* connection, const std::string& host) {
    if (is_address(host)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str()) == 1;
    }
    return SSL_set1_host(connection, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(connection, host.c_str()) == 1;
}

}  // namespace

void FreeTls::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}
void FreeTls::operator()(ssl_st* connection) const {
    SSL_free(connection);
}
void FreeTls::operator()(ssl_session_st* session) const {
    SSL_SESSION_free(session);
}

base::Result<Tls> Tls::make(std::string host, const std::string& ca_file) {
    Tls tls(std::move(host), SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = tls.context_.get();
    if (context == nullptr) return Error{Errc::internal, "TLS: " + last_error()};
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    // Thousands of connections that are mostly idle: their 34 kB of buffers are given back.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_ticket);
    const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                       : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr);
    if (loaded != 1) {
        return Error{Errc::invalid_argument,
                     (ca_file.empty() ? "the system's certificates" : "CA file " + ca_file) +
                         ": no certificate can be read: " + last_error()};
    }
    return tls;
}

base::Result<TlsConnection> Tls::begin(int socket, const TlsTicket& ticket, TlsTicket* keep) const {
    TlsConnection connection(SSL_new(context_.get()));
    if (!connection || SSL_set_fd(connection.get(), socket) != 1 || !expect_host(connection.get(), host_) ||
        SSL_set_app_data(connection.get(), keep) != 1) {
        return Error{Errc::internal, "TLS: " + last_error()};
    }
    if (ticket) SSL_set_session(connection.get(), ticket.get());
    SSL_set_connect_state(connection.get());
    return connection;
}

std::string tls_error_text(const ssl_st& connection) {
    const long verdict = SSL_get_verify_result(&connection);
    std::string text = last_error();
    if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
    return text;
}

}  // namespace fleet
