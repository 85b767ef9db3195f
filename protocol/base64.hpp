#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace protocol {

// Base64 with the standard alphabet and padding (RFC 4648 §4), without line breaks.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

// The bytes that `text` stands for. Padding is required and white space is not allowed; the unused bits of
// the last character may be anything, as in .NET, so that a key the cloud takes is a key here. The error
// names the position and never repeats the text: it may be a key.
[[nodiscard]] base::Result<std::string> decode_base64(std::string_view text);

}  // namespace protocol
