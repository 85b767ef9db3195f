#include "mqtt_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using protocol::Decoder;
using protocol::Packet;
using testing::HasSubstr;

std::vector<Packet> some_packets() {
    protocol::Publish large;
    large.topic = "devices/d1/messages/events/";
    large.payload = std::string(70000, 'x');
    return {protocol::Connect{},
            protocol::Subscribe{.packet_id = 1, .subscriptions = {{"$iothub/methods/POST/#", 1}}},
            protocol::Pingreq{},
            large,
            protocol::Puback{7},
            protocol::Disconnect{}};
}

std::string encoded(const std::vector<Packet>& packets) {
    std::string bytes;
    for (const Packet& packet : packets)
        protocol::encode_to(bytes, packet);
    return bytes;
}

std::vector<Packet> take_all(Decoder& decoder) {
    std::vector<Packet> packets;
    while (true) {
        auto packet = decoder.next();
        if (!packet) {
            ADD_FAILURE() << packet.error().message;
            return packets;
        }
        if (!*packet) return packets;
        packets.push_back(**std::move(packet));
    }
}

TEST(MqttDecoder, CutsOneFeedIntoItsPackets) {
    const auto packets = some_packets();
    Decoder decoder(100000);
    decoder.feed(encoded(packets));
    EXPECT_TRUE(take_all(decoder) == packets);
    EXPECT_EQ(decoder.pending(), 0U);
}

TEST(MqttDecoder, TakesPiecesOfAnySize) {
    const auto packets = some_packets();
    const std::string bytes = encoded(packets);
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U, 65536U}) {
        Decoder decoder(100000);
        std::vector<Packet> taken;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            decoder.feed(std::string_view(bytes).substr(at, piece));
            for (Packet& packet : take_all(decoder))
                taken.push_back(std::move(packet));
        }
        EXPECT_TRUE(taken == packets) << piece;
    }
}

TEST(MqttDecoder, GivesAPacketWithItsLastByteAndNoSooner) {
    const std::string bytes = protocol::encode(protocol::Puback{7});
    Decoder decoder(100);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        decoder.feed(std::string_view(bytes).substr(i, 1));
        EXPECT_EQ(take_all(decoder).size(), i + 1 == bytes.size() ? 1U : 0U);
    }
}

TEST(MqttDecoder, WantsMoreOfNothing) {
    Decoder decoder(100);
    EXPECT_TRUE(take_all(decoder).empty());
    decoder.feed("");
    EXPECT_TRUE(take_all(decoder).empty());
}

TEST(MqttDecoder, RefusesALongPacketAsSoonAsItsLengthIsKnown) {
    Decoder decoder(100);
    decoder.feed(bytes_of("30 e3"));  // 99 + 128 × …
    EXPECT_TRUE(take_all(decoder).empty());
    decoder.feed(bytes_of("01"));
    const auto packet = decoder.next();
    ASSERT_FALSE(packet);
    EXPECT_EQ(packet.error().code, base::Errc::too_large);
    EXPECT_THAT(packet.error().message, HasSubstr("a packet of 230 bytes; at most 100"));
}

TEST(MqttDecoder, TakesAPacketOfExactlyTheLimit) {
    protocol::Publish publish;
    publish.topic = "t";
    publish.payload = std::string(95, 'x');
    const std::string bytes = protocol::encode(publish);
    ASSERT_EQ(bytes.size(), 100U);
    EXPECT_TRUE(decode(bytes, 100));
    EXPECT_FALSE(decode(bytes, 99));
}

TEST(MqttDecoder, RefusesTheLargestLengthThereIs) {
    EXPECT_FALSE(decode(bytes_of("30 ff ff ff 7f"), 262144));
}

TEST(MqttDecoder, StaysFailedAndForgetsWhatItHeld) {
    Decoder decoder(100);
    decoder.feed(bytes_of("40 02 00 00"));
    const auto first = decoder.next();
    ASSERT_FALSE(first);
    decoder.feed(protocol::encode(protocol::Pingreq{}));
    const auto second = decoder.next();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, first.error().message);
    EXPECT_EQ(decoder.pending(), 0U);
}

TEST(MqttDecoder, GivesTheGoodPacketsBeforeABadOne) {
    Decoder decoder(100);
    decoder.feed(bytes_of("c0 00 c0 00 f0 00"));
    EXPECT_TRUE(*decoder.next());
    EXPECT_TRUE(*decoder.next());
    EXPECT_FALSE(decoder.next());
}

// Whoever feeds without taking packets must not make the hub hold all of it.
TEST(MqttDecoder, BoundsWhatItHolds) {
    Decoder decoder(100);
    const std::string feed(64, '\0');
    for (int i = 0; i < 1000; ++i)
        decoder.feed(feed);
    EXPECT_LE(decoder.pending(), 100 + feed.size());
    const auto packet = decoder.next();
    ASSERT_FALSE(packet);
    EXPECT_EQ(packet.error().code, base::Errc::too_large);
}

TEST(MqttDecoder, BoundsTheFiltersOfOnePacket) {
    protocol::Subscribe subscribe{.packet_id = 1, .subscriptions = {}};
    protocol::Unsubscribe unsubscribe{.packet_id = 1, .filters = {}};
    for (std::size_t i = 0; i < protocol::max_mqtt_filters; ++i) {
        subscribe.subscriptions.push_back({"a", 0});
        unsubscribe.filters.emplace_back("a");
    }
    EXPECT_TRUE(decode(protocol::encode(subscribe)));
    EXPECT_TRUE(decode(protocol::encode(unsubscribe)));

    std::string one_more = bytes_of("82 86 08 00 01");  // 2 + 257 × 4 bytes
    std::string one_more_filter = bytes_of("a2 85 06 00 01");
    std::string codes = bytes_of("90 83 02 00 01");
    for (std::size_t i = 0; i <= protocol::max_mqtt_filters; ++i) {
        one_more += bytes_of("00 01 'a' 00");
        one_more_filter += bytes_of("00 01 'a'");
        codes += '\0';
    }
    EXPECT_THAT(decode(one_more).error().message, HasSubstr("too many filters"));
    EXPECT_THAT(decode(one_more_filter).error().message, HasSubstr("too many filters"));
    EXPECT_THAT(decode(codes).error().message, HasSubstr("too many"));
}

}  // namespace
