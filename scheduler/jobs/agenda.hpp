#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jobs {

// Which job is to be looked at when: at dates (start times), which follow the system clock when it steps, and
// after waits (retries, the end of its time), which do not.
class Agenda {
  public:
    void at_date(base::SystemTime date, const std::string& id) { dates_.emplace(date, id); }
    void after_wait(base::SteadyTime until, const std::string& id) { waits_.emplace(until, id); }
    void forget_date(base::SystemTime date, const std::string& id) { dates_.erase({date, id}); }
    void forget_wait(base::SteadyTime until, const std::string& id) { waits_.erase({until, id}); }

    // Takes out what is due; an id may come twice, and may be of a job that has ended meanwhile.
    [[nodiscard]] std::vector<std::string> take_due(base::SystemTime date, base::SteadyTime now);

    // When to look next; while a date is waited for, never later than `clock_check` from now, because the
    // system clock may be set forward at any moment.
    [[nodiscard]] std::optional<base::SteadyTime> next_due(base::SystemTime date, base::SteadyTime now,
                                                           std::chrono::seconds clock_check) const;

  private:
    std::set<std::pair<base::SystemTime, std::string>> dates_;
    std::set<std::pair<base::SteadyTime, std::string>> waits_;
};

}  // namespace jobs
