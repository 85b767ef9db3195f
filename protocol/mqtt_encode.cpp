#include "protocol/mqtt_codec.hpp"
#include "protocol/mqtt_wire.hpp"

#include <cassert>

namespace protocol {
namespace {

std::uint8_t bit(bool value, unsigned position) {
    return static_cast<std::uint8_t>(value ? 1U << position : 0U);
}

void put_byte(std::string& out, std::size_t byte) {
    out += static_cast<char>(byte & 0xffU);
}

void put_word(std::string& out, std::size_t word) {
    put_byte(out, word >> 8U);
    put_byte(out, word);
}

void put_string(std::string& out, std::string_view text) {
    assert(text.size() <= max_mqtt_string);
    put_word(out, text.size());
    out += text;
}

std::size_t wire_size(std::string_view text) {
    return 2 + text.size();
}

void put_header(std::string& out, PacketType type, unsigned flags, std::size_t remaining) {
    assert(remaining <= max_mqtt_remaining);
    put_byte(out, (static_cast<unsigned>(type) << 4U) | flags);
    do {
        const std::size_t digit = remaining % 128;
        remaining /= 128;
        put_byte(out, digit | (remaining > 0 ? 0x80U : 0U));
    } while (remaining > 0);
}

void put_packet_id(std::string& out, std::uint16_t id) {
    assert(id != 0);
    put_word(out, id);
}

void put_id_packet(std::string& out, PacketType type, std::uint16_t id) {
    put_header(out, type, required_flags(type), 2);
    put_packet_id(out, id);
}

void put_publish(std::string& out, const PublishHead& head, std::string_view topic,
                 std::string_view payload) {
    assert(head.qos <= 2 && (head.qos > 0) == (head.packet_id > 0) && (head.qos > 0 || !head.dup));
    assert(!topic.empty());
    const std::size_t remaining = wire_size(topic) + (head.qos > 0 ? 2 : 0) + payload.size();
    out.reserve(out.size() + 5 + remaining);
    const unsigned flags = bit(head.dup, 3) | (unsigned{head.qos} << 1U) | bit(head.retain, 0);
    put_header(out, PacketType::publish, flags, remaining);
    put_string(out, topic);
    if (head.qos > 0) put_packet_id(out, head.packet_id);
    out += payload;
}

struct Encoder {
    std::string& out;

    void operator()(const Connect& connect) const {
        assert(connect.username || !connect.password);
        assert(!connect.will || connect.will->qos <= 2);
        std::size_t remaining = wire_size("MQTT") + 4 + wire_size(connect.client_id);
        if (connect.will) remaining += wire_size(connect.will->topic) + wire_size(connect.will->payload);
        if (connect.username) remaining += wire_size(*connect.username);
        if (connect.password) remaining += wire_size(*connect.password);

        put_header(out, PacketType::connect, 0, remaining);
        put_string(out, "MQTT");
        put_byte(out, mqtt_level);
        unsigned flags = bit(connect.username.has_value(), 7) | bit(connect.password.has_value(), 6) |
                         bit(connect.will.has_value(), 2) | bit(connect.clean_session, 1);
        if (connect.will) flags |= bit(connect.will->retain, 5) | (unsigned{connect.will->qos} << 3U);
        put_byte(out, flags);
        put_word(out, connect.keep_alive);
        put_string(out, connect.client_id);
        if (connect.will) {
            put_string(out, connect.will->topic);
            put_string(out, connect.will->payload);
        }
        if (connect.username) put_string(out, *connect.username);
        if (connect.password) put_string(out, *connect.password);
    }

    void operator()(const ForeignConnect& connect) const {
        put_header(out, PacketType::connect, 0, wire_size(connect.protocol_name) + 1 + connect.rest.size());
        put_string(out, connect.protocol_name);
        put_byte(out, connect.level);
        out += connect.rest;
    }

    void operator()(const Connack& connack) const {
        assert(!connack.session_present || connack.code == ConnectCode::accepted);
        put_header(out, PacketType::connack, 0, 2);
        put_byte(out, bit(connack.session_present, 0));
        put_byte(out, static_cast<std::uint8_t>(connack.code));
    }

    void operator()(const Publish& publish) const {
        put_publish(out,
                    {.qos = publish.qos,
                     .retain = publish.retain,
                     .dup = publish.dup,
                     .packet_id = publish.packet_id},
                    publish.topic, publish.payload);
    }

    void operator()(const Puback& ack) const { put_id_packet(out, PacketType::puback, ack.packet_id); }
    void operator()(const Pubrec& ack) const { put_id_packet(out, PacketType::pubrec, ack.packet_id); }
    void operator()(const Pubrel& ack) const { put_id_packet(out, PacketType::pubrel, ack.packet_id); }
    void operator()(const Pubcomp& ack) const { put_id_packet(out, PacketType::pubcomp, ack.packet_id); }
    void operator()(const Unsuback& ack) const { put_id_packet(out, PacketType::unsuback, ack.packet_id); }

    void operator()(const Subscribe& subscribe) const {
        assert(!subscribe.subscriptions.empty() && subscribe.subscriptions.size() <= max_mqtt_filters);
        std::size_t remaining = 2;
        for (const Subscription& subscription : subscribe.subscriptions)
            remaining += wire_size(subscription.filter) + 1;
        put_header(out, PacketType::subscribe, required_flags(PacketType::subscribe), remaining);
        put_packet_id(out, subscribe.packet_id);
        for (const Subscription& subscription : subscribe.subscriptions) {
            assert(subscription.qos <= 2);
            put_string(out, subscription.filter);
            put_byte(out, subscription.qos);
        }
    }

    void operator()(const Suback& suback) const {
        assert(!suback.codes.empty() && suback.codes.size() <= max_mqtt_filters);
        put_header(out, PacketType::suback, 0, 2 + suback.codes.size());
        put_packet_id(out, suback.packet_id);
        for (const std::uint8_t code : suback.codes) {
            assert(code <= 2 || code == suback_failure);
            put_byte(out, code);
        }
    }

    void operator()(const Unsubscribe& unsubscribe) const {
        assert(!unsubscribe.filters.empty() && unsubscribe.filters.size() <= max_mqtt_filters);
        std::size_t remaining = 2;
        for (const std::string& filter : unsubscribe.filters)
            remaining += wire_size(filter);
        put_header(out, PacketType::unsubscribe, required_flags(PacketType::unsubscribe), remaining);
        put_packet_id(out, unsubscribe.packet_id);
        for (const std::string& filter : unsubscribe.filters)
            put_string(out, filter);
    }

    void operator()(const Pingreq& /*unused*/) const { put_header(out, PacketType::pingreq, 0, 0); }
    void operator()(const Pingresp& /*unused*/) const { put_header(out, PacketType::pingresp, 0, 0); }
    void operator()(const Disconnect& /*unused*/) const { put_header(out, PacketType::disconnect, 0, 0); }
};

}  // namespace

void encode_to(std::string& out, const Packet& packet) {
    std::visit(Encoder{out}, packet);
}

std::string encode(const Packet& packet) {
    std::string out;
    encode_to(out, packet);
    return out;
}

void encode_publish_to(std::string& out, std::string_view topic, std::string_view payload, std::uint8_t qos,
                       std::uint16_t packet_id) {
    put_publish(out, {.qos = qos, .retain = false, .dup = false, .packet_id = packet_id}, topic, payload);
}

}  // namespace protocol
