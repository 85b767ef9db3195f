#include "scheduler/hub/refusal_pace.hpp"

#include <algorithm>

namespace hub {

std::chrono::milliseconds RefusalPace::refused(std::string_view peer) {
    const base::SteadyTime now = clock_.steady_now();
    const std::string_view address = peer.substr(0, peer.rfind(':'));
    auto found = counts_.find(address);
    if (found == counts_.end()) {
        make_room();
        found = counts_.emplace(address, Count{.began = now}).first;
    }
    Count& count = found->second;
    if (now - count.began >= period) count = {.began = now};
    return ++count.refusals > at_once ? pause : std::chrono::milliseconds(0);
}

// Those whose period has ended go; if there are none, the one that began first.
void RefusalPace::make_room() {
    if (counts_.size() < most_addresses) return;
    const base::SteadyTime now = clock_.steady_now();
    std::erase_if(counts_, [&](const auto& entry) { return now - entry.second.began >= period; });
    if (counts_.size() < most_addresses) return;
    counts_.erase(std::min_element(counts_.begin(), counts_.end(), [](const auto& a, const auto& b) {
        return a.second.began < b.second.began;
    }));
}

}  // namespace hub
