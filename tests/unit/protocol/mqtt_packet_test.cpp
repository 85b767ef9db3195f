#include "mqtt_text.hpp"

#include <gtest/gtest.h>

#include <string>

// The bytes of every packet, both ways, as MQTT 3.1.1 §3 draws them.

namespace {

using namespace protocol;

void expect_bytes(const Packet& packet, std::string_view text) {
    const std::string bytes = bytes_of(text);
    EXPECT_EQ(encode(packet), bytes) << text;
    const auto decoded = decode(bytes);
    ASSERT_TRUE(decoded) << text << ": " << decoded.error().message;
    ASSERT_TRUE(decoded->has_value()) << text << ": more bytes wanted";
    EXPECT_TRUE(**decoded == packet) << text;
}

// §3.1, the example of Figure 3.6 with a payload.
TEST(MqttPacket, ConnectWithEverything) {
    Connect connect{
        .client_id = "door-1",
        .clean_session = true,
        .keep_alive = 10,
        .will = Will{.topic = "w", .payload = std::string("\0\xff", 2), .qos = 1, .retain = false},
        .username = "h/door-1/?api-version=1",
        .password = std::string("p\0w", 3)};
    expect_bytes(
        connect,
        "10 37 00 04 'MQTT' 04 ce 00 0a 00 06 'door-1' 00 01 'w' 00 02 00 ff 00 17 'h/door-1/?api-version=1' "
        "00 03 'p' 00 'w'");
    connect.will->retain = true;
    connect.will->qos = 2;
    connect.clean_session = false;
    expect_bytes(
        connect,
        "10 37 00 04 'MQTT' 04 f4 00 0a 00 06 'door-1' 00 01 'w' 00 02 00 ff 00 17 'h/door-1/?api-version=1' "
        "00 03 'p' 00 'w'");
}

TEST(MqttPacket, ConnectWithNothing) {
    expect_bytes(Connect{}, "10 0c 00 04 'MQTT' 04 02 00 00 00 00");
    expect_bytes(Connect{.client_id = "a",
                         .clean_session = false,
                         .keep_alive = 65535,
                         .will = std::nullopt,
                         .username = "",
                         .password = std::nullopt},
                 "10 0f 00 04 'MQTT' 04 80 ff ff 00 01 'a' 00 00");
}

// §3.1.2.2: another level is answered with code 1, so it is no error here.
TEST(MqttPacket, ConnectOfAnotherVersion) {
    expect_bytes(ForeignConnect{"MQTT", 5, bytes_of("02 00 3c 00 00 00")},
                 "10 0d 00 04 'MQTT' 05 02 00 3c 00 00 00");
    expect_bytes(ForeignConnect{"MQIsdp", 3, ""}, "10 09 00 06 'MQIsdp' 03");
    expect_bytes(ForeignConnect{"MQIsdp", 4, ""}, "10 09 00 06 'MQIsdp' 04");
}

// §3.2
TEST(MqttPacket, Connack) {
    expect_bytes(Connack{.session_present = false, .code = ConnectCode::accepted}, "20 02 00 00");
    expect_bytes(Connack{.session_present = true, .code = ConnectCode::accepted}, "20 02 01 00");
    expect_bytes(Connack{.session_present = false, .code = ConnectCode::not_authorized}, "20 02 00 05");
}

// §3.3
TEST(MqttPacket, Publish) {
    expect_bytes(
        protocol::Publish{
            .topic = "a/b", .payload = "", .qos = 0, .retain = false, .dup = false, .packet_id = 0},
        "30 05 00 03 'a/b'");
    expect_bytes(protocol::Publish{.topic = "a/b",
                                   .payload = std::string("x\0y", 3),
                                   .qos = 1,
                                   .retain = true,
                                   .dup = true,
                                   .packet_id = 10},
                 "3b 0a 00 03 'a/b' 00 0a 'x' 00 'y'");
    expect_bytes(
        protocol::Publish{
            .topic = "t", .payload = "p", .qos = 2, .retain = false, .dup = false, .packet_id = 65535},
        "34 06 00 01 't' ff ff 'p'");
}

TEST(MqttPacket, PublishWithoutAnObjectIsTheSame) {
    std::string out = "before";
    encode_publish_to(out, "a/b", "x", 1, 10);
    EXPECT_EQ(out, "before" + bytes_of("32 08 00 03 'a/b' 00 0a 'x'"));
    std::string plain;
    encode_publish_to(plain, "a/b", "x");
    EXPECT_EQ(plain, bytes_of("30 06 00 03 'a/b' 'x'"));
}

// §3.4 to §3.7
TEST(MqttPacket, Acknowledgements) {
    expect_bytes(Puback{1}, "40 02 00 01");
    expect_bytes(Pubrec{258}, "50 02 01 02");
    expect_bytes(Pubrel{65535}, "62 02 ff ff");
    expect_bytes(Pubcomp{10}, "70 02 00 0a");
}

// §3.8, §3.9
TEST(MqttPacket, SubscribeAndSuback) {
    expect_bytes(Subscribe{.packet_id = 10, .subscriptions = {{"a/b", 1}, {"c/d", 2}, {"#", 0}}},
                 "82 12 00 0a 00 03 'a/b' 01 00 03 'c/d' 02 00 01 '#' 00");
    expect_bytes(Suback{.packet_id = 10, .codes = {0, 1, 2, suback_failure}}, "90 06 00 0a 00 01 02 80");
}

// §3.10, §3.11
TEST(MqttPacket, UnsubscribeAndUnsuback) {
    expect_bytes(Unsubscribe{.packet_id = 10, .filters = {"a/b", "c/d"}},
                 "a2 0c 00 0a 00 03 'a/b' 00 03 'c/d'");
    expect_bytes(Unsuback{10}, "b0 02 00 0a");
}

// §3.12 to §3.14
TEST(MqttPacket, PingAndDisconnect) {
    expect_bytes(Pingreq{}, "c0 00");
    expect_bytes(Pingresp{}, "d0 00");
    expect_bytes(Disconnect{}, "e0 00");
}

// §2.2.3, Table 2.4: where the length grows by a byte.
TEST(MqttPacket, LengthsOfOneToFourBytes) {
    const std::pair<std::size_t, std::string_view> cases[] = {
        {127, "7f"},         {128, "80 01"},        {16383, "ff 7f"},
        {16384, "80 80 01"}, {2097151, "ff ff 7f"}, {2097152, "80 80 80 01"}};
    for (const auto& [remaining, length] : cases) {
        protocol::Publish publish;
        publish.topic = "t";
        publish.payload = std::string(remaining - 3, 'p');
        const std::string bytes = encode(publish);
        EXPECT_EQ(bytes.substr(1, bytes.size() - remaining - 1), bytes_of(length));
        const auto decoded = decode(bytes, 4194304);
        ASSERT_TRUE(decoded && decoded->has_value()) << remaining;
        EXPECT_TRUE(**decoded == Packet(publish)) << remaining;
    }
}

// A length with needless bytes is not forbidden by 3.1.1, and small clients send it.
TEST(MqttPacket, AcceptsALengthWithNeedlessBytes) {
    const auto decoded = decode(bytes_of("40 82 80 00 00 01"));
    ASSERT_TRUE(decoded && decoded->has_value());
    EXPECT_TRUE(**decoded == Packet(Puback{1}));
}

// §4.7
TEST(MqttTopics, AreChecked) {
    for (const std::string_view name : {"a", "/", "a//b", " ", "$iothub/methods/POST/x/?$rid=1", "ü"}) {
        EXPECT_TRUE(is_topic_name(name)) << name;
        EXPECT_TRUE(is_topic_filter(name)) << name;
    }
    for (const std::string_view filter : {"#", "+", "a/#", "+/+", "/+", "+/", "a/+/#", "+/b/#"}) {
        EXPECT_FALSE(is_topic_name(filter)) << filter;
        EXPECT_TRUE(is_topic_filter(filter)) << filter;
    }
    for (const std::string_view wrong :
         {std::string_view(""), std::string_view("a\0b", 3), std::string_view("a#"), std::string_view("#/a"),
          std::string_view("a/#/b"), std::string_view("a+"), std::string_view("+a/b"), std::string_view("##"),
          std::string_view("\xff"), std::string_view("#/")}) {
        EXPECT_FALSE(is_topic_name(wrong)) << wrong;
        EXPECT_FALSE(is_topic_filter(wrong)) << wrong;
    }
    EXPECT_TRUE(is_topic_filter(std::string(max_mqtt_string, 't')));
    EXPECT_FALSE(is_topic_name(std::string(max_mqtt_string + 1, 't')));
}

}  // namespace
