#pragma once

#include "base/result.hpp"
#include "protocol/mqtt_packet.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace protocol {

// The bytes of MQTT 3.1.1, both directions, for servers and clients. Knows packets, not sessions: whether a
// packet may come now, or from this side at all, is for the session to say.

inline constexpr std::size_t max_mqtt_string = 65535;         // topics, filters, names; §1.5.3
inline constexpr std::size_t max_mqtt_remaining = 268435455;  // of the length field; §2.2.3
inline constexpr std::size_t max_mqtt_filters = 256;          // in one SUBSCRIBE, UNSUBSCRIBE or SUBACK; ours

// Appends the packet to `out`. What MQTT cannot express (a string over max_mqtt_string, packet id 0 where one
// is needed, QoS 3, an empty list of filters) is a mistake of the caller and asserted.
void encode_to(std::string& out, const Packet& packet);
[[nodiscard]] std::string encode(const Packet& packet);

// PUBLISH without building a Publish first. `packet_id` is 0 with QoS 0 and only then.
void encode_publish_to(std::string& out, std::string_view topic, std::string_view payload,
                       std::uint8_t qos = 0, std::uint16_t packet_id = 0);

// The rules for topic names (§4.7.1, §4.7.3): 1 to 65535 bytes of UTF-8 without NUL and wildcards.
[[nodiscard]] bool is_topic_name(std::string_view text);
// … and for filters: '#' only as the whole last level, '+' only as a whole level.
[[nodiscard]] bool is_topic_filter(std::string_view text);

// Cuts a stream of bytes into packets, in whatever pieces it comes:
//     decoder.feed(bytes);
//     while (true) { auto packet = decoder.next(); if (!packet) close; if (!*packet) break; handle(**packet);
//     }
// Strict: flags, lengths, UTF-8, packet ids and wildcards as the standard demands of a receiver. Never throws
// (but for memory), never asserts on input, and holds no more than one packet of `max_packet` bytes (header
// included) plus one feed.
class Decoder {
  public:
    explicit Decoder(std::size_t max_packet);

    void feed(std::string_view bytes);
    // Another bound from here on; not below what is pending.
    void take_packets_of(std::size_t max_packet) { max_packet_ = max_packet; }

    // The next whole packet, or nothing until more bytes are fed. The first error (invalid_argument:
    // malformed, it names the packet and the field; too_large: over max_packet, told as soon as the length is
    // known) stays: MQTT has no way to find the next packet, the connection must be closed.
    [[nodiscard]] base::Result<std::optional<Packet>> next();

    // Bytes that were fed and not yet given out.
    [[nodiscard]] std::size_t pending() const { return buffer_.size() - start_; }

  private:
    [[nodiscard]] base::Result<std::optional<Packet>> take_packet();
    void release();

    std::size_t max_packet_;
    std::string buffer_;
    std::size_t start_ = 0;  // of the first byte not given out yet
    std::optional<base::Error> failure_;
};

}  // namespace protocol
