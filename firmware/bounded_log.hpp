#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace firmware {

// A line of the log that strangers cause, as often as they like. The first ones of a minute are written; the
// others are counted, and the count is one more line when the minute is over: `event=… repeated=1990`.
class BoundedLog {
  public:
    using Priority = void (base::Log::*)(std::string_view event, std::initializer_list<base::Field>) const;

    // As `priority`: &base::Log::warning.
    BoundedLog(const base::Log& log, const base::Clock& clock, Priority priority, std::string event)
        : log_(log), clock_(clock), priority_(priority), event_(std::move(event)) {}

    void write(std::initializer_list<base::Field> fields);
    // Tells the count when it is time.
    void tick();
    // Nothing: there is nothing to tell.
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;

    static constexpr unsigned most = 10;
    static constexpr std::chrono::seconds window{60};

  private:
    void close();

    const base::Log& log_;
    const base::Clock& clock_;
    Priority priority_;
    std::string event_;
    std::optional<base::SteadyTime> ends_;  // of the window that is open
    unsigned written_ = 0;                  // in it
    std::uint64_t more_ = 0;                // and left out
};

}  // namespace firmware
