#include "scheduler/cli/random_id.hpp"

#include <cstddef>
#include <random>
#include <string_view>

namespace cli {

std::string random_uuid() {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string out;
    for (std::size_t i = 0; i < 32; ++i) {
        if (i == 8 || i == 12 || i == 16 || i == 20) out.push_back('-');
        unsigned nibble = random() & 15U;
        if (i == 12) nibble = 4;
        if (i == 16) nibble = 8U | (nibble & 3U);
        out.push_back(digits[nibble]);
    }
    return out;
}

}  // namespace cli
