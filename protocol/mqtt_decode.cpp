#include "protocol/mqtt_decode.hpp"

#include "protocol/mqtt_codec.hpp"
#include "protocol/mqtt_wire.hpp"
#include "protocol/utf8.hpp"

#include <optional>
#include <utility>

namespace protocol {
namespace {

base::Error malformed(std::string_view packet, std::string_view problem) {
    return {base::Errc::invalid_argument, "malformed " + std::string(packet) + ": " + std::string(problem)};
}

// §1.5.3: well-formed UTF-8 without U+0000.
bool is_mqtt_text(std::string_view text) {
    return text.find('\0') == std::string_view::npos && is_utf8(text);
}

// Reads a body from front to back. What is not there reads as nothing.
class Reader {
  public:
    explicit Reader(std::string_view body) : rest_(body) {}

    std::optional<std::uint8_t> byte() {
        if (rest_.empty()) return std::nullopt;
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::optional<std::uint16_t> word() {
        if (rest_.size() < 2) return std::nullopt;
        const unsigned high = *byte();
        const unsigned low = *byte();
        return static_cast<std::uint16_t>((high << 8U) | low);
    }
    // Packet identifiers are never 0 (§2.3.1).
    std::optional<std::uint16_t> packet_id() {
        const auto id = word();
        return id && *id != 0 ? id : std::nullopt;
    }
    // Binary data behind a length of two bytes.
    std::optional<std::string_view> bytes() {
        const auto size = word();
        if (!size || rest_.size() < *size) return std::nullopt;
        const std::string_view value = rest_.substr(0, *size);
        rest_.remove_prefix(*size);
        return value;
    }
    std::optional<std::string_view> text() {
        const auto value = bytes();
        return value && is_mqtt_text(*value) ? value : std::nullopt;
    }
    std::string_view take_rest() { return std::exchange(rest_, {}); }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

constexpr unsigned username_flag = 0x80;
constexpr unsigned password_flag = 0x40;
constexpr unsigned will_retain_flag = 0x20;
constexpr unsigned will_qos_shift = 3;
constexpr unsigned will_flag = 0x04;
constexpr unsigned clean_session_flag = 0x02;
constexpr unsigned reserved_flag = 0x01;

// §3.1.2.3 to §3.1.2.9.
std::optional<std::string_view> wrong_connect_flags(unsigned flags) {
    const unsigned will_qos = (flags >> will_qos_shift) & 3U;
    if ((flags & reserved_flag) != 0) return "the reserved flag is set";
    if (will_qos == 3) return "the will's QoS is 3";
    if ((flags & will_flag) == 0 && (will_qos != 0 || (flags & will_retain_flag) != 0)) {
        return "will QoS or retain without a will";
    }
    if ((flags & username_flag) == 0 && (flags & password_flag) != 0) return "a password without a user name";
    return std::nullopt;
}

base::Result<Will> read_will(Reader& reader, unsigned flags) {
    const auto topic = reader.text();
    if (!topic || !is_topic_name(*topic)) return malformed("CONNECT", "the will topic is no topic name");
    const auto payload = reader.bytes();
    if (!payload) return malformed("CONNECT", "the will message is cut off");
    return Will{.topic = std::string(*topic),
                .payload = std::string(*payload),
                .qos = static_cast<std::uint8_t>((flags >> will_qos_shift) & 3U),
                .retain = (flags & will_retain_flag) != 0};
}

base::Result<Packet> decode_connect(Reader reader) {
    const auto name = reader.text();
    const auto level = reader.byte();
    if (!name || !level) return malformed("CONNECT", "the protocol name or level is cut off");
    if (*name != "MQTT" && *name != "MQIsdp") return malformed("CONNECT", "the protocol name is not MQTT");
    if (*name != "MQTT" || *level != mqtt_level) {
        return Packet(ForeignConnect{std::string(*name), *level, std::string(reader.take_rest())});
    }
    const auto flags = reader.byte();
    const auto keep_alive = reader.word();
    if (!flags || !keep_alive) return malformed("CONNECT", "the flags or the keep-alive are cut off");
    if (const auto wrong = wrong_connect_flags(*flags)) return malformed("CONNECT", *wrong);

    Connect connect;
    connect.clean_session = (*flags & clean_session_flag) != 0;
    connect.keep_alive = *keep_alive;
    const auto client_id = reader.text();
    if (!client_id) return malformed("CONNECT", "the client id is cut off or no UTF-8 text");
    connect.client_id = *client_id;
    if ((*flags & will_flag) != 0) {
        auto will = read_will(reader, *flags);
        if (!will) return std::move(will).error();
        connect.will = *std::move(will);
    }
    if ((*flags & username_flag) != 0) {
        const auto username = reader.text();
        if (!username) return malformed("CONNECT", "the user name is cut off or no UTF-8 text");
        connect.username = *username;
    }
    if ((*flags & password_flag) != 0) {
        const auto password = reader.bytes();
        if (!password) return malformed("CONNECT", "the password is cut off");
        connect.password = *password;
    }
    if (!reader.empty()) return malformed("CONNECT", "bytes behind the payload");
    return Packet(std::move(connect));
}

base::Result<Packet> decode_connack(Reader reader) {
    const auto flags = reader.byte();
    const auto code = reader.byte();
    if (!flags || !code || !reader.empty()) return malformed("CONNACK", "its length is not 2");
    constexpr auto last_code = static_cast<std::uint8_t>(ConnectCode::not_authorized);
    if (*flags > 1 || *code > last_code) return malformed("CONNACK", "reserved flags or an unknown code");
    if (*flags != 0 && *code != 0) return malformed("CONNACK", "a session present with a refusal");
    return Packet(Connack{.session_present = *flags != 0, .code = ConnectCode{*code}});
}

base::Result<Packet> decode_publish(std::uint8_t first, Reader reader) {
    const auto qos = static_cast<std::uint8_t>((first >> 1U) & 3U);
    const bool dup = (first & 8U) != 0;
    if (qos == 3) return malformed("PUBLISH", "its QoS is 3");
    if (qos == 0 && dup) return malformed("PUBLISH", "DUP with QoS 0");
    const auto topic = reader.bytes();
    if (!topic || !is_topic_name(*topic))
        return malformed("PUBLISH", "the topic is cut off or no topic name");
    std::uint16_t packet_id = 0;
    if (qos > 0) {
        const auto id = reader.packet_id();
        if (!id) return malformed("PUBLISH", "the packet id is missing or 0");
        packet_id = *id;
    }
    return Packet(Publish{.topic = std::string(*topic),
                          .payload = std::string(reader.take_rest()),
                          .qos = qos,
                          .retain = (first & 1U) != 0,
                          .dup = dup,
                          .packet_id = packet_id});
}

template <typename T>
base::Result<Packet> decode_id_packet(std::string_view name, Reader reader) {
    const auto id = reader.packet_id();
    if (!id || !reader.empty()) return malformed(name, "expected a packet id, not 0, and nothing else");
    return Packet(T{.packet_id = *id});
}

base::Result<Packet> decode_subscribe(Reader reader) {
    const auto id = reader.packet_id();
    if (!id) return malformed("SUBSCRIBE", "the packet id is missing or 0");
    Subscribe subscribe{.packet_id = *id, .subscriptions = {}};
    do {
        const auto filter = reader.bytes();
        if (!filter || !is_topic_filter(*filter))
            return malformed("SUBSCRIBE", "a filter is missing or wrong");
        const auto qos = reader.byte();
        if (!qos || *qos > 2) return malformed("SUBSCRIBE", "a QoS is missing or above 2");
        if (subscribe.subscriptions.size() == max_mqtt_filters)
            return malformed("SUBSCRIBE", "too many filters");
        subscribe.subscriptions.push_back({std::string(*filter), *qos});
    } while (!reader.empty());
    return Packet(std::move(subscribe));
}

base::Result<Packet> decode_suback(Reader reader) {
    const auto id = reader.packet_id();
    if (!id) return malformed("SUBACK", "the packet id is missing or 0");
    const std::string_view codes = reader.take_rest();
    if (codes.empty() || codes.size() > max_mqtt_filters) return malformed("SUBACK", "no codes, or too many");
    Suback suback{.packet_id = *id, .codes = {codes.begin(), codes.end()}};
    for (const std::uint8_t code : suback.codes) {
        if (code > 2 && code != suback_failure) return malformed("SUBACK", "an unknown code");
    }
    return Packet(std::move(suback));
}

base::Result<Packet> decode_unsubscribe(Reader reader) {
    const auto id = reader.packet_id();
    if (!id) return malformed("UNSUBSCRIBE", "the packet id is missing or 0");
    Unsubscribe unsubscribe{.packet_id = *id, .filters = {}};
    do {
        const auto filter = reader.bytes();
        if (!filter || !is_topic_filter(*filter))
            return malformed("UNSUBSCRIBE", "a filter is missing or wrong");
        if (unsubscribe.filters.size() == max_mqtt_filters)
            return malformed("UNSUBSCRIBE", "too many filters");
        unsubscribe.filters.emplace_back(*filter);
    } while (!reader.empty());
    return Packet(std::move(unsubscribe));
}

template <typename T>
base::Result<Packet> decode_empty(std::string_view name, const Reader& reader) {
    if (!reader.empty()) return malformed(name, "its length is not 0");
    return Packet(T{});
}

}  // namespace

base::Result<void> check_first_byte(std::uint8_t first) {
    const unsigned type = first >> 4U;
    if (type == 0 || type == 15) return malformed("packet", "its type is reserved");
    if (PacketType(type) == PacketType::publish) return {};
    if ((first & 0xfU) != required_flags(PacketType(type)))
        return malformed("packet", "reserved flags are set");
    return {};
}

base::Result<Packet> decode_body(std::uint8_t first, std::string_view body) {
    const Reader reader(body);
    switch (PacketType(first >> 4U)) {
        case PacketType::connect:
            return decode_connect(reader);
        case PacketType::connack:
            return decode_connack(reader);
        case PacketType::publish:
            return decode_publish(first, reader);
        case PacketType::puback:
            return decode_id_packet<Puback>("PUBACK", reader);
        case PacketType::pubrec:
            return decode_id_packet<Pubrec>("PUBREC", reader);
        case PacketType::pubrel:
            return decode_id_packet<Pubrel>("PUBREL", reader);
        case PacketType::pubcomp:
            return decode_id_packet<Pubcomp>("PUBCOMP", reader);
        case PacketType::subscribe:
            return decode_subscribe(reader);
        case PacketType::suback:
            return decode_suback(reader);
        case PacketType::unsubscribe:
            return decode_unsubscribe(reader);
        case PacketType::unsuback:
            return decode_id_packet<Unsuback>("UNSUBACK", reader);
        case PacketType::pingreq:
            return decode_empty<Pingreq>("PINGREQ", reader);
        case PacketType::pingresp:
            return decode_empty<Pingresp>("PINGRESP", reader);
        case PacketType::disconnect:
            return decode_empty<Disconnect>("DISCONNECT", reader);
    }
    return malformed("packet", "its type is reserved");
}

}  // namespace protocol
