#pragma once

#include "base/result.hpp"
#include "protocol/pem.hpp"

#include <string>
#include <vector>

namespace firmware {

// The PEM files that a connection is proved with: the hub's CA, the door's certificate and its private key.
// Every call reads files, so none belongs on the loop thread. An error names the file and says what is wrong
// with it and what would be right.

// A file of certificates; when each of them is good.
[[nodiscard]] base::Result<std::vector<protocol::CertificateTime>> check_certificate_file(
    const std::string& file);

// A private key that nobody else may read and that needs no password.
[[nodiscard]] base::Result<void> check_key_file(const std::string& file);

// Whether the key is the one of the (first) certificate. Both have passed the checks above.
[[nodiscard]] base::Result<void> check_pair(const std::string& certificate_file, const std::string& key_file);

// What a connection names; an empty name is none.
struct ProofFiles {
    std::string ca;
    std::string certificate;
    std::string key;
};
// The first thing that is wrong with them.
[[nodiscard]] base::Result<void> check_proof(const ProofFiles& files);

}  // namespace firmware
