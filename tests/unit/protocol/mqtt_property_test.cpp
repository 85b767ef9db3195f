#include "mqtt_text.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

// What must hold for all packets: decode(encode(p)) == p and encode(decode(x)) == x, whatever the pieces.

namespace {

using namespace protocol;

class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
    }
    bool coin() { return below(2) == 1; }
    std::uint16_t id() { return static_cast<std::uint16_t>(1 + below(65535)); }
    std::uint8_t qos() { return static_cast<std::uint8_t>(below(3)); }

    std::string bytes(std::size_t most) {
        std::string made(below(most + 1), '\0');
        for (char& byte : made)
            byte = static_cast<char>(below(256));
        return made;
    }
    std::string text(std::size_t least, std::size_t most) {
        static const std::vector<std::string> pieces{"a",    "Z", "/", "$", "?", "=",
                                                     "\x7f", "ü", "€", "🔒", " ", "\x01"};
        std::string made;
        const std::size_t count = least + below(most - least + 1);
        for (std::size_t i = 0; i < count; ++i)
            made += pieces[below(pieces.size())];
        return made;
    }
    std::string filter() {
        static const std::vector<std::string> filters{"#", "+", "a/+/#", "+/+", "$iothub/twin/res/#"};
        return coin() ? filters[below(filters.size())] : text(1, 20);
    }

    Packet packet() {
        switch (below(15)) {
            case 0:
                return connect();
            case 1:
                return ForeignConnect{coin() ? "MQIsdp" : "MQTT", static_cast<std::uint8_t>(5 + below(200)),
                                      bytes(50)};
            case 2: {
                const auto code = static_cast<std::uint8_t>(below(6));
                return Connack{.session_present = code == 0 && coin(), .code = ConnectCode{code}};
            }
            case 3:
                return Puback{id()};
            case 4:
                return Pubrec{id()};
            case 5:
                return Pubrel{id()};
            case 6:
                return Pubcomp{id()};
            case 7:
                return subscribe();
            case 8: {
                Suback suback{.packet_id = id(), .codes = {}};
                for (std::size_t i = 1 + below(5); i > 0; --i)
                    suback.codes.push_back(coin() ? qos() : suback_failure);
                return suback;
            }
            case 9: {
                Unsubscribe unsubscribe{.packet_id = id(), .filters = {}};
                for (std::size_t i = 1 + below(5); i > 0; --i)
                    unsubscribe.filters.push_back(filter());
                return unsubscribe;
            }
            case 10:
                return Unsuback{id()};
            case 11:
                return Pingreq{};
            case 12:
                return Pingresp{};
            case 13:
                return Disconnect{};
            default:
                return publish();
        }
    }

  private:
    Packet connect() {
        Connect made;
        made.client_id = text(0, 20);
        made.clean_session = coin();
        made.keep_alive = static_cast<std::uint16_t>(below(65536));
        if (coin())
            made.will = Will{.topic = text(1, 9), .payload = bytes(30), .qos = qos(), .retain = coin()};
        if (coin()) {
            made.username = text(0, 30);
            if (coin()) made.password = bytes(30);
        }
        return made;
    }
    Packet publish() {
        Publish made;
        made.topic = text(1, 40);
        made.payload = bytes(coin() ? 20 : 3000);
        made.qos = qos();
        made.retain = coin();
        if (made.qos > 0) {
            made.dup = coin();
            made.packet_id = id();
        }
        return made;
    }
    Packet subscribe() {
        Subscribe made{.packet_id = id(), .subscriptions = {}};
        for (std::size_t i = 1 + below(5); i > 0; --i)
            made.subscriptions.push_back({filter(), qos()});
        return made;
    }

    std::mt19937 random_;
};

TEST(MqttProperty, DecodesWhatItEncodes) {
    Generator generator(1);
    for (int i = 0; i < 5000; ++i) {
        const Packet packet = generator.packet();
        const std::string bytes = encode(packet);
        const auto decoded = decode(bytes);
        ASSERT_TRUE(decoded) << i << ": " << decoded.error().message;
        ASSERT_TRUE(decoded->has_value()) << i;
        EXPECT_TRUE(**decoded == packet) << i;
        EXPECT_EQ(encode(**decoded), bytes) << i;
    }
}

TEST(MqttProperty, DoesNotCareAboutThePieces) {
    Generator generator(2);
    for (int round = 0; round < 50; ++round) {
        std::vector<Packet> packets;
        std::string bytes;
        for (int i = 0; i < 20; ++i) {
            packets.push_back(generator.packet());
            encode_to(bytes, packets.back());
        }
        Decoder decoder(10000);
        std::vector<Packet> taken;
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t size = 1 + generator.below(50);
            decoder.feed(std::string_view(bytes).substr(at, size));
            at += size;
            for (auto packet = decoder.next(); packet && *packet; packet = decoder.next())
                taken.push_back(**std::move(packet));
        }
        EXPECT_TRUE(taken == packets) << round;
    }
}

// One flipped, added or missing byte: an error or another good packet, and then that one encodes to these
// bytes.
TEST(MqttProperty, EncodesBackWhateverItAccepts) {
    Generator generator(3);
    int accepted = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string bytes = encode(generator.packet());
        bytes[generator.below(bytes.size())] = static_cast<char>(generator.below(256));
        const auto decoded = decode(bytes);
        if (!decoded || !*decoded) continue;
        ++accepted;
        const std::string again = encode(**decoded);
        const auto redecoded = decode(again);
        ASSERT_TRUE(redecoded && *redecoded);
        EXPECT_TRUE(**redecoded == **decoded);
        // A changed length may leave bytes for the next packet, or have been written longer than needed.
        const bool front = bytes.compare(0, again.size(), again) == 0;
        const bool long_length = (static_cast<unsigned char>(bytes[1]) & 0x80U) != 0;
        EXPECT_TRUE(front || long_length) << i;
    }
    EXPECT_GT(accepted, 1000);
}

TEST(MqttProperty, SurvivesNoise) {
    Generator generator(4);
    for (int i = 0; i < 20000; ++i) {
        Decoder decoder(1000);
        decoder.feed(generator.bytes(60));
        for (int packets = 0; packets < 100; ++packets) {
            const auto packet = decoder.next();
            if (!packet || !*packet) break;
        }
    }
}

}  // namespace
