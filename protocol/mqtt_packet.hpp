#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace protocol {

// The control packets of MQTT 3.1.1 (OASIS Standard, 29 October 2014), §3.1 to §3.14 in order. QoS is 0, 1 or
// 2; packet ids are 1 to 65535 where there is one.

struct Will {
    std::string topic;
    std::string payload;
    std::uint8_t qos = 0;
    bool retain = false;
    bool operator==(const Will&) const = default;
};

struct Connect {
    std::string client_id;
    bool clean_session = true;
    std::uint16_t keep_alive = 0;  // seconds
    std::optional<Will> will;
    std::optional<std::string> username;
    std::optional<std::string> password;  // any bytes; only with a username
    bool operator==(const Connect&) const = default;
};

// A CONNECT of another version of MQTT ("MQTT" with a level other than 4, or "MQIsdp"): to be answered with
// Connack code 1 and closed.
struct ForeignConnect {
    std::string protocol_name;
    std::uint8_t level = 0;
    std::string rest;  // bytes behind the level, not looked at
    bool operator==(const ForeignConnect&) const = default;
};

enum class ConnectCode : std::uint8_t {
    accepted = 0,
    unacceptable_protocol_version = 1,
    identifier_rejected = 2,
    server_unavailable = 3,
    bad_username_or_password = 4,
    not_authorized = 5,
};

struct Connack {
    bool session_present = false;  // only with accepted
    ConnectCode code = ConnectCode::accepted;
    bool operator==(const Connack&) const = default;
};

struct Publish {
    std::string topic;
    std::string payload;
    std::uint8_t qos = 0;
    bool retain = false;
    bool dup = false;             // only with QoS 1 and 2
    std::uint16_t packet_id = 0;  // 0 with QoS 0, and only then
    bool operator==(const Publish&) const = default;
};

struct Puback {
    std::uint16_t packet_id = 0;
    bool operator==(const Puback&) const = default;
};
struct Pubrec {
    std::uint16_t packet_id = 0;
    bool operator==(const Pubrec&) const = default;
};
struct Pubrel {
    std::uint16_t packet_id = 0;
    bool operator==(const Pubrel&) const = default;
};
struct Pubcomp {
    std::uint16_t packet_id = 0;
    bool operator==(const Pubcomp&) const = default;
};

struct Subscription {
    std::string filter;
    std::uint8_t qos = 0;
    bool operator==(const Subscription&) const = default;
};
struct Subscribe {
    std::uint16_t packet_id = 0;
    std::vector<Subscription> subscriptions;  // at least one
    bool operator==(const Subscribe&) const = default;
};

inline constexpr std::uint8_t suback_failure = 0x80;
struct Suback {
    std::uint16_t packet_id = 0;
    std::vector<std::uint8_t> codes;  // granted QoS or suback_failure, one for each filter
    bool operator==(const Suback&) const = default;
};

struct Unsubscribe {
    std::uint16_t packet_id = 0;
    std::vector<std::string> filters;  // at least one
    bool operator==(const Unsubscribe&) const = default;
};
struct Unsuback {
    std::uint16_t packet_id = 0;
    bool operator==(const Unsuback&) const = default;
};

struct Pingreq {
    bool operator==(const Pingreq&) const = default;
};
struct Pingresp {
    bool operator==(const Pingresp&) const = default;
};
struct Disconnect {
    bool operator==(const Disconnect&) const = default;
};

using Packet = std::variant<Connect, ForeignConnect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp,
                            Subscribe, Suback, Unsubscribe, Unsuback, Pingreq, Pingresp, Disconnect>;

}  // namespace protocol
