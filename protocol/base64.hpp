#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace protocol {

// Base64 with the standard alphabet and padding (RFC 4648 §4), without line breaks.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

// The bytes that `text` stands for. Padding is required, white space is not allowed, and the unused bits of
// the last character must be zero, so that every value has one spelling. The error names the position and
// never repeats the text: it may be a key.
[[nodiscard]] base::Result<std::string> decode_base64(std::string_view text);

}  // namespace protocol
