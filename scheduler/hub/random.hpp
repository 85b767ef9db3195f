#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hub {

// From the kernel's generator (getrandom(2)); blocks only until it is seeded, early at boot.
[[nodiscard]] std::string random_bytes(std::size_t count);
[[nodiscard]] std::uint64_t random_number();

// A shared access key: 32 random bytes in base64, as IoT Hub makes them (iothub-protocol.md §2.4).
[[nodiscard]] std::string make_key();

}  // namespace hub
