#include "scheduler/fleet/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fleet {

namespace {

constexpr std::uint64_t longest = std::uint64_t{3600} * 1'000'000;  // µs
constexpr int exact_bits = 5;                                       // below 2^5 each value has its own step
constexpr std::size_t per_doubling = 16;

std::size_t step_of(std::uint64_t micros) {
    const auto shift =
        static_cast<std::size_t>(std::max(0, static_cast<int>(std::bit_width(micros)) - exact_bits));
    return shift * per_doubling + static_cast<std::size_t>(micros >> shift);
}

std::uint64_t upper_edge(std::size_t step) {
    if (step < 2 * per_doubling) return step;
    const std::size_t shift = step / per_doubling - 1;
    return ((std::uint64_t{step - shift * per_doubling} + 1) << shift) - 1;
}

}  // namespace

void Histogram::add(std::chrono::nanoseconds took) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    const auto bounded = std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(micros, 0)), longest);
    ++counts_.at(step_of(bounded));
    ++count_;
}

std::chrono::microseconds Histogram::quantile(double share) const {
    if (count_ == 0) return std::chrono::microseconds(0);
    const auto wanted = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    std::size_t step = 0;
    while (step + 1 < steps && (seen += counts_.at(step)) < wanted)
        ++step;
    return std::chrono::microseconds(static_cast<std::int64_t>(upper_edge(step)));
}

}  // namespace fleet
