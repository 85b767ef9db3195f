#include "hal/mock/wave.hpp"

#include <algorithm>

namespace hal {

double Wave::Signal::value_at(std::chrono::nanoseconds at) const {
    const auto after = std::upper_bound(changes.begin(), changes.end(), at,
                                        [](auto time, const Change& change) { return time < change.at; });
    return after == changes.begin() ? unknown : std::prev(after)->value;
}

std::vector<std::chrono::nanoseconds> Wave::moments() const {
    std::vector<std::chrono::nanoseconds> moments{std::chrono::nanoseconds(0), end};
    for (const auto& signal : signals) {
        for (const auto& change : signal.changes)
            moments.push_back(change.at);
    }
    std::sort(moments.begin(), moments.end());
    moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
    return moments;
}

}  // namespace hal
