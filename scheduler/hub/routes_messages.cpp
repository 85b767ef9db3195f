#include "scheduler/hub/routes_messages.hpp"

#include "protocol/ascii.hpp"
#include "scheduler/hub/object_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace hub {

namespace {

constexpr std::string_view own_prefix = "iothub-app-";
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> system_headers{{
    {"iothub-messageid", "$.mid"},
    {"iothub-correlationid", "$.cid"},
    {"iothub-userid", "$.uid"},
    {"iothub-contenttype", "$.ct"},
    {"iothub-contentencoding", "$.ce"},
    {"iothub-ack", "iothub-ack"},
}};

Outcome<CloudMessage> read_message(const http::Request& request) {
    CloudMessage message;
    message.payload = request.body;
    for (const auto& [header, property] : system_headers) {
        if (const auto value = request.header(header); !value.empty()) {
            message.properties.push_back({std::string(property), std::string(value)});
        }
    }
    for (const auto& [name, value] : request.headers) {
        if (name.size() > own_prefix.size() &&
            protocol::equal_ignoring_case(name.substr(0, own_prefix.size()), own_prefix)) {
            message.properties.push_back({name.substr(own_prefix.size()), value});
        }
    }
    const auto ttl = parse_count("ttl", request.parameter("ttl"), 3600);
    if (!ttl) return ttl.error();
    constexpr std::size_t too_long = 1'000'000;  // the check says what is allowed
    message.time_to_live = std::chrono::seconds(std::min(*ttl, too_long));
    return message;
}

void enqueue(CloudToDevice& messages, const Call& call, const Reply& reply) {
    auto message = read_message(call.request);
    if (!message) return reply.fault(message.error());
    const auto receipt = messages.enqueue(call.names[0], std::move(*message));
    if (!receipt) return reply.fault(receipt.error());
    ObjectText json;
    json.text("messageId", receipt->message_id).time("expiryTimeUtc", receipt->expires);
    reply.send(http::json_response(202, json.done()));
}

void purge(CloudToDevice& messages, const Call& call, const Reply& reply) {
    const auto purged = messages.purge(call.names[0]);
    if (!purged) return reply.fault(purged.error());
    ObjectText json;
    json.number("totalMessagesPurged", static_cast<std::int64_t>(*purged)).text("deviceId", call.names[0]);
    reply.json(json.raw("moduleId", "null").done());
}

}  // namespace

void add_message_routes(Router& router, CloudToDevice& messages) {
    router.add_own("POST", "/lockhub/v1/devices/{}/messages", Rights::service_connect(),
                   [&messages](const Call& call, const Reply& reply) { enqueue(messages, call, reply); });
    router.add("DELETE", "/devices/{}/commands", Rights::service_connect(),
               [&messages](const Call& call, const Reply& reply) { purge(messages, call, reply); });
}

}  // namespace hub
