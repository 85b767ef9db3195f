#include "hal/on_time.hpp"

#include "base/duration.hpp"

#include <algorithm>
#include <utility>

namespace hal {

base::Result<void> OnTime::may_switch_on(base::SteadyTime now, bool at_once) const {
    if (on_ || !off_since_) return {};
    const auto rest = at_once ? limit_.dead_time : std::max(limit_.dead_time, limit_.shortest_off);
    if (now >= *off_since_ + rest) return {};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*off_since_ + rest - now);
    return base::Error{base::Errc::busy, "the output has to rest for " + base::format_duration(left) +
                                             " more before it may be switched on again"};
}

void OnTime::switched_on(base::SteadyTime now) {
    if (!std::exchange(on_, true) && limit_.longest_on.count() > 0) due_ = now + limit_.longest_on;
}

void OnTime::switched_off(base::SteadyTime now) {
    if (std::exchange(on_, false)) off_since_ = now;
    due_.reset();
}

void OnTime::try_again(base::SteadyTime when) {
    due_ = when;
}

}  // namespace hal
