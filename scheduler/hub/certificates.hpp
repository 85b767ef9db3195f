#pragma once

#include "base/clock.hpp"
#include "base/file_layer.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hub {

// A certificate and its private key (P-256), both PEM.
struct Certificate {
    std::string certificate;
    std::string key;
};

// A self-signed CA that signs nothing but leaf certificates (pathlen 0), valid for ten years from a day
// before `now` (clocks differ).
[[nodiscard]] base::Result<Certificate> make_ca(const std::string& common_name, base::SystemTime now);

// A server certificate signed by `ca` for these DNS names and IP addresses, valid for two years from a day
// before `now`. A name that is neither is an error that names it.
[[nodiscard]] base::Result<Certificate> make_server_certificate(const Certificate& ca,
                                                                const std::vector<std::string>& names,
                                                                base::SystemTime now);

// The SHA-256 of the first certificate in this PEM text, hexadecimal.
[[nodiscard]] base::Result<std::string> thumbprint_of(std::string_view pem);

// When the first certificate in this PEM text ends.
[[nodiscard]] base::Result<base::SystemTime> end_of(std::string_view pem);

struct EnsuredCertificates {
    bool ca_made = false;
    bool server_made = false;
    std::string
        reason;  // why the server certificate was made anew; empty if it was not or was simply missing
};

// Makes what is missing of ca.pem, ca.key, server.pem and server.key in `directory` (keys 0600, certificates
// 0644), and nothing else, except that the server certificate is renewed when it ends within 30 days, does
// not belong to the CA or to its key, or lacks one of `names`. A ca.pem without ca.key is fine as long as the
// server certificate is; a ca.key without ca.pem is an error: whoever trusts the old CA would be locked out.
[[nodiscard]] base::Result<EnsuredCertificates> ensure_certificates(base::FileLayer& files,
                                                                    const std::string& directory,
                                                                    const std::vector<std::string>& names,
                                                                    base::SystemTime now);

}  // namespace hub
