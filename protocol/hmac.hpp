#pragma once

#include <array>
#include <string_view>

namespace protocol {

using Sha256Digest = std::array<char, 32>;

[[nodiscard]] Sha256Digest sha256(std::string_view message);
[[nodiscard]] Sha256Digest hmac_sha256(std::string_view key, std::string_view message);

// Equality in a time that depends on the lengths alone.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace protocol
