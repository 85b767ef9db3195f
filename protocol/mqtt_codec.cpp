#include "protocol/mqtt_codec.hpp"

#include "protocol/ascii.hpp"
#include "protocol/mqtt_decode.hpp"
#include "protocol/utf8.hpp"

#include <utility>

namespace protocol {
namespace {

bool is_topic_text(std::string_view text) {
    return !text.empty() && text.size() <= max_mqtt_string && text.find('\0') == std::string_view::npos &&
           is_utf8(text);
}

// The fixed header: one byte of type and flags, one to four of length (§2.2).
struct Header {
    std::size_t size = 0;
    std::size_t remaining = 0;
};

// Nothing when the header is not whole yet.
base::Result<std::optional<Header>> read_header(std::string_view bytes) {
    constexpr std::size_t most_length_bytes = 4;
    std::size_t remaining = 0;
    for (std::size_t i = 0; i < most_length_bytes; ++i) {
        if (bytes.size() < 2 + i) return std::optional<Header>();
        const auto byte = static_cast<std::uint8_t>(bytes[1 + i]);
        remaining |= std::size_t{byte & 0x7fU} << (7 * i);
        if (byte < 0x80) return std::optional(Header{.size = 2 + i, .remaining = remaining});
    }
    return base::Error{base::Errc::invalid_argument, "malformed packet: its length has more than four bytes"};
}

}  // namespace

bool is_topic_name(std::string_view text) {
    return is_topic_text(text) && text.find_first_of("+#") == std::string_view::npos;
}

bool is_topic_filter(std::string_view text) {
    if (!is_topic_text(text)) return false;
    if (text.find_first_of("+#") == std::string_view::npos) return true;
    for (bool last = false; !last;) {
        last = text.find('/') == std::string_view::npos;
        const std::string_view level = take_until(text, '/');
        if (level == "+" || (level == "#" && last)) continue;
        if (level.find_first_of("+#") != std::string_view::npos) return false;
    }
    return true;
}

Decoder::Decoder(std::size_t max_packet) : max_packet_(max_packet) {}

void Decoder::feed(std::string_view bytes) {
    if (failure_) return;
    // A caller that drains the decoder never leaves more than a packet behind.
    if (pending() > max_packet_) {
        failure_ = base::Error{base::Errc::too_large, "bytes were fed faster than packets were taken"};
        return;
    }
    buffer_.erase(0, start_);
    start_ = 0;
    buffer_ += bytes;
}

base::Result<std::optional<Packet>> Decoder::next() {
    if (failure_) return *failure_;
    auto packet = take_packet();
    if (!packet) {
        failure_ = packet.error();
        buffer_ = {};
        start_ = 0;
    }
    return packet;
}

base::Result<std::optional<Packet>> Decoder::take_packet() {
    const std::string_view bytes = std::string_view(buffer_).substr(start_);
    if (bytes.empty()) {
        release();
        return std::optional<Packet>();
    }
    const auto first = static_cast<std::uint8_t>(bytes.front());
    if (auto good = check_first_byte(first); !good) return std::move(good).error();
    const auto header = read_header(bytes);
    if (!header) return header.error();
    if (!*header) return std::optional<Packet>();
    const auto [header_size, remaining] = **header;
    if (header_size + remaining > max_packet_) {
        return base::Error{base::Errc::too_large, "a packet of " + std::to_string(header_size + remaining) +
                                                      " bytes; at most " + std::to_string(max_packet_) +
                                                      " are taken"};
    }
    if (bytes.size() < header_size + remaining) return std::optional<Packet>();
    auto packet = decode_body(first, bytes.substr(header_size, remaining));
    if (!packet) return std::move(packet).error();
    start_ += header_size + remaining;
    return std::optional<Packet>(*std::move(packet));
}

void Decoder::release() {
    // Idle connections are many: a large packet must not leave a large buffer behind.
    constexpr std::size_t kept = 1024;
    buffer_.clear();
    start_ = 0;
    if (buffer_.capacity() > kept) buffer_.shrink_to_fit();
}

}  // namespace protocol
