#pragma once

#include <cstdint>

namespace hub {

// What the kernel says of this process; 0 where it says nothing.
struct ProcessFigures {
    std::int64_t resident_bytes = 0;
    std::int64_t descriptors = 0;
};
[[nodiscard]] ProcessFigures process_figures();

}  // namespace hub
