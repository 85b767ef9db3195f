#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace protocol {

// Shared access signatures, sheet §1.3 (devices) and §2.1 (services).

// A token for `resource` ("host/devices/id" or "host", not yet percent-encoded) that ends at `expiry`, whole
// seconds of the Unix epoch. `policy` becomes skn; leave it empty with a device key. Fails if the key is
// empty or no base64.
[[nodiscard]] base::Result<std::string> make_sas_token(std::string_view resource, std::string_view key_base64,
                                                       base::SystemTime expiry, std::string_view policy = {});

struct SasToken {
    std::string resource_raw;  // sr as it stands in the token: this is what was signed
    std::string resource;      // decoded, without an old "/api-version=…" behind it
    std::string signature;     // bytes
    std::string expiry_raw;    // se as it stands in the token: this is what was signed
    base::SystemTime expiry;   // no later than the year 2261, whatever se says
    std::string policy;        // empty: signed with the device's own key
};

// Reads sr, sig, se and skn in any order and ignores other fields. A field that is missing, twice there or
// malformed is Errc::unauthorized; the message names the field and never repeats the signature. The signature
// is not verified here, nor is the time. At most 4096 bytes.
[[nodiscard]] base::Result<SasToken> parse_sas_token(std::string_view text);

// Whether the token was signed with this key. Constant time; false for a key that is no base64.
[[nodiscard]] bool signature_matches(const SasToken& token, std::string_view key_base64);

// The host part of a token's resource, without a port: "localhost:8883/devices/d1" → "localhost".
[[nodiscard]] std::string_view resource_host(std::string_view resource);

// Whether a token for `resource` (decoded) is good for `path` behind the host, e.g. "devices/d1" or
// "devices/d1/modules/m1": by whole segments, so the whole hub covers everything and "devices/d1" does not
// cover "devices/d10". The case of ASCII letters is ignored; the host is not looked at.
[[nodiscard]] bool resource_covers(std::string_view resource, std::string_view path);

}  // namespace protocol
