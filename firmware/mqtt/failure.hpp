#pragma once

#include "firmware/mqtt_client.hpp"

#include <string>
#include <string_view>

namespace firmware {

// Makes one kind and one sentence out of what Paho tells of a failed connect: its code (a CONNACK code if
// positive), its text, and what OpenSSL said during the attempt.
[[nodiscard]] MqttFailure explain_failure(int code, std::string_view text, std::string_view tls_errors);

}  // namespace firmware
