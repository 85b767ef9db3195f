#include "scheduler/http/tls.hpp"

#include "base/file_layer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include <string_view>
#include <utility>

namespace http {

namespace {

constexpr std::size_t most_pem = std::size_t{1024} * 1024;  // a system's bundle of CAs has a quarter of that

base::Error bad_file(const std::string& file, std::string_view what, const boost::system::error_code& error) {
    return base::Error{base::Errc::invalid_argument,
                       file + ": " + std::string(what) + " (" + error.message() + ")"};
}

// Sessions live in the tickets of those who resume them; the server keeps none.
void keep_no_sessions(ssl_ctx_st* context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_num_tickets(context, 1);
}

int take_any_certificate(X509_STORE_CTX* verification, void* /*argument*/) {
    X509_STORE_CTX_set_error(verification, X509_V_OK);
    void* ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
    if (ssl != nullptr) SSL_set_num_tickets(static_cast<SSL*>(ssl), 0);
    return 1;
}

SSL_TICKET_RETURN judge_ticket(SSL* /*ssl*/, SSL_SESSION* session, const unsigned char* /*name*/,
                               std::size_t /*name_length*/, SSL_TICKET_STATUS status, void* /*argument*/) {
    const bool good = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
    if (!good) return SSL_TICKET_RETURN_IGNORE_RENEW;
    if (SSL_SESSION_get0_peer(session) != nullptr) return SSL_TICKET_RETURN_IGNORE;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

TlsContext make_context(boost::asio::ssl::context::method method) {
    auto context = std::make_shared<boost::asio::ssl::context>(method);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    // Idle connections give their 34 kB of buffers back.
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    return context;
}

}  // namespace

base::Result<TlsContext> make_server_tls(const std::string& certificate_file, const std::string& key_file) {
    base::PosixFileLayer files;
    const auto chain = files.read(certificate_file, most_pem);
    if (!chain) return chain.error();
    const auto key = base::read_secret(key_file);
    if (!key) return key.error();

    auto context = make_context(boost::asio::ssl::context::tls_server);
    boost::system::error_code error;
    context->use_certificate_chain(boost::asio::buffer(*chain), error);
    if (error) return bad_file(certificate_file, "is no PEM certificate chain", error);
    context->use_private_key(boost::asio::buffer(*key), boost::asio::ssl::context::pem, error);
    if (error) return bad_file(key_file, "is not the PEM private key of " + certificate_file, error);
    if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
        return base::Error{base::Errc::invalid_argument,
                           key_file + ": is not the private key of " + certificate_file};
    }
    static constexpr std::string_view session_scope = "lockhub";
    SSL_CTX_set_session_id_context(context->native_handle(),
                                   reinterpret_cast<const unsigned char*>(session_scope.data()),
                                   static_cast<unsigned>(session_scope.size()));
    keep_no_sessions(context->native_handle());
    return context;
}

base::Result<TlsContext> make_client_tls(const std::string& ca_file) {
    auto context = make_context(boost::asio::ssl::context::tls_client);
    boost::system::error_code error;
    context->set_verify_mode(boost::asio::ssl::verify_peer, error);
    if (error) return base::Error{base::Errc::internal, "TLS: " + error.message()};
    if (ca_file.empty()) {
        context->set_default_verify_paths(error);
        if (error) {
            return base::Error{base::Errc::io,
                               "the system's certificates cannot be read (is the package ca-certificates "
                               "installed?): " +
                                   error.message()};
        }
        return context;
    }
    base::PosixFileLayer files;
    const auto authorities = files.read(ca_file, most_pem);
    if (!authorities) return base::with_context(authorities.error(), "CA file");
    context->add_certificate_authority(boost::asio::buffer(*authorities), error);
    if (error) return bad_file(ca_file, "holds no PEM certificate", error);
    return context;
}

void ask_for_client_certificates(const TlsContext& context) {
    constexpr long most_chain = 32L * 1024;
    SSL_CTX* const native = context->native_handle();
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(native, take_any_certificate, nullptr);
    SSL_CTX_set_max_cert_list(native, most_chain);
    SSL_CTX_set_session_ticket_cb(native, nullptr, judge_ticket, nullptr);
}

ssl_ctx_st* native_context(const TlsContext& context) {
    return context->native_handle();
}

}  // namespace http
