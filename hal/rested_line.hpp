#pragma once

#include "base/clock.hpp"
#include "hal/gpio.hpp"
#include "hal/on_time.hpp"

#include <memory>

namespace hal {

// An output that may be under power for ever, and is not switched on again before its rest is over: what a
// CutOff keeps of a line that has no longest time. It delays no switching off, and leaves the line as it is
// when it goes.
class RestedLine final : public OutputLine {
  public:
    // `limit` is without longest_on. The clock outlives the line.
    RestedLine(std::unique_ptr<OutputLine> line, const OnTimeLimit& limit, const base::Clock& clock);

    // Errc::busy while it rests; names the time that is left.
    base::Result<void> set(bool active) override { return put(active, false); }
    base::Result<void> set_active_at_once() override { return put(true, true); }
    [[nodiscard]] bool active() const override { return line_->active(); }
    [[nodiscard]] int descriptor() const override { return line_->descriptor(); }

  private:
    base::Result<void> put(bool active, bool at_once);

    std::unique_ptr<OutputLine> line_;
    OnTime on_time_;
    const base::Clock& clock_;
};

}  // namespace hal
