#pragma once

#include "base/clock.hpp"
#include "firmware/lock.hpp"

#include <chrono>
#include <optional>

namespace firmware {

// The door leaf as its contact tells it. Pure. Forced: opened while the lock said locked. Ajar: open for
// longer than allowed. Both end when the door closes.
class DoorMonitor {
  public:
    // Zero: an open door never becomes ajar.
    void set_ajar_time(std::chrono::milliseconds time, base::SteadyTime now);
    void contact(bool closed, LockState lock, base::SteadyTime now);
    void tick(base::SteadyTime now);
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const { return ajar_at_; }

    [[nodiscard]] DoorState state() const { return state_; }
    // Nothing: the contact has not spoken, or there is none.
    [[nodiscard]] std::optional<bool> closed() const;

  private:
    void plan_ajar();

    DoorState state_ = DoorState::unknown;
    std::chrono::milliseconds ajar_time_{0};
    base::SteadyTime opened_;
    std::optional<base::SteadyTime> ajar_at_;
};

}  // namespace firmware
