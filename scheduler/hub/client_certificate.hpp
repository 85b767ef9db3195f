#pragma once

#include <string>

namespace hub {

// A certificate that a peer has shown, and whose key it has proved to hold.
struct ClientCertificate {
    std::string sha1;  // thumbprints, hexadecimal
    std::string sha256;
    std::string common_name;  // of its subject, whoever says so
    std::string not_valid;    // "ended at …" or "begins at …"; empty while it is valid
    std::string distrust;     // why no registered authority vouches for it; empty if one does
};

}  // namespace hub
