#include "scheduler/hub/device_authorities.hpp"

#include "base/iso8601.hpp"
#include "scheduler/hub/x509.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace hub {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view begin_mark = "-----BEGIN CERTIFICATE-----";

struct FreeContext {
    void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
};

// The last common name of the subject; empty if there is none, or one that holds a NUL.
std::string common_name_of(const X509& certificate) {
    const X509_NAME* const subject = X509_get_subject_name(&certificate);
    int at = -1;
    for (int next = at; (next = X509_NAME_get_index_by_NID(subject, NID_commonName, next)) >= 0;) {
        at = next;
    }
    if (at < 0) return {};
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size < 0) return {};
    const std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return text.find('\0') == std::string::npos ? text : std::string();
}

std::string fault_of_time(const X509& certificate, base::SystemTime now) {
    const base::SystemTime begins = not_before(certificate);
    const base::SystemTime ends = not_after(certificate);
    if (now < begins) return "begins at " + base::format_iso8601(begins);
    if (now > ends) return "ended at " + base::format_iso8601(ends);
    return {};
}

}  // namespace

void DeviceAuthorities::Free::operator()(x509_store_st* store) const {
    X509_STORE_free(store);
}

Result<std::shared_ptr<const DeviceAuthorities>> DeviceAuthorities::make(
    const std::vector<std::string_view>& pems) {
    const std::shared_ptr<DeviceAuthorities> made(new DeviceAuthorities);
    made->store_.reset(X509_STORE_new());
    if (!made->store_) return Error{Errc::internal, "no memory for certificates"};
    for (std::string_view pem : pems) {
        auto at = pem.find(begin_mark);
        if (at == std::string_view::npos) {
            return Error{Errc::invalid_argument,
                         "there is no PEM certificate (-----BEGIN CERTIFICATE-----) in it"};
        }
        for (; at != std::string_view::npos; at = pem.find(begin_mark, at + 1)) {
            const auto authority = read_certificate(pem.substr(at));
            if (!authority) return Error{Errc::invalid_argument, "a certificate in it is broken"};
            const std::string name = common_name_of(**authority);
            if (X509_check_ca(authority->get()) != 1) {
                return Error{Errc::invalid_argument,
                             "'" + name + "' may not sign others: it lacks the basic constraint CA:TRUE"};
            }
            if (made->descriptions_.size() >= most) {
                return Error{Errc::invalid_argument,
                             "there are more than " + std::to_string(most) + " certificates"};
            }
            X509_STORE_add_cert(made->store_.get(),
                                authority->get());  // one that is there twice is there once
            made->descriptions_.push_back(name + "  " + thumbprint(**authority, EVP_sha1()) + "  until " +
                                          base::format_iso8601(not_after(**authority)));
        }
    }
    ERR_clear_error();
    return std::shared_ptr<const DeviceAuthorities>(made);
}

std::optional<ClientCertificate> DeviceAuthorities::examine(ssl_st& ssl, base::SystemTime now) const {
    X509* const shown = SSL_get0_peer_certificate(&ssl);
    if (shown == nullptr) return std::nullopt;
    ClientCertificate certificate{.sha1 = thumbprint(*shown, EVP_sha1()),
                                  .sha256 = thumbprint(*shown, EVP_sha256()),
                                  .common_name = common_name_of(*shown),
                                  .not_valid = fault_of_time(*shown, now),
                                  .distrust = "it could not be checked"};
    const std::unique_ptr<X509_STORE_CTX, FreeContext> context(X509_STORE_CTX_new());
    if (context &&
        X509_STORE_CTX_init(context.get(), store_.get(), shown, SSL_get_peer_cert_chain(&ssl)) == 1) {
        X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
        X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
        X509_VERIFY_PARAM_set_depth(parameters, 4);
        X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(now));
        // An intermediate authority that was registered is trusted without its root.
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
        certificate.distrust =
            X509_verify_cert(context.get()) == 1
                ? std::string()
                : std::string(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
    }
    ERR_clear_error();
    return certificate;
}

}  // namespace hub
