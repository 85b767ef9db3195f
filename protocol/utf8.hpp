#pragma once

#include <string_view>

namespace protocol {

// Takes one code point off the front of `text`, which is not empty. A byte that begins no well-formed
// sequence is taken alone and answered with `ill_formed`.
inline constexpr char32_t ill_formed = 0xffffffff;
[[nodiscard]] char32_t take_code_point(std::string_view& text);

// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);

// C0, DEL and C1.
[[nodiscard]] constexpr bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

}  // namespace protocol
