#include "protocol/pem.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace protocol {
namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

constexpr std::string_view certificate_begin = "-----BEGIN CERTIFICATE-----";

Bio open(std::string_view text) {
    const bool fits = text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
    return Bio(fits ? BIO_new_mem_buf(text.data(), static_cast<int>(text.size())) : nullptr);
}

// No password, and nobody to ask: OpenSSL would ask at the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
    return -1;
}

// The next certificate; nothing at the end and at one that cannot be read.
Certificate next_certificate(BIO* bio) {
    ERR_clear_error();
    return Certificate(PEM_read_bio_X509_AUX(bio, nullptr, no_password, nullptr));
}

bool nothing_follows() {
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// OpenSSL's word for what went wrong first.
std::string reason() {
    const char* words = ERR_reason_error_string(ERR_peek_error());
    return words == nullptr ? "it makes no sense" : words;
}

Key read_key(std::string_view pem) {
    ERR_clear_error();
    const Bio bio = open(pem);
    return Key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
}

// A date beyond those of a nanosecond clock becomes its first or last year.
std::optional<base::SystemTime> to_time(const ASN1_TIME* time) {
    std::tm date{};
    if (ASN1_TIME_to_tm(time, &date) != 1) return std::nullopt;
    using namespace std::chrono;
    const year in(std::clamp(date.tm_year + 1900, 1700, 2260));
    const sys_days day = in / (date.tm_mon + 1) / date.tm_mday;
    return base::SystemTime(day + hours(date.tm_hour) + minutes(date.tm_min) + seconds(date.tm_sec));
}

base::Error wrong(std::string message) {
    return {base::Errc::invalid_argument, std::move(message)};
}

}  // namespace

base::Result<std::vector<CertificateTime>> read_certificates(std::string_view pem) {
    const Bio bio = open(pem);
    std::vector<CertificateTime> found;
    while (bio) {
        const Certificate certificate = next_certificate(bio.get());
        if (!certificate) break;
        const auto begins = to_time(X509_get0_notBefore(certificate.get()));
        const auto ends = to_time(X509_get0_notAfter(certificate.get()));
        if (!begins || !ends) {
            return wrong("certificate " + std::to_string(found.size() + 1) + " has no dates that make sense");
        }
        found.push_back({*begins, *ends});
    }
    const bool at_end = nothing_follows();
    const std::string why = reason();
    ERR_clear_error();
    if (!at_end) {
        return wrong("certificate " + std::to_string(found.size() + 1) + " cannot be read: " + why);
    }
    if (found.empty()) {
        return wrong("there is no certificate in PEM form (\"" + std::string(certificate_begin) +
                     "\" is missing)");
    }
    return found;
}

base::Result<void> check_private_key(std::string_view pem) {
    if (pem.find("PRIVATE KEY-----") == std::string_view::npos) {
        return wrong("there is no private key in PEM form (\"PRIVATE KEY-----\" is missing)");
    }
    const Key key = read_key(pem);
    const std::string why = reason();
    ERR_clear_error();
    if (!key) return wrong("the private key cannot be read: " + why);
    return {};
}

bool belong_together(std::string_view certificates, std::string_view key) {
    const Bio bio = open(certificates);
    const Certificate own = bio ? next_certificate(bio.get()) : nullptr;
    const Key mine = read_key(key);
    const bool match = own && mine && X509_check_private_key(own.get(), mine.get()) == 1;
    ERR_clear_error();
    return match;
}

}  // namespace protocol
