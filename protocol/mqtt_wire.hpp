#pragma once

#include <cstdint>

namespace protocol {

// What the two halves of the codec agree on (MQTT 3.1.1 §2.2).

inline constexpr std::uint8_t mqtt_level = 4;

enum class PacketType : std::uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubrel = 6,
    pubcomp = 7,
    subscribe = 8,
    suback = 9,
    unsubscribe = 10,
    unsuback = 11,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14,
};

// The low four bits of the first byte; those of PUBLISH are free.
[[nodiscard]] constexpr unsigned required_flags(PacketType type) {
    return type == PacketType::pubrel || type == PacketType::subscribe || type == PacketType::unsubscribe ? 2
                                                                                                          : 0;
}

struct PublishHead {
    std::uint8_t qos = 0;
    bool retain = false;
    bool dup = false;
    std::uint16_t packet_id = 0;
};

}  // namespace protocol
