#pragma once

#include <chrono>

namespace base {

// "How long": never steps, stops while nothing runs. For holds, travels, time-outs.
using SteadyTime = std::chrono::steady_clock::time_point;
// "At what date": may step in either direction. For job times, tokens, stored deadlines.
using SystemTime = std::chrono::system_clock::time_point;

// Where the time comes from. Code under test asks a Clock and never ::now(). The two times have different
// types; mixing them does not compile.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;
    [[nodiscard]] virtual SystemTime system_now() const = 0;

  protected:
    Clock() = default;
    Clock(const Clock&) = default;
    Clock& operator=(const Clock&) = default;
};

class RealClock final : public Clock {
  public:
    [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] SystemTime system_now() const override { return std::chrono::system_clock::now(); }
};

// A clock for tests: time passes when it is told to.
class ManualClock final : public Clock {
  public:
    ManualClock() = default;
    explicit ManualClock(SystemTime system) : system_(system) {}

    [[nodiscard]] SteadyTime steady_now() const override { return steady_; }
    [[nodiscard]] SystemTime system_now() const override { return system_; }

    // Both clocks move on.
    void advance(std::chrono::nanoseconds by) {
        steady_ += by;
        system_ += std::chrono::duration_cast<SystemTime::duration>(by);
    }
    // Somebody sets the date; steady time does not notice.
    void set_system(SystemTime to) { system_ = to; }

  private:
    SteadyTime steady_{std::chrono::hours(1)};  // not zero: an uninitialised time should stand out
    SystemTime system_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}};
};

}  // namespace base
