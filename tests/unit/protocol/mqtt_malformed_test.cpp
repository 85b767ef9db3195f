#include "mqtt_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

// Packets that a receiver must refuse; each names the paragraph of MQTT 3.1.1.

namespace {

using testing::HasSubstr;

struct Case {
    std::string_view name;
    std::string_view bytes;
    std::string_view message;  // a part of it
};

constexpr Case cases[] = {
    {"type 0 (2.2.1)", "00 00", "type is reserved"},
    {"type 15 (2.2.1)", "f0 00", "type is reserved"},
    {"five bytes of length (2.2.3)", "30 80 80 80 80 01", "more than four bytes"},
    {"CONNECT flags (2.2.2)", "11 0c 00 04 'MQTT' 04 02 00 00 00 00", "reserved flags"},
    {"CONNACK flags (2.2.2)", "22 02 00 00", "reserved flags"},
    {"PUBACK flags (2.2.2)", "42 02 00 01", "reserved flags"},
    {"PUBREC flags (2.2.2)", "52 02 00 01", "reserved flags"},
    {"PUBREL flags (2.2.2)", "60 02 00 01", "reserved flags"},
    {"PUBCOMP flags (2.2.2)", "72 02 00 01", "reserved flags"},
    {"SUBSCRIBE flags (2.2.2)", "80 06 00 0a 00 01 'a' 00", "reserved flags"},
    {"SUBACK flags (2.2.2)", "92 03 00 0a 00", "reserved flags"},
    {"UNSUBSCRIBE flags (2.2.2)", "a0 05 00 0a 00 01 'a'", "reserved flags"},
    {"UNSUBACK flags (2.2.2)", "b2 02 00 0a", "reserved flags"},
    {"PINGREQ flags (2.2.2)", "c1 00", "reserved flags"},
    {"PINGRESP flags (2.2.2)", "d8 00", "reserved flags"},
    {"DISCONNECT flags (2.2.2)", "e4 00", "reserved flags"},

    {"CONNECT, empty", "10 00", "malformed CONNECT: the protocol name"},
    {"CONNECT, name cut off", "10 04 00 04 'MQ'", "the protocol name or level is cut off"},
    {"CONNECT, no level", "10 06 00 04 'MQTT'", "the protocol name or level is cut off"},
    {"CONNECT, wrong name (3.1.2.1)", "10 0c 00 04 'mqtt' 04 02 00 00 00 00",
     "the protocol name is not MQTT"},
    {"CONNECT, HTTP", "10 0e 00 04 'HTTP' 04 02 00 00 00 02 'ab'", "the protocol name is not MQTT"},
    {"CONNECT, no flags", "10 07 00 04 'MQTT' 04", "the flags or the keep-alive are cut off"},
    {"CONNECT, half a keep-alive", "10 09 00 04 'MQTT' 04 02 00", "the flags or the keep-alive are cut off"},
    {"CONNECT, reserved flag (3.1.2-3)", "10 0c 00 04 'MQTT' 04 03 00 00 00 00", "the reserved flag is set"},
    {"CONNECT, will QoS without will (3.1.2-13)", "10 0c 00 04 'MQTT' 04 0a 00 00 00 00", "without a will"},
    {"CONNECT, will retain without will (3.1.2-15)", "10 0c 00 04 'MQTT' 04 22 00 00 00 00",
     "without a will"},
    {"CONNECT, will QoS 3 (3.1.2-14)", "10 12 00 04 'MQTT' 04 1e 00 00 00 00 00 01 'w' 00 01 'm'",
     "QoS is 3"},
    {"CONNECT, password alone (3.1.2-22)", "10 0f 00 04 'MQTT' 04 42 00 00 00 00 00 01 'p'",
     "without a user name"},
    {"CONNECT, no client id (3.1.3-3)", "10 0a 00 04 'MQTT' 04 02 00 00", "the client id is cut off"},
    {"CONNECT, client id cut off", "10 0d 00 04 'MQTT' 04 02 00 00 00 02 'a'", "the client id is cut off"},
    {"CONNECT, client id with NUL (1.5.3-2)", "10 0e 00 04 'MQTT' 04 02 00 00 00 02 'a' 00", "the client id"},
    {"CONNECT, client id no UTF-8 (1.5.3-1)", "10 0d 00 04 'MQTT' 04 02 00 00 00 01 ff", "the client id"},
    {"CONNECT, client id with a surrogate (1.5.3-1)", "10 0f 00 04 'MQTT' 04 02 00 00 00 03 ed a0 80",
     "client id"},
    {"CONNECT, will topic empty", "10 11 00 04 'MQTT' 04 06 00 00 00 00 00 00 00 01 'm'", "the will topic"},
    {"CONNECT, will topic with wildcard", "10 12 00 04 'MQTT' 04 06 00 00 00 00 00 01 '#' 00 01 'm'",
     "will topic"},
    {"CONNECT, no will message", "10 0f 00 04 'MQTT' 04 06 00 00 00 00 00 01 'w'",
     "the will message is cut off"},
    {"CONNECT, no user name", "10 0c 00 04 'MQTT' 04 82 00 00 00 00", "the user name is cut off"},
    {"CONNECT, user name no UTF-8", "10 0f 00 04 'MQTT' 04 82 00 00 00 00 00 01 c0", "the user name"},
    {"CONNECT, no password", "10 0f 00 04 'MQTT' 04 c2 00 00 00 00 00 01 'u'", "the password is cut off"},
    {"CONNECT, more behind", "10 0d 00 04 'MQTT' 04 02 00 00 00 00 00", "bytes behind the payload"},

    {"CONNACK, short", "20 01 00", "malformed CONNACK: its length is not 2"},
    {"CONNACK, long", "20 03 00 00 00", "its length is not 2"},
    {"CONNACK, reserved flags (3.2.2.1)", "20 02 02 00", "reserved flags or an unknown code"},
    {"CONNACK, code 6 (3.2.2.3)", "20 02 00 06", "reserved flags or an unknown code"},
    {"CONNACK, session present with a refusal (3.2.2-4)", "20 02 01 05", "a session present with a refusal"},

    {"PUBLISH, QoS 3 (3.3.1-4)", "36 05 00 01 't' 00 01", "its QoS is 3"},
    {"PUBLISH, DUP with QoS 0 (3.3.1-2)", "38 03 00 01 't'", "DUP with QoS 0"},
    {"PUBLISH, empty", "30 00", "the topic is cut off"},
    {"PUBLISH, no topic (4.7.3-1)", "30 02 00 00", "no topic name"},
    {"PUBLISH, topic cut off", "30 03 00 02 't'", "the topic is cut off"},
    {"PUBLISH, wildcard + (3.3.2-2)", "30 05 00 03 'a/+'", "no topic name"},
    {"PUBLISH, wildcard # (3.3.2-2)", "30 05 00 03 'a/#'", "no topic name"},
    {"PUBLISH, topic with NUL (4.7.3-2)", "30 05 00 03 'a' 00 'b'", "no topic name"},
    {"PUBLISH, topic overlong UTF-8 (1.5.3-1)", "30 04 00 02 c0 80", "no topic name"},
    {"PUBLISH, no packet id (2.3.1-1)", "32 03 00 01 't'", "the packet id is missing or 0"},
    {"PUBLISH, half a packet id (2.3.1-1)", "32 04 00 01 't' 01", "the packet id is missing or 0"},
    {"PUBLISH, packet id 0 (2.3.1-1)", "32 05 00 01 't' 00 00", "the packet id is missing or 0"},

    {"PUBACK, empty", "40 00", "malformed PUBACK"},
    {"PUBACK, id 0", "40 02 00 00", "malformed PUBACK"},
    {"PUBACK, long", "40 03 00 01 00", "malformed PUBACK"},
    {"PUBREC, short", "50 01 01", "malformed PUBREC"},
    {"PUBREL, id 0", "62 02 00 00", "malformed PUBREL"},
    {"PUBCOMP, long", "70 03 00 01 00", "malformed PUBCOMP"},

    {"SUBSCRIBE, empty", "82 00", "the packet id is missing or 0"},
    {"SUBSCRIBE, id 0 (2.3.1-1)", "82 06 00 00 00 01 'a' 00", "the packet id is missing or 0"},
    {"SUBSCRIBE, no filter (3.8.3-3)", "82 02 00 0a", "a filter is missing or wrong"},
    {"SUBSCRIBE, empty filter (4.7.3-1)", "82 05 00 0a 00 00 00", "a filter is missing or wrong"},
    {"SUBSCRIBE, filter cut off", "82 05 00 0a 00 02 'a'", "a filter is missing or wrong"},
    {"SUBSCRIBE, # inside (4.7.1-2)", "82 08 00 0a 00 03 '#/a' 00", "a filter is missing or wrong"},
    {"SUBSCRIBE, + inside a level (4.7.1-3)", "82 07 00 0a 00 02 'a+' 00", "a filter is missing or wrong"},
    {"SUBSCRIBE, filter no UTF-8 (3.8.3-1)", "82 06 00 0a 00 01 ff 00", "a filter is missing or wrong"},
    {"SUBSCRIBE, no QoS", "82 05 00 0a 00 01 'a'", "a QoS is missing or above 2"},
    {"SUBSCRIBE, QoS 3 (3.8.3-4)", "82 06 00 0a 00 01 'a' 03", "a QoS is missing or above 2"},
    {"SUBSCRIBE, reserved bits (3.8.3-4)", "82 06 00 0a 00 01 'a' 04", "a QoS is missing or above 2"},
    {"SUBSCRIBE, second filter cut off", "82 07 00 0a 00 01 'a' 00 00", "a filter is missing or wrong"},

    {"SUBACK, no codes", "90 02 00 0a", "no codes"},
    {"SUBACK, id 0", "90 03 00 00 00", "the packet id is missing or 0"},
    {"SUBACK, code 3 (3.9.3-2)", "90 03 00 0a 03", "an unknown code"},
    {"SUBACK, code 0x81 (3.9.3-2)", "90 03 00 0a 81", "an unknown code"},

    {"UNSUBSCRIBE, no filter (3.10.3-2)", "a2 02 00 0a", "a filter is missing or wrong"},
    {"UNSUBSCRIBE, id 0 (2.3.1-1)", "a2 05 00 00 00 01 'a'", "the packet id is missing or 0"},
    {"UNSUBSCRIBE, wrong filter", "a2 06 00 0a 00 02 'a#'", "a filter is missing or wrong"},
    {"UNSUBACK, long", "b0 03 00 0a 00", "malformed UNSUBACK"},
    {"UNSUBACK, id 0", "b0 02 00 00", "malformed UNSUBACK"},

    {"PINGREQ, long", "c0 01 00", "malformed PINGREQ: its length is not 0"},
    {"PINGRESP, long", "d0 01 00", "malformed PINGRESP: its length is not 0"},
    {"DISCONNECT, long (3.14.1)", "e0 01 00", "malformed DISCONNECT: its length is not 0"},
};

TEST(MqttMalformed, IsRefusedWithItsReason) {
    for (const Case& each : cases) {
        const auto decoded = decode(bytes_of(each.bytes));
        ASSERT_FALSE(decoded) << each.name;
        EXPECT_EQ(decoded.error().code, base::Errc::invalid_argument) << each.name;
        EXPECT_THAT(decoded.error().message, HasSubstr(each.message)) << each.name;
    }
}

TEST(MqttMalformed, IsRefusedAlikeByteByByte) {
    for (const Case& each : cases) {
        const std::string bytes = bytes_of(each.bytes);
        const std::string whole = decode(bytes).error().message;
        protocol::Decoder decoder(1024);
        std::string message;
        for (const char byte : bytes) {
            decoder.feed({&byte, 1});
            if (const auto packet = decoder.next(); !packet) message = packet.error().message;
        }
        EXPECT_EQ(message, whole) << each.name;
    }
}

// A whole, good packet that ends early is not malformed but unfinished.
TEST(MqttMalformed, IsNotWhatIsOnlyUnfinished) {
    const std::string bytes = bytes_of("10 0c 00 04 'MQTT' 04 02 00 00 00 00");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto decoded = decode(std::string_view(bytes).substr(0, size));
        ASSERT_TRUE(decoded) << size;
        EXPECT_FALSE(decoded->has_value()) << size;
    }
}

}  // namespace
