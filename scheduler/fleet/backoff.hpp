#pragma once

#include <chrono>
#include <random>

namespace fleet {

// When to try again after `failures` in a row: anything from at once to `first` doubled as often, and no
// later than `most`, all equally likely ("full jitter"). A thousand doors that lost their hub in one moment
// do not come back in one.
[[nodiscard]] std::chrono::milliseconds pause_after(unsigned failures, std::chrono::milliseconds first,
                                                    std::chrono::milliseconds most, std::mt19937_64& random);

}  // namespace fleet
