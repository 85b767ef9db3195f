#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace protocol {

// The MQTT username of sheet §1.1: "{host}/{deviceId}[/{moduleId}]/?api-version={v}[&k=v…]".
struct Username {
    std::string host;  // as the client wrote it, a port included
    std::string device_id;
    std::string module_id;           // empty: the device itself
    std::string api_version;         // any value
    std::string device_client_type;  // product text of the SDK
    std::string model_id;            // Plug and Play, "dtmi:…;1"

    bool operator==(const Username&) const = default;
};

// Host and identifiers raw, values percent-encoded; empty members are left out.
[[nodiscard]] std::string make_username(const Username& username);

// Reads what the SDKs send, and the old form without '?'. Unknown parameters are ignored, the first of a
// repeated one counts, values are percent-decoded. Without host, device id or api-version:
// Errc::invalid_argument. At most 2048 bytes. Whether the identifiers exist is for the caller to know.
[[nodiscard]] base::Result<Username> parse_username(std::string_view text);

}  // namespace protocol
