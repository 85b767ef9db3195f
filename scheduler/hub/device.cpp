#include "scheduler/hub/device.hpp"

#include "base/json.hpp"
#include "protocol/base64.hpp"
#include "protocol/device_id.hpp"
#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/identity.hpp"
#include "scheduler/hub/object_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;

constexpr std::array<std::pair<std::string_view, Authentication>, 4> names{{
    {"sas", Authentication::sas},
    {"selfSigned", Authentication::self_signed},
    {"certificateAuthority", Authentication::certificate_authority},
    {"none", Authentication::none},
}};

constexpr std::size_t max_status_reason = 128;
constexpr std::size_t max_managed_by = 128;
constexpr std::size_t min_key = 16;
constexpr std::size_t max_key = 64;

Fault invalid(std::string message) {
    return {HubError::argument_invalid, std::move(message)};
}

Outcome<void> check_thumbprint(const std::string& text, const std::string& where) {
    if (text.empty()) return {};
    const bool hexadecimal = std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
    if (hexadecimal && (text.size() == 40 || text.size() == 64)) return {};
    return invalid(where + " must be the SHA-1 or SHA-256 of the certificate: 40 or 64 hexadecimal digits");
}

using Check = Outcome<void> (*)(const std::string& text, const std::string& where);

// Two members of an object; null and absent are empty.
Outcome<Pair> read_pair(base::JsonView object, const std::string& place,
                        const std::pair<std::string_view, std::string_view>& members, Check check) {
    if (!object.is_object()) return invalid(place + " must be an object");
    Pair pair;
    for (const auto& [name, target] :
         {std::pair(members.first, &pair.primary), std::pair(members.second, &pair.secondary)}) {
        const base::JsonView value = object.find(name);
        const std::string where = place + "." + std::string(name);
        if (value.exists() && !value.is_null() && !value.is_string()) {
            return invalid(where + " must be a string");
        }
        *target = std::string(value.as_string().value_or(""));
        if (auto good = check(*target, where); !good) return std::move(good).error();
    }
    return pair;
}

Outcome<void> read_authentication(base::JsonView body, DeviceDraft& draft) {
    if (!body.exists() || body.is_null()) return {};
    if (!body.is_object()) return invalid("authentication must be an object");

    if (const auto keys = body.find("symmetricKey"); keys.exists() && !keys.is_null()) {
        auto pair = read_pair(keys, "authentication.symmetricKey", {"primaryKey", "secondaryKey"}, check_key);
        if (!pair) return std::move(pair).error();
        draft.keys = std::move(*pair);
    }
    if (const auto prints = body.find("x509Thumbprint"); prints.exists() && !prints.is_null()) {
        auto pair = read_pair(prints, "authentication.x509Thumbprint",
                              {"primaryThumbprint", "secondaryThumbprint"}, check_thumbprint);
        if (!pair) return std::move(pair).error();
        // A client that sends back what it read sends two nulls.
        if (*pair != Pair{}) draft.thumbprints = std::move(*pair);
    }
    if (const auto type = body.find("type"); type.exists() && !type.is_null()) {
        for (const auto& [name, value] : names) {
            if (type.as_string() == name) draft.authentication = value;
        }
        if (!draft.authentication) {
            return invalid("authentication.type is " + type.dump() +
                           "; it must be sas, selfSigned, certificateAuthority or none");
        }
    } else if (draft.thumbprints) {
        draft.authentication = Authentication::self_signed;
    } else if (draft.keys) {
        draft.authentication = Authentication::sas;
    }
    return {};
}

Outcome<void> read_managed_by(base::JsonView value, DeviceDraft& draft) {
    if (!value.exists() || value.is_null()) return {};
    const auto text = value.as_string();
    if (!text || text->size() > max_managed_by) {
        return invalid("managedBy must be a string of at most " + std::to_string(max_managed_by) + " bytes");
    }
    draft.managed_by = std::string(*text);
    return {};
}

std::string authentication_json(const Device& device) {
    ObjectText keys;
    keys.text_or_null("primaryKey", device.keys.primary).text_or_null("secondaryKey", device.keys.secondary);
    ObjectText authentication;
    authentication.raw("symmetricKey", keys.done())
        .raw("x509Thumbprint", thumbprints_json(device.thumbprints))
        .text("type", to_text(device.authentication));
    return authentication.done();
}

}  // namespace

std::string_view to_text(Authentication authentication) {
    return names.at(static_cast<std::size_t>(authentication)).first;
}

Outcome<void> check_key(const std::string& key, const std::string& where) {
    if (key.empty()) return {};
    const auto bytes = protocol::decode_base64(key);
    if (!bytes) return invalid(where + " must be base64: " + bytes.error().message);
    if (bytes->size() < min_key || bytes->size() > max_key) {
        return invalid(where + " has " + std::to_string(bytes->size()) + " bytes; it must have " +
                       std::to_string(min_key) + " to " + std::to_string(max_key));
    }
    return {};
}

Outcome<void> check_device_id(std::string_view id) {
    if (auto good = protocol::check_device_id(id); !good) return invalid(good.error().message);
    return {};
}

Outcome<DeviceDraft> parse_device(std::string_view id, std::string_view body) {
    const auto parsed = base::Json::parse(body);
    if (!parsed) return invalid(parsed.error().message);
    if (!parsed->is_object()) return invalid("the body must be a JSON object");

    const Identity identity = split_identity(id);
    for (const auto& [member, expected] :
         {std::pair("deviceId", identity.device), std::pair("moduleId", identity.module)}) {
        const auto named = parsed->find(member);
        if (!named.exists() || expected.empty() || named.as_string() == expected) continue;
        return invalid(std::string(member) + " is " + named.dump() + ", but the address names '" +
                       std::string(expected) + "'");
    }
    DeviceDraft draft;
    if (auto read = read_managed_by(parsed->find("managedBy"), draft); !read) return std::move(read).error();
    if (const auto status = parsed->find("status"); status.exists() && !status.is_null()) {
        if (status.as_string() != "enabled" && status.as_string() != "disabled") {
            return invalid("status is " + status.dump() + "; it must be enabled or disabled");
        }
        draft.enabled = status.as_string() == "enabled";
    }
    if (const auto reason = parsed->find("statusReason"); reason.exists() && !reason.is_null()) {
        const auto text = reason.as_string();
        if (!text || text->size() > max_status_reason) {
            return invalid("statusReason must be a string of at most " + std::to_string(max_status_reason) +
                           " bytes");
        }
        draft.status_reason = std::string(*text);
    }
    if (auto read = read_authentication(parsed->find("authentication"), draft); !read) {
        return std::move(read).error();
    }
    return draft;
}

std::string thumbprints_json(const Pair& thumbprints) {
    return ObjectText()
        .text_or_null("primaryThumbprint", thumbprints.primary)
        .text_or_null("secondaryThumbprint", thumbprints.secondary)
        .done();
}

std::string device_json(const Device& device, const Connections& connections) {
    const Connection* connection = connections.find(device.id);
    const std::optional<base::SystemTime> connection_updated =
        connection == nullptr ? device.connection_updated : connection->since;
    const std::optional<base::SystemTime> last_activity =
        connection == nullptr ? device.last_activity : connection->last_activity;

    const bool is_module = split_identity(device.id).is_module();
    ObjectText json;
    add_identity(json, device.id);
    json.text("generationId", device.generation_id)
        .text("etag", device.etag)
        .text("connectionState", connection == nullptr ? "Disconnected" : "Connected");
    if (is_module) {
        json.text_or_null("managedBy", device.managed_by);
    } else {  // a module has the status of its device
        json.text("status", device.enabled ? "enabled" : "disabled")
            .text_or_null("statusReason", device.status_reason)
            .time("statusUpdatedTime", device.status_updated);
    }
    json.time("connectionStateUpdatedTime", connection_updated)
        .time("lastActivityTime", last_activity)
        .number("cloudToDeviceMessageCount", device.waiting_messages)
        .raw("authentication", authentication_json(device));
    if (!is_module) json.raw("capabilities", R"({"iotEdge":false})");
    return json.done();
}

}  // namespace hub
