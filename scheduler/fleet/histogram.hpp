#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fleet {

// How long things took, in a fixed few kilobytes however many there were: sixteen steps for each doubling,
// so that a quantile is right within 1/16. Longer than an hour counts as an hour.
class Histogram {
  public:
    void add(std::chrono::nanoseconds took);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    // The upper edge of the step in which the quantile lies; zero without samples. `share` from 0 to 1.
    [[nodiscard]] std::chrono::microseconds quantile(double share) const;

  private:
    static constexpr std::size_t steps = 464;  // up to 2^32 µs

    std::array<std::uint64_t, steps> counts_{};
    std::uint64_t count_ = 0;
};

}  // namespace fleet
