#include "scheduler/fleet/backoff.hpp"

#include <algorithm>
#include <cstdint>

namespace fleet {

std::chrono::milliseconds pause_after(unsigned failures, std::chrono::milliseconds first,
                                      std::chrono::milliseconds most, std::mt19937_64& random) {
    constexpr unsigned most_doublings = 20;
    const auto ceiling = std::min(most, first * (std::int64_t{1} << std::min(failures, most_doublings)));
    std::uniform_int_distribution<std::chrono::milliseconds::rep> any(0, ceiling.count());
    return std::chrono::milliseconds(any(random));
}

}  // namespace fleet
