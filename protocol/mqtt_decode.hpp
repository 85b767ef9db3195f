#pragma once

#include "base/result.hpp"
#include "protocol/mqtt_packet.hpp"

#include <cstdint>
#include <string_view>

namespace protocol {

// Whether a packet may begin with this byte: a known type with the flags it must have (MQTT 3.1.1 §2.2).
[[nodiscard]] base::Result<void> check_first_byte(std::uint8_t first);

// The packet whose first byte is `first` (checked) and whose body, everything behind the length, is `body`.
[[nodiscard]] base::Result<Packet> decode_body(std::uint8_t first, std::string_view body);

}  // namespace protocol
