#include "scheduler/hub/telemetry.hpp"

#include "base/json.hpp"
#include "protocol/base64.hpp"
#include "protocol/property_bag.hpp"
#include "scheduler/hub/identity.hpp"
#include "scheduler/hub/object_text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace hub {
namespace {

// On the wire, and to the consumer.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> system_names{{
    {"$.mid", "message-id"},
    {"$.cid", "correlation-id"},
    {"$.uid", "user-id"},
    {"$.to", "to"},
    {"$.exp", "absolute-expiry-time"},
    {"$.ct", "content-type"},
    {"$.ce", "content-encoding"},
    {"$.ctime", "creation-time-utc"},
    {"$.sub", "dt-subject"},
    {"$.ifid", "iothub-interface-id"},
    {"$.on", "iothub-outputname"},
    {"$.diagid", "diagnostic-id"},
    {"$.diagctx", "diagnostic-context"},
}};

std::string_view system_name(std::string_view name) {
    const auto found = std::find_if(system_names.begin(), system_names.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found == system_names.end() ? std::string_view() : found->second;
}

}  // namespace

std::string telemetry_json(const Telemetry& telemetry, base::SystemTime enqueued) {
    ObjectText system;
    const Identity sender = split_identity(telemetry.device_id);
    system.text("iothub-connection-device-id", sender.device);
    if (sender.is_module()) system.text("iothub-connection-module-id", sender.module);
    system.time("iothub-enqueuedtime", enqueued);
    system.text("iothub-message-source", "Telemetry");
    if (!telemetry.model_id.empty()) system.text("dt-dataschema", telemetry.model_id);
    ObjectText application;
    std::set<std::string, std::less<>> seen;  // the first of a name counts; JSON has no second
    // The sessions have read it before, so it can be read.
    for (const auto& [name, value] :
         protocol::parse_property_bag(telemetry.properties).value_or(protocol::PropertyBag{})) {
        if (!seen.insert(name).second) continue;
        if (const auto known = system_name(name); !known.empty()) {
            system.text(known, value.value_or(""));
        } else if (value) {
            application.text(name, *value);
        } else {
            application.raw(name, "null");
        }
    }
    ObjectText json;
    add_identity(json, telemetry.device_id);
    json.time("enqueuedTime", enqueued);
    json.raw("systemProperties", system.done()).raw("properties", application.done());
    constexpr base::JsonLimits limits{.bytes = std::size_t{256} * 1024, .depth = 64, .comments = false};
    if (base::check_json(telemetry.payload, limits)) {
        json.raw("body", telemetry.payload);
    } else {
        json.text("bodyBase64", protocol::encode_base64(telemetry.payload));
    }
    return json.done();
}

}  // namespace hub
