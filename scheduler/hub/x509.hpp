#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "scheduler/hub/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// OpenSSL's certificates behind types that free themselves.
namespace hub {

struct FreeX509 {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using CertificatePtr = std::unique_ptr<X509, FreeX509>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeX509>;

[[nodiscard]] base::Result<CertificatePtr> read_certificate(std::string_view pem);
[[nodiscard]] base::Result<KeyPtr> read_private_key(std::string_view pem);

[[nodiscard]] bool belongs_to_key(const X509& certificate, const EVP_PKEY& key);
[[nodiscard]] bool is_signed_by(X509& certificate, X509& authority);
// Hexadecimal, upper case; empty when memory is short.
[[nodiscard]] std::string thumbprint(const X509& certificate, const EVP_MD* digest);
[[nodiscard]] base::SystemTime not_before(const X509& certificate);
[[nodiscard]] base::SystemTime not_after(const X509& certificate);
// Whether a client that connects to `name` (DNS name or IP address) would accept it.
[[nodiscard]] bool is_certificate_for(X509& certificate, const std::string& name);

struct CertificateSubject {
    std::string common_name;
    std::vector<std::string> names = {};  // of a server; a CA has none
    base::SystemTime not_before;
    base::SystemTime not_after;
};
// Makes a P-256 key and a certificate for it, signed by `ca`, or by itself and allowed to sign others when
// `ca` is null.
[[nodiscard]] base::Result<Certificate> make_certificate(const CertificateSubject& subject,
                                                         const Certificate* ca);

}  // namespace hub
