#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string_view>

namespace protocol {

inline constexpr std::size_t max_device_id = 128;

// The identifier of a device or module: 1 to 128 of A-Z a-z 0-9 and - . + % _ # * ? ! ( ) , : = @ $ '
// (sheet §2.4). The error names the character and its position, or the length.
[[nodiscard]] base::Result<void> check_device_id(std::string_view id);

}  // namespace protocol
