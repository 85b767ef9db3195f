#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace protocol {

// Connection strings of sheet §1.3: `Name=value;Name=value`, split at the first '=' of each part; names in
// any case and order. No error repeats a key or a signature. At most 4096 bytes.

// What a device needs to reach its hub: exactly one of shared_access_key, shared_access_key_file,
// shared_access_signature and x509 is given.
struct DeviceConnectionString {
    std::string host;                   // without the port, and without the brackets of an IPv6 address
    std::optional<std::uint16_t> port;  // of "HostName=host:port"
    std::string device_id;
    std::string module_id;                // empty: the device itself
    std::string shared_access_key;        // base64, checked
    std::string shared_access_signature;  // a whole token, not checked here
    std::string shared_access_key_file;   // path of a file that holds the key in base64
    std::string gateway_host;             // where to connect instead of host; empty: none
    std::optional<std::uint16_t> gateway_port;
    bool x509 = false;

    bool operator==(const DeviceConnectionString&) const = default;
};

[[nodiscard]] base::Result<DeviceConnectionString> parse_device_connection_string(std::string_view text);
[[nodiscard]] std::string to_text(const DeviceConnectionString& connection);

// What a back end needs: HostName, SharedAccessKeyName, SharedAccessKey.
struct ServiceConnectionString {
    std::string host;
    std::optional<std::uint16_t> port;
    std::string policy;
    std::string key;  // base64, checked

    bool operator==(const ServiceConnectionString&) const = default;
};

[[nodiscard]] base::Result<ServiceConnectionString> parse_service_connection_string(std::string_view text);
[[nodiscard]] std::string to_text(const ServiceConnectionString& connection);

// "host", "host:port" or "[::1]:port", as it stands in HostName.
[[nodiscard]] std::string format_host(std::string_view host, std::optional<std::uint16_t> port);

}  // namespace protocol
