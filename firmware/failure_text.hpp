#pragma once

#include "firmware/mqtt_client.hpp"

#include <string_view>

namespace firmware {

// How a failed connect is called in the log, and what people can do about it.
[[nodiscard]] std::string_view name_of(MqttFailure::Kind kind);
[[nodiscard]] std::string_view cure_for(MqttFailure::Kind kind);

}  // namespace firmware
