#include "firmware/door_monitor.hpp"

namespace firmware {

void DoorMonitor::set_ajar_time(std::chrono::milliseconds time, base::SteadyTime now) {
    ajar_time_ = time;
    plan_ajar();
    tick(now);
}

void DoorMonitor::contact(bool is_closed, LockState lock, base::SteadyTime now) {
    if (closed() == is_closed) return;
    if (is_closed) {
        state_ = DoorState::closed;
    } else {
        // A door that is found open at the start was not seen to be forced.
        const bool forced = state_ == DoorState::closed && lock == LockState::locked;
        state_ = forced ? DoorState::forced : DoorState::open;
        opened_ = now;
    }
    plan_ajar();
}

void DoorMonitor::tick(base::SteadyTime now) {
    if (!ajar_at_ || *ajar_at_ > now) return;
    ajar_at_.reset();
    state_ = DoorState::ajar;
}

void DoorMonitor::plan_ajar() {
    ajar_at_.reset();
    if (state_ == DoorState::open && ajar_time_.count() > 0) ajar_at_ = opened_ + ajar_time_;
}

std::optional<bool> DoorMonitor::closed() const {
    if (state_ == DoorState::unknown) return std::nullopt;
    return state_ == DoorState::closed;
}

}  // namespace firmware
