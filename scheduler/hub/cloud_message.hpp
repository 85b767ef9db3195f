#pragma once

#include "base/clock.hpp"
#include "protocol/property_bag.hpp"
#include "scheduler/hub/fault.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace hub {

inline constexpr std::size_t max_cloud_message = std::size_t{64} * 1024;  // with its properties (§1.5)

// A message for a device, as the service hands it in. The properties are those of §1.5: "$.mid", "$.cid",
// "$.uid", "$.ct", "$.ce", "iothub-ack" and the application's own.
struct CloudMessage {
    std::string payload;
    protocol::PropertyBag properties;
    std::chrono::seconds time_to_live{3600};
};

// ArgumentInvalid or MessageTooLarge: property names that the hub writes itself, an iothub-ack that is none,
// a time to live that is not 1 s to 2 days, more than max_cloud_message bytes.
[[nodiscard]] Outcome<void> check_cloud_message(const CloudMessage& message);

// The bag of the topic on which the device gets it (§1.5): "$.to" and "$.exp" besides the message's own.
[[nodiscard]] std::string devicebound_bag(std::string_view device_id, const CloudMessage& message,
                                          base::SystemTime expires);

}  // namespace hub
