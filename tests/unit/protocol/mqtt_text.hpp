#pragma once

#include "protocol/mqtt_codec.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Bytes of MQTT packets as the tests write them.

// "10 0c 00 04 'MQTT' 04": hexadecimal bytes and quoted text, blanks between them.
inline std::string bytes_of(std::string_view text) {
    const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string bytes;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == ' ') {
            ++i;
        } else if (text[i] == '\'') {
            const std::size_t end = text.find('\'', i + 1);
            bytes += text.substr(i + 1, end - i - 1);
            i = end + 1;
        } else {
            bytes += static_cast<char>(value(text[i]) * 16 + value(text[i + 1]));
            i += 2;
        }
    }
    return bytes;
}

// What a fresh decoder makes of these bytes.
inline base::Result<std::optional<protocol::Packet>> decode(std::string_view bytes,
                                                            std::size_t max_packet = 262144) {
    protocol::Decoder decoder(max_packet);
    decoder.feed(bytes);
    return decoder.next();
}
