#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace protocol {

// The topics of sheet §1.4, both directions. Parsed topics are views into the topic text and end with it. An
// error (Errc::invalid_argument) means that the topic is none of the documented ones; IoT Hub closes the
// connection then. Identifiers, method names and request ids are raw, never percent-coded (§1.1).

inline constexpr std::size_t max_method_name = 100;  // §1.6
inline constexpr std::size_t max_request_id = 256;

// ---- what a device publishes ----

struct Telemetry {
    std::string_view bag;  // for parse_property_bag
};
struct MethodResponse {
    int status = 0;  // 0 or more
    std::string_view rid;
};
struct TwinGet {
    std::string_view rid;
};
struct TwinReportedPatch {
    std::string_view rid;  // empty: the device wants no reply (§1.7)
};
using DevicePublish = std::variant<Telemetry, MethodResponse, TwinGet, TwinReportedPatch>;

// `module_id` is empty for the device itself. Telemetry is accepted without the last slash and with a '?'
// before the bag (§1.5); further query parameters are ignored (§1.7).
[[nodiscard]] base::Result<DevicePublish> parse_device_publish(std::string_view topic,
                                                               std::string_view device_id,
                                                               std::string_view module_id = {});

// ---- what a hub publishes ----

struct MethodRequest {
    std::string_view name;
    std::string_view rid;  // everything behind "$rid=": to be echoed byte for byte (§1.6)
};
struct TwinResponse {
    int status = 0;
    std::string_view rid;
    std::optional<std::int64_t> version;  // of the reported section, after a patch
};
struct DesiredPatch {
    std::int64_t version = 0;
};
struct Devicebound {
    std::string_view bag;
};
using HubPublish = std::variant<MethodRequest, TwinResponse, DesiredPatch, Devicebound>;

[[nodiscard]] base::Result<HubPublish> parse_hub_publish(std::string_view topic, std::string_view device_id,
                                                         std::string_view module_id = {});

// A method name that fits into a topic: 1 to 100 bytes of UTF-8, not blank, without / ? # + and control
// characters. Check names from outside before method_request_topic.
[[nodiscard]] base::Result<void> check_method_name(std::string_view name);

// ---- builders ----

[[nodiscard]] std::string method_request_topic(std::string_view name, std::string_view rid);
[[nodiscard]] std::string method_response_topic(int status, std::string_view rid);
[[nodiscard]] std::string twin_get_topic(std::string_view rid);
[[nodiscard]] std::string twin_reported_topic(std::string_view rid);
[[nodiscard]] std::string twin_response_topic(int status, std::string_view rid,
                                              std::optional<std::int64_t> version = std::nullopt);
[[nodiscard]] std::string desired_patch_topic(std::int64_t version);
// `bag` as format_property_bag makes it; may be empty.
[[nodiscard]] std::string telemetry_topic(std::string_view device_id, std::string_view bag = {},
                                          std::string_view module_id = {});
[[nodiscard]] std::string devicebound_topic(std::string_view device_id, std::string_view bag);

// ---- filters ----

inline constexpr std::string_view methods_filter = "$iothub/methods/POST/#";
inline constexpr std::string_view twin_responses_filter = "$iothub/twin/res/#";
inline constexpr std::string_view desired_filter = "$iothub/twin/PATCH/properties/desired/#";
[[nodiscard]] std::string devicebound_filter(std::string_view device_id);

// What a SUBSCRIBE or UNSUBSCRIBE filter asks for. "devices/+/messages/devicebound/#" means this device
// (§1.2).
enum class Filter { methods, twin_responses, desired, devicebound, undocumented };
[[nodiscard]] Filter classify_filter(std::string_view filter, std::string_view device_id);

}  // namespace protocol
