#include "hal/mock/wave.hpp"

#include <algorithm>

namespace hal {

double Wave::Signal::value_at(std::chrono::nanoseconds at) const {
    const auto after = std::upper_bound(changes.begin(), changes.end(), at,
                                        [](auto time, const Change& change) { return time < change.at; });
    return after == changes.begin() ? unknown : std::prev(after)->value;
}

}  // namespace hal
