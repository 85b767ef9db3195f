#include "fuzz.hpp"
#include "protocol/property_bag.hpp"
#include "protocol/topics.hpp"
#include "protocol/username.hpp"

#include <string>

// Topics, property bags and user names of a stranger.

namespace {

using namespace protocol;

void check_device_publish(std::string_view topic) {
    const auto parsed = parse_device_publish(topic, "d1");
    if (!parsed) return;
    if (const auto* response = std::get_if<MethodResponse>(&*parsed)) {
        must(response->status >= 0 && !response->rid.empty() && response->rid.size() <= max_request_id);
        must(parse_device_publish(method_response_topic(response->status, response->rid), "d1").has_value());
    } else if (const auto* get = std::get_if<TwinGet>(&*parsed)) {
        must(parse_device_publish(twin_get_topic(get->rid), "d1").has_value());
    } else if (const auto* telemetry = std::get_if<Telemetry>(&*parsed)) {
        must(parse_device_publish(telemetry_topic("d1", telemetry->bag), "d1").has_value());
    }
}

void check_hub_publish(std::string_view topic) {
    const auto parsed = parse_hub_publish(topic, "d1");
    if (!parsed) return;
    if (const auto* request = std::get_if<MethodRequest>(&*parsed)) {
        must(method_request_topic(request->name, request->rid) == topic);
    } else if (const auto* response = std::get_if<TwinResponse>(&*parsed)) {
        const auto again =
            parse_hub_publish(twin_response_topic(response->status, response->rid, response->version), "d1");
        must(again.has_value() && std::get<TwinResponse>(*again).version == response->version);
    }
}

void check_bag(std::string_view text) {
    const auto bag = parse_property_bag(text);
    if (!bag) return;
    const auto again = parse_property_bag(format_property_bag(*bag));
    must(again.has_value() && *again == *bag);
}

void check_username(std::string_view text) {
    const auto username = parse_username(text);
    if (!username) return;
    must(!username->host.empty() && !username->device_id.empty() && !username->api_version.empty());
    (void)make_username(*username);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    check_device_publish(text);
    check_hub_publish(text);
    check_bag(text);
    check_username(text);
    (void)parse_device_publish(text, "d1", "m1");
    (void)classify_filter(text, "d1");
    if (check_method_name(text)) {
        const std::string topic = method_request_topic(text, "1");
        const auto parsed = parse_hub_publish(topic, "d1");
        must(parsed.has_value() && std::get<MethodRequest>(*parsed).name == text);
    }
    return 0;
}
