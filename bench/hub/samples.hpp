#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

// How long each of many exchanges took, told as one JSON object on a line.
namespace bench {

using Seconds = std::chrono::duration<double>;

inline double quantile_us(const std::vector<double>& sorted_seconds, double share) {
    if (sorted_seconds.empty()) return 0;
    const auto last = static_cast<double>(sorted_seconds.size() - 1);
    return sorted_seconds[static_cast<std::size_t>(share * last)] * 1e6;
}

inline void tell(std::vector<double> seconds, Seconds wall, std::size_t failed) {
    std::sort(seconds.begin(), seconds.end());
    std::printf("{\"count\":%zu,\"failed\":%zu,\"wall_s\":%.6f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
                seconds.size(), failed, wall.count(), quantile_us(seconds, 0.5), quantile_us(seconds, 0.99));
    std::fflush(stdout);
}

}  // namespace bench
