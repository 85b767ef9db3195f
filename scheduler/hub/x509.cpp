#include "scheduler/hub/x509.hpp"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace hub {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using BioPtr = std::unique_ptr<BIO, FreeX509>;

Error openssl_error(const std::string& what) {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    return {Errc::internal, what + (reason != nullptr ? std::string(": ") + reason : std::string())};
}

BioPtr reader(std::string_view text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

bool is_ip_address(const std::string& name) {
    std::array<unsigned char, 16> address{};
    return inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
           inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

// Letters, digits, '-', '_' and single dots: what may stand in an extension's text without meaning more
// there.
bool is_dns_name(const std::string& name) {
    if (name.empty() || name.size() > 253 || name.front() == '.' || name.front() == '-') return false;
    if (name.find("..") != std::string::npos) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
}

Result<std::string> alternative_names(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) {
        if (!out.empty()) out += ',';
        if (is_ip_address(name)) {
            out += "IP:" + name;
        } else if (is_dns_name(name)) {
            out += "DNS:" + name;
        } else {
            return Error{
                Errc::invalid_argument,
                "'" + name + "' is neither a host name nor an IP address, for the server certificate"};
        }
    }
    return out;
}

bool add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    struct FreeExtension {
        void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    };
    const std::unique_ptr<X509_EXTENSION, FreeExtension> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

bool set_random_serial(X509& certificate) {
    struct FreeNumber {
        void operator()(BIGNUM* number) const { BN_free(number); }
    };
    constexpr int bits = 127;  // RFC 5280 §4.1.2.2: positive, at most 20 bytes
    const std::unique_ptr<BIGNUM, FreeNumber> number(BN_new());
    return number && BN_rand(number.get(), bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_time(ASN1_TIME* field, base::SystemTime time) {
    return ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(time)) != nullptr;
}

// The epoch for what is no time.
base::SystemTime time_of(const ASN1_TIME* field) {
    std::tm time{};
    if (ASN1_TIME_to_tm(field, &time) != 1) return {};
    return std::chrono::system_clock::from_time_t(timegm(&time));
}

bool set_basics(X509& certificate, EVP_PKEY& key, const CertificateSubject& subject) {
    X509_NAME* name = X509_get_subject_name(&certificate);
    return X509_set_version(&certificate, X509_VERSION_3) == 1 && set_random_serial(certificate) &&
           set_time(X509_getm_notBefore(&certificate), subject.not_before) &&
           set_time(X509_getm_notAfter(&certificate), subject.not_after) &&
           X509_set_pubkey(&certificate, &key) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(subject.common_name.c_str()), -1,
                                      -1, 0) == 1;
}

bool add_ca_extensions(X509& certificate) {
    return add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
}

bool add_server_extensions(X509& certificate, X509& issuer, const std::string& names) {
    return add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") &&
           add_extension(certificate, issuer, NID_subject_alt_name, names) &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
}

Result<Certificate> to_pem(X509& certificate, EVP_PKEY& key) {
    const BioPtr certificate_text(BIO_new(BIO_s_mem()));
    const BioPtr key_text(BIO_new(BIO_s_mem()));
    if (!certificate_text || !key_text || PEM_write_bio_X509(certificate_text.get(), &certificate) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(key_text.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return openssl_error("cannot write a certificate as PEM");
    }
    return Certificate{text_of(*certificate_text), text_of(*key_text)};
}

}  // namespace

Result<CertificatePtr> read_certificate(std::string_view pem) {
    const BioPtr bio = reader(pem);
    CertificatePtr certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    ERR_clear_error();
    if (!certificate) return Error{Errc::invalid_argument, "is no PEM certificate"};
    return certificate;
}

Result<KeyPtr> read_private_key(std::string_view pem) {
    const BioPtr bio = reader(pem);
    // An empty password: an encrypted key is an error and not a question on the terminal.
    char no_password = '\0';
    KeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, &no_password) : nullptr);
    ERR_clear_error();
    if (!key) return Error{Errc::invalid_argument, "is no PEM private key without a password"};
    return key;
}

bool belongs_to_key(const X509& certificate, const EVP_PKEY& key) {
    const bool matches = X509_check_private_key(&certificate, &key) == 1;
    ERR_clear_error();
    return matches;
}

bool is_signed_by(X509& certificate, X509& authority) {
    const bool matches = X509_check_issued(&authority, &certificate) == X509_V_OK &&
                         X509_verify(&certificate, X509_get0_pubkey(&authority)) == 1;
    ERR_clear_error();
    return matches;
}

std::string thumbprint(const X509& certificate, const EVP_MD* digest) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (X509_digest(&certificate, digest, bytes.data(), &size) != 1) return {};
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        text.push_back(digits[bytes.at(i) >> 4U]);
        text.push_back(digits[bytes.at(i) & 15U]);
    }
    return text;
}

base::SystemTime not_before(const X509& certificate) {
    return time_of(X509_get0_notBefore(&certificate));
}

base::SystemTime not_after(const X509& certificate) {
    return time_of(X509_get0_notAfter(&certificate));
}

bool is_certificate_for(X509& certificate, const std::string& name) {
    if (is_ip_address(name)) return X509_check_ip_asc(&certificate, name.c_str(), 0) == 1;
    return X509_check_host(&certificate, name.c_str(), name.size(), 0, nullptr) == 1;
}

Result<Certificate> make_certificate(const CertificateSubject& subject, const Certificate* ca) {
    const KeyPtr key(EVP_EC_gen("P-256"));
    const CertificatePtr certificate(X509_new());
    if (!key || !certificate || !set_basics(*certificate, *key, subject)) {
        return openssl_error("cannot make a certificate");
    }
    if (ca == nullptr) {
        if (X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) != 1 ||
            !add_ca_extensions(*certificate) || X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) {
            return openssl_error("cannot make a CA certificate");
        }
        return to_pem(*certificate, *key);
    }

    const auto issuer = read_certificate(ca->certificate);
    if (!issuer) return base::with_context(issuer.error(), "the CA certificate");
    const auto issuer_key = read_private_key(ca->key);
    if (!issuer_key) return base::with_context(issuer_key.error(), "the CA's key");
    if (!belongs_to_key(**issuer, **issuer_key)) {
        return Error{Errc::invalid_argument,
                     "the CA's key (ca.key) does not belong to its certificate (ca.pem)"};
    }
    const auto names = alternative_names(subject.names);
    if (!names) return names.error();
    if (X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer->get())) != 1 ||
        !add_server_extensions(*certificate, **issuer, *names) ||
        X509_sign(certificate.get(), issuer_key->get(), EVP_sha256()) == 0) {
        return openssl_error("cannot make the server certificate");
    }
    return to_pem(*certificate, *key);
}

}  // namespace hub
