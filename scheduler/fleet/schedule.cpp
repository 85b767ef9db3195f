#include "scheduler/fleet/schedule.hpp"

namespace fleet {

void Schedule::set(std::size_t device, std::optional<base::SteadyTime> due) {
    if (device >= times_.size()) times_.resize(device + 1);
    auto& time = times_[device];
    if (time == due) return;
    if (time) order_.erase({*time, device});
    time = due;
    if (time) order_.emplace(*time, device);
}

std::optional<base::SteadyTime> Schedule::next() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first;
}

std::optional<std::size_t> Schedule::take_due(base::SteadyTime now) {
    if (order_.empty() || order_.begin()->first > now) return std::nullopt;
    const std::size_t device = order_.begin()->second;
    set(device, std::nullopt);
    return device;
}

}  // namespace fleet
