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

ssl_ctx_st* native_context(const TlsContext& context) {
    return context->native_handle();
}

}  // namespace http
