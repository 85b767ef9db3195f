#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ql {

// One character of a UTF-8 text. Overlong forms, surrogates and everything else that UTF-8 forbids are not
// valid.
struct Character {
    char32_t point = 0;
    std::size_t length = 1;  // in bytes; of an invalid one, 1: the byte to step over
    bool valid = false;
};

// The character at `offset`, which must be inside the text.
[[nodiscard]] Character character_at(std::string_view text, std::size_t offset);

// Appends a character that is no surrogate and at most U+10FFFF.
void append_character(std::string& text, char32_t point);

}  // namespace ql
