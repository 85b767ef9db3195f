#pragma once

#include <string_view>

namespace protocol {

// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace protocol
