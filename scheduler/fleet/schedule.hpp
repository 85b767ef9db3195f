#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace fleet {

// For each device the one time at which it next wants to be looked at. Never more entries than devices.
class Schedule {
  public:
    // Replaces what was set for the device before; nothing takes it out.
    void set(std::size_t device, std::optional<base::SteadyTime> due);
    [[nodiscard]] std::optional<base::SteadyTime> next() const;
    // Takes out a device that is due, the earliest first.
    [[nodiscard]] std::optional<std::size_t> take_due(base::SteadyTime now);

  private:
    std::set<std::pair<base::SteadyTime, std::size_t>> order_;
    std::vector<std::optional<base::SteadyTime>> times_;  // by device
};

}  // namespace fleet
