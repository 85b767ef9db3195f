#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace hub {

// Warnings about peers that were refused. A peer that comes back a hundred times a second fills no disk:
// after a few in a while the rest are counted, and the count is told with the next one that is written.
class RefusalLog {
  public:
    static constexpr int most = 10;  // in each
    static constexpr std::chrono::seconds period{10};

    // Both outlive it.
    RefusalLog(const base::Log& log, const base::Clock& clock) : log_(log), clock_(clock) {}

    void warn(std::string_view event, std::string_view peer, std::string_view reason);

  private:
    const base::Log& log_;
    const base::Clock& clock_;
    base::SteadyTime began_{};
    int written_ = 0;  // in the period that began then
    std::uint64_t left_out_ = 0;
};

}  // namespace hub
