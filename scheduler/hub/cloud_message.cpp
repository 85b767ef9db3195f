#include "scheduler/hub/cloud_message.hpp"

#include "base/excerpt.hpp"
#include "base/iso8601.hpp"

#include <algorithm>
#include <array>

namespace hub {
namespace {

using protocol::HubError;

constexpr std::chrono::hours longest_life{48};
// What fits a topic of MQTT, encoded three for one at the worst.
constexpr std::size_t max_bag = std::size_t{16} * 1024;

Fault invalid(std::string message) {
    return {HubError::argument_invalid, std::move(message)};
}

bool is_ack(std::string_view value) {
    constexpr std::array<std::string_view, 4> known{"none", "full", "positive", "negative"};
    return std::find(known.begin(), known.end(), value) != known.end();
}

}  // namespace

Outcome<void> check_cloud_message(const CloudMessage& message) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : message.properties) {
        bytes += name.size() + (value ? value->size() : 0);
        if (name.empty()) return invalid("a property has no name");
        if (name == "$.to" || name == "$.exp") return invalid(name + " is written by the hub itself");
        if (name == "iothub-ack" && !is_ack(value.value_or(""))) {
            return invalid("iothub-ack is '" + base::excerpt(value.value_or(""), 40) +
                           "'; it must be none, full, positive or negative");
        }
    }
    if (message.properties.size() > protocol::max_properties) {
        return invalid("a message has at most " + std::to_string(protocol::max_properties) + " properties");
    }
    if (message.time_to_live < std::chrono::seconds(1) || message.time_to_live > longest_life) {
        return invalid("ttl must be 1 to 172800 seconds");
    }
    if (bytes > max_bag || message.payload.size() + bytes > max_cloud_message) {
        return Fault{HubError::message_too_large, "the message has " +
                                                      std::to_string(message.payload.size()) + " bytes and " +
                                                      std::to_string(bytes) + " of properties; at most " +
                                                      std::to_string(max_cloud_message) + " together and " +
                                                      std::to_string(max_bag) + " of properties are allowed"};
    }
    return {};
}

std::string devicebound_bag(std::string_view device_id, const CloudMessage& message,
                            base::SystemTime expires) {
    protocol::PropertyBag bag = message.properties;
    bag.push_back({"$.to", "/devices/" + std::string(device_id) + "/messages/devicebound"});
    bag.push_back({"$.exp", base::format_iso8601(expires)});
    return protocol::format_property_bag(bag);
}

}  // namespace hub
