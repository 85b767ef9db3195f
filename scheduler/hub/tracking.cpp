#include "scheduler/hub/tracking.hpp"

#include "protocol/error_body.hpp"
#include "scheduler/hub/random.hpp"

#include <string_view>

namespace hub {

std::string new_tracking_id(base::SystemTime now) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const char byte : random_bytes(16)) {
        hex += digits[static_cast<unsigned char>(byte) >> 4U];
        hex += digits[static_cast<unsigned char>(byte) & 15U];
    }
    return protocol::tracking_id(hex, now);
}

}  // namespace hub
