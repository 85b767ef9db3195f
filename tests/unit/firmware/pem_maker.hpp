#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace firmware {

// A private key and a certificate of its own, both in PEM form: what a device is given.
struct PemPair {
    std::string certificate;
    std::string key;
};

// Good from `begins` to `ends`, both in seconds from now, and so many days longer.
inline PemPair make_pem_pair(long begins = -3600, long ends = 3600, int days = 0) {
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
        void operator()(X509* certificate) const { X509_free(certificate); }
        void operator()(BIO* bio) const { BIO_free(bio); }
    };
    const auto text_of = [](BIO* bio) {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(bio, &bytes);
        return std::string(bytes, static_cast<std::size_t>(size));
    };
    const std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Free> certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begins);
    X509_time_adj_ex(X509_getm_notAfter(certificate.get()), days, ends, nullptr);
    X509_set_pubkey(certificate.get(), key.get());
    const auto* name = reinterpret_cast<const unsigned char*>("door-1");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::unique_ptr<BIO, Free> first(BIO_new(BIO_s_mem()));
    const std::unique_ptr<BIO, Free> second(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(first.get(), certificate.get());
    PEM_write_bio_PrivateKey(second.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(first.get()), text_of(second.get())};
}

}  // namespace firmware
