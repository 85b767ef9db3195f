#pragma once

#include <algorithm>
#include <string_view>

namespace protocol {

// The letters and digits of the wire, whatever the locale says.

[[nodiscard]] constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

// Takes `prefix` off the front of `text`; false, and nothing taken, when it is not there.
[[nodiscard]] constexpr bool consume(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// Takes everything up to the first `separator` off the front of `text`, and the separator with it; all of it
// when there is none.
[[nodiscard]] constexpr std::string_view take_until(std::string_view& text, char separator) {
    const std::string_view token = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), token.size() + 1));
    return token;
}

}  // namespace protocol
