#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

enum class Authentication { sas, self_signed, certificate_authority, none };
[[nodiscard]] std::string_view to_text(Authentication authentication);

// Two of the same kind, so that one can be changed while the other works: base64 keys, or hexadecimal SHA-1
// or SHA-256 thumbprints of certificates.
struct Pair {
    std::string primary;
    std::string secondary;
    bool operator==(const Pair&) const = default;
};

// An identity of the registry (iothub-protocol.md §2.4): a device, or a module of one.
struct Device {
    std::int64_t row = 0;  // in the database
    std::string id;        // the key of identity.hpp
    std::string generation_id;
    std::string etag;
    bool enabled = true;
    std::string status_reason;
    std::optional<base::SystemTime> status_updated;
    Authentication authentication = Authentication::sas;
    Pair keys;
    Pair thumbprints;
    // While it is connected, hub::Connections knows better.
    std::optional<base::SystemTime> connection_updated;
    std::optional<base::SystemTime> last_activity;
    std::string model_id;
    std::string managed_by;             // of a module
    std::int64_t waiting_messages = 0;  // from the cloud
};

// What a request says an identity should be. Absent members are left as they are, or get their default.
struct DeviceDraft {
    std::optional<bool> enabled;
    std::optional<std::string> status_reason;
    std::optional<Authentication> authentication;
    std::optional<Pair> keys;  // an empty key asks the hub to make one, or to keep the one it has
    std::optional<Pair> thumbprints;
    std::optional<std::string> managed_by;  // of a module
};

// ≤ 128 characters, ASCII letters, digits and - . + % _ # * ? ! ( ) , : = @ $ '.
[[nodiscard]] Outcome<void> check_device_id(std::string_view id);

// Base64 of 16 to 64 bytes, or empty; `where` names the member in the message.
[[nodiscard]] Outcome<void> check_key(const std::string& key, const std::string& where);

// Reads the body of PUT /devices/{id} and PUT /devices/{id}/modules/{mid}; `id` is the identity's key. A
// deviceId and a moduleId in it must be those of `id`.
[[nodiscard]] Outcome<DeviceDraft> parse_device(std::string_view id, std::string_view body);

// {"primaryThumbprint":…,"secondaryThumbprint":…}, null where there is none.
[[nodiscard]] std::string thumbprints_json(const Pair& thumbprints);

class Connections;
// The identity as GET /devices/{id} and GET /devices/{id}/modules/{mid} answer it.
[[nodiscard]] std::string device_json(const Device& device, const Connections& connections);

}  // namespace hub
