#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <string_view>
#include <vector>

namespace protocol {

// What stands in PEM files: the certificates and keys with which TLS is spoken. Errors are
// Errc::invalid_argument, say what is wrong with the text, and repeat nothing of a key.

// When a certificate is good.
struct CertificateTime {
    base::SystemTime begins;
    base::SystemTime ends;
};

// All certificates of a text, which has at least one, in its order; a device's own comes first.
[[nodiscard]] base::Result<std::vector<CertificateTime>> read_certificates(std::string_view pem);

// Whether a text holds a private key that can be used without a password.
[[nodiscard]] base::Result<void> check_private_key(std::string_view pem);

// Whether this is the private key of the first certificate. Both have been checked.
[[nodiscard]] bool belong_together(std::string_view certificates, std::string_view key);

}  // namespace protocol
