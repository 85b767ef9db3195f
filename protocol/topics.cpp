#include "protocol/topics.hpp"

#include "protocol/ascii.hpp"
#include "protocol/utf8.hpp"

#include <cassert>
#include <charconv>
#include <limits>

namespace protocol {
namespace {

constexpr std::string_view method_request_prefix = "$iothub/methods/POST/";
constexpr std::string_view method_response_prefix = "$iothub/methods/res/";
constexpr std::string_view twin_get_prefix = "$iothub/twin/GET/";
constexpr std::string_view twin_reported_prefix = "$iothub/twin/PATCH/properties/reported/";
constexpr std::string_view twin_response_prefix = "$iothub/twin/res/";
constexpr std::string_view desired_prefix = "$iothub/twin/PATCH/properties/desired/";

base::Error malformed(std::string_view topic, std::string_view problem) {
    constexpr std::size_t most = 100;  // of a topic in a message
    std::string text = "topic '";
    text.append(topic.substr(0, most)).append(topic.size() > most ? "…': " : "': ").append(problem);
    return {base::Errc::invalid_argument, std::move(text)};
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || number < 0 || number > most) return std::nullopt;
    return number;
}

// "200/…" → 200, and `rest` begins behind the slash.
std::optional<int> take_status(std::string_view& rest) {
    const auto status = parse_number(take_until(rest, '/'), std::numeric_limits<int>::max());
    if (!status) return std::nullopt;
    return static_cast<int>(*status);
}

// The value of `name` in "?a=b&c=d"; nothing if it is not there.
std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name) {
    if (!consume(query, "?")) return std::nullopt;
    while (!query.empty()) {
        std::string_view parameter = take_until(query, '&');
        const std::string_view key = take_until(parameter, '=');
        if (key == name) return parameter;
    }
    return std::nullopt;
}

bool is_request_id(std::string_view rid) {
    return !rid.empty() && rid.size() <= max_request_id && rid.find('/') == std::string_view::npos;
}

// "devices/{d}/" and, for a module, "modules/{m}/".
bool consume_identity(std::string_view& topic, std::string_view device_id, std::string_view module_id) {
    if (!consume(topic, "devices/") || !consume(topic, device_id) || !consume(topic, "/")) return false;
    return module_id.empty() ||
           (consume(topic, "modules/") && consume(topic, module_id) && consume(topic, "/"));
}

base::Result<std::string_view> parse_bag(std::string_view topic, std::string_view rest) {
    if (rest.empty() || consume(rest, "/")) return rest;
    return malformed(topic, "expected '/' before the properties");
}

base::Result<DevicePublish> parse_method_response(std::string_view topic, std::string_view rest) {
    const auto status = take_status(rest);
    if (!status) return malformed(topic, "the status must be a number, 0 or more");
    const auto rid = find_parameter(rest, "$rid");
    if (!rid || !is_request_id(*rid)) return malformed(topic, "expected '?$rid=' and the id of the request");
    return DevicePublish(MethodResponse{*status, *rid});
}

base::Result<DevicePublish> parse_reported_patch(std::string_view topic, std::string_view rest) {
    const auto rid = find_parameter(rest, "$rid");
    const bool without_query = rest.empty() || rest.front() == '?';
    if (!without_query || (rid && !is_request_id(*rid))) {
        return malformed(topic, "expected '?$rid=' and a request id");
    }
    return DevicePublish(TwinReportedPatch{rid.value_or(std::string_view{})});
}

base::Result<HubPublish> parse_method_request(std::string_view topic, std::string_view rest) {
    constexpr std::string_view mark = "/?$rid=";
    const std::size_t at = rest.find(mark);
    if (at == std::string_view::npos || at == 0) {
        return malformed(topic, "expected a method name and '/?$rid='");
    }
    const std::string_view rid = rest.substr(at + mark.size());
    if (rid.empty()) return malformed(topic, "the request id is empty");
    return HubPublish(MethodRequest{rest.substr(0, at), rid});
}

base::Result<HubPublish> parse_twin_response(std::string_view topic, std::string_view rest) {
    const auto status = take_status(rest);
    if (!status) return malformed(topic, "the status must be a number, 0 or more");
    const auto rid = find_parameter(rest, "$rid");
    if (!rid || rid->empty()) return malformed(topic, "expected '?$rid=' and the id of the request");
    TwinResponse response{.status = *status, .rid = *rid, .version = std::nullopt};
    if (const auto version = find_parameter(rest, "$version")) {
        response.version = parse_number(*version, std::numeric_limits<std::int64_t>::max());
        if (!response.version) return malformed(topic, "$version must be a number, 0 or more");
    }
    return HubPublish(response);
}

base::Result<HubPublish> parse_desired_patch(std::string_view topic, std::string_view rest) {
    const auto text = find_parameter(rest, "$version");
    const auto version = parse_number(text.value_or(""), std::numeric_limits<std::int64_t>::max());
    if (!version) return malformed(topic, "expected '?$version=' and a number, 0 or more");
    return HubPublish(DesiredPatch{*version});
}

std::string join(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts)
        size += part.size();
    std::string text;
    text.reserve(size);
    for (const std::string_view part : parts)
        text += part;
    return text;
}

}  // namespace

base::Result<DevicePublish> parse_device_publish(std::string_view topic, std::string_view device_id,
                                                 std::string_view module_id) {
    std::string_view rest = topic;
    if (consume(rest, method_response_prefix)) return parse_method_response(topic, rest);
    if (consume(rest, twin_reported_prefix)) return parse_reported_patch(topic, rest);
    if (consume(rest, twin_get_prefix)) {
        const auto rid = find_parameter(rest, "$rid");
        if (!rid || !is_request_id(*rid)) return malformed(topic, "expected '?$rid=' and a request id");
        return DevicePublish(TwinGet{*rid});
    }
    if (consume_identity(rest, device_id, module_id) && consume(rest, "messages/events")) {
        const auto bag = parse_bag(topic, rest);
        if (!bag) return bag.error();
        return DevicePublish(Telemetry{*bag});
    }
    return malformed(topic, "none of the topics that this device may publish to");
}

base::Result<HubPublish> parse_hub_publish(std::string_view topic, std::string_view device_id,
                                           std::string_view module_id) {
    std::string_view rest = topic;
    if (consume(rest, method_request_prefix)) return parse_method_request(topic, rest);
    if (consume(rest, twin_response_prefix)) return parse_twin_response(topic, rest);
    if (consume(rest, desired_prefix)) return parse_desired_patch(topic, rest);
    if (consume_identity(rest, device_id, module_id) && consume(rest, "messages/devicebound")) {
        const auto bag = parse_bag(topic, rest);
        if (!bag) return bag.error();
        return HubPublish(Devicebound{*bag});
    }
    return malformed(topic, "none of the topics that a hub publishes to this device");
}

base::Result<void> check_method_name(std::string_view name) {
    const auto bad = [](std::string_view problem) {
        return base::Error{base::Errc::invalid_argument, "the method name " + std::string(problem)};
    };
    if (name.size() > max_method_name) {
        return bad("has " + std::to_string(name.size()) + " bytes; at most " +
                   std::to_string(max_method_name) + " are allowed");
    }
    bool blank = true;
    for (std::string_view rest = name; !rest.empty();) {
        const char32_t point = take_code_point(rest);
        if (point == ill_formed) return bad("is not UTF-8");
        if (is_control(point)) return bad("holds a control character");
        if (point == U'/' || point == U'?' || point == U'#' || point == U'+') {
            return bad("holds '" + std::string(1, static_cast<char>(point)) +
                       "', which cannot stand in a topic; / ? # + are not allowed");
        }
        blank = blank && point == U' ';
    }
    if (blank) return bad("is empty or blank");
    return {};
}

std::string method_request_topic(std::string_view name, std::string_view rid) {
    return join({method_request_prefix, name, "/?$rid=", rid});
}

std::string method_response_topic(int status, std::string_view rid) {
    assert(status >= 0);
    return join({method_response_prefix, std::to_string(status), "/?$rid=", rid});
}

std::string twin_get_topic(std::string_view rid) {
    return join({twin_get_prefix, "?$rid=", rid});
}

std::string twin_reported_topic(std::string_view rid) {
    return join({twin_reported_prefix, "?$rid=", rid});
}

std::string twin_response_topic(int status, std::string_view rid, std::optional<std::int64_t> version) {
    assert(status >= 0);
    std::string topic = join({twin_response_prefix, std::to_string(status), "/?$rid=", rid});
    if (version) topic.append("&$version=").append(std::to_string(*version));
    return topic;
}

std::string desired_patch_topic(std::int64_t version) {
    return join({desired_prefix, "?$version=", std::to_string(version)});
}

std::string telemetry_topic(std::string_view device_id, std::string_view bag, std::string_view module_id) {
    return join(
        {"devices/", device_id, module_id.empty() ? "" : "/modules/", module_id, "/messages/events/", bag});
}

std::string devicebound_topic(std::string_view device_id, std::string_view bag) {
    return join({"devices/", device_id, "/messages/devicebound/", bag});
}

std::string devicebound_filter(std::string_view device_id) {
    return devicebound_topic(device_id, "#");
}

Filter classify_filter(std::string_view filter, std::string_view device_id) {
    if (filter == methods_filter) return Filter::methods;
    if (filter == twin_responses_filter) return Filter::twin_responses;
    if (filter == desired_filter) return Filter::desired;
    std::string_view rest = filter;
    if (!consume(rest, "devices/")) return Filter::undocumented;
    if (!consume(rest, "+/") && !(consume(rest, device_id) && consume(rest, "/")))
        return Filter::undocumented;
    return rest == "messages/devicebound/#" ? Filter::devicebound : Filter::undocumented;
}

}  // namespace protocol
