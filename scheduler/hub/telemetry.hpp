#pragma once

#include "base/clock.hpp"

#include <string>
#include <string_view>

namespace hub {

// A message of a device to the cloud (iothub-protocol.md §1.5).
struct Telemetry {
    std::string_view device_id;
    std::string_view model_id;    // as announced with the connection; empty if it was not
    std::string_view properties;  // the bag, with what the flags of the packet mean (§1.1)
    std::string_view payload;
    bool will = false;  // the device's last will, sent by the hub in its name
};

// The message as a back end gets it: {"deviceId":…,"enqueuedTime":…,"systemProperties":{…},"properties":{…},
// "body":…}. System properties have the names under which IoT Hub's consumers know them. A payload that is
// JSON stands there byte for byte as "body", any other one as "bodyBase64".
[[nodiscard]] std::string telemetry_json(const Telemetry& telemetry, base::SystemTime enqueued);

}  // namespace hub
