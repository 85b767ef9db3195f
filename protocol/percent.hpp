#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace protocol {

// Everything but A-Z a-z 0-9 - _ . ~ becomes %XX with upper-case digits, as Node, C# and the embedded C SDK
// sign it (sheet §1.3).
[[nodiscard]] std::string percent_encode(std::string_view text);

// Undoes %XX in either case; every other byte stays, '+' too (a signature may hold a raw '+', sheet §1.3). A
// '%' without two hexadecimal digits behind it is an error that names its position and never repeats the
// text.
[[nodiscard]] base::Result<std::string> percent_decode(std::string_view text);

}  // namespace protocol
