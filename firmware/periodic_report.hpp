#pragma once

#include "base/clock.hpp"
#include "firmware/reported.hpp"

#include <chrono>
#include <optional>

namespace firmware {

// A sign of life in the reported properties, for those who want one though nothing changes:
// "alive": {"uptime": seconds, "at": date if the clock is trusted}, anew after every interval.
class PeriodicReport {
  public:
    PeriodicReport(Reported& reported, const base::Clock& clock);

    // 0: none; what was reported is taken back. Cheap when it is what it was.
    void set_interval(std::chrono::milliseconds interval);
    // True if something was set in Reported.
    bool tick(bool clock_trusted);
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const { return due_; }

  private:
    Reported& reported_;
    const base::Clock& clock_;
    base::SteadyTime started_;
    std::chrono::milliseconds interval_{0};
    std::optional<base::SteadyTime> due_;
};

}  // namespace firmware
