#include "hal/on_time.hpp"

#include "base/duration.hpp"

namespace hal {

base::Result<void> OnTime::may_switch_on(base::SteadyTime now) const {
    if (!rests_until_ || now >= *rests_until_) return {};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*rests_until_ - now);
    return base::Error{base::Errc::busy, "the output has to rest for " + base::format_duration(left) +
                                             " more before it may be switched on again"};
}

void OnTime::switched_on(base::SteadyTime now) {
    if (!due_) due_ = now + limit_.longest_on;
}

void OnTime::switched_off(base::SteadyTime now) {
    if (due_) rests_until_ = now + limit_.shortest_off;
    due_.reset();
}

void OnTime::try_again(base::SteadyTime when) {
    due_ = when;
}

}  // namespace hal
