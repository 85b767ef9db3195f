#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <optional>

namespace hal {

// How long an output may be energised, and how long it then has to rest.
struct OnTimeLimit {
    std::chrono::nanoseconds longest_on{};    // zero: for ever
    std::chrono::nanoseconds shortest_off{};  // a cool-down; zero: none
    std::chrono::nanoseconds dead_time{};     // the same, and nothing goes past it, so that no line chatters
};

// Keeps the times of one output against its limit; pure.
class OnTime {
  public:
    explicit OnTime(OnTimeLimit limit) : limit_(limit) {}

    // Errc::busy while the output has to rest; the text names the time that is left. `at_once` asks for the
    // dead time alone.
    [[nodiscard]] base::Result<void> may_switch_on(base::SteadyTime now, bool at_once = false) const;
    // The time runs from the first of several switched_on().
    void switched_on(base::SteadyTime now);
    void switched_off(base::SteadyTime now);
    // Switching off did not work: due again at `when`.
    void try_again(base::SteadyTime when);

    // When the output must go off; nothing while it is off, or may stay on for ever.
    [[nodiscard]] std::optional<base::SteadyTime> due() const { return due_; }

  private:
    OnTimeLimit limit_;
    std::optional<base::SteadyTime> due_;
    std::optional<base::SteadyTime> off_since_;  // it was never on: nothing
    bool on_ = false;
};

}  // namespace hal
