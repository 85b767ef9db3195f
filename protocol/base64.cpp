#include "protocol/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace protocol {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digits = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

base::Error malformed(std::string message) {
    return {base::Errc::invalid_argument, "not base64: " + std::move(message)};
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = (bits << 8U) | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= group.size() ? alphabet[(bits >> (18U - 6U * i)) & 0x3fU] : '=';
    }
    return text;
}

base::Result<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return malformed("its length is " + std::to_string(text.size()) +
                         ", which is no multiple of 4 (is the '=' at the end missing?)");
    }
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    const std::string_view body = text.substr(0, text.size() - padding);

    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (std::size_t i = 0; i < body.size(); ++i) {
        const std::uint8_t digit = digits[static_cast<unsigned char>(body[i])];
        if (digit == no_digit) {
            return malformed("character " + std::to_string(i + 1) + " is none of A-Z a-z 0-9 + /");
        }
        bits = (bits << 6U) | digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>((bits >> held) & 0xffU);
        }
    }
    return bytes;
}

}  // namespace protocol
