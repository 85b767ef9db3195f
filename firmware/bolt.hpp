#pragma once

#include "base/result.hpp"
#include "firmware/config.hpp"
#include "hal/cutoff.hpp"
#include "hal/gpio.hpp"

#include <functional>
#include <memory>

namespace firmware {

// The lines that move a bolt or hold it. All are requested inactive, which is the safe level of every kind,
// and go there again with the object.
class Bolt {
  public:
    // `on_cut` runs on the loop when the cut-off had to switch a line off.
    [[nodiscard]] static base::Result<std::unique_ptr<Bolt>> open(hal::LineSource& source,
                                                                  hal::CutOff& cut_off,
                                                                  const LockSettings& lock,
                                                                  const DoorLines& lines,
                                                                  const std::function<void()>& on_cut);
    Bolt(const Bolt&) = delete;
    Bolt& operator=(const Bolt&) = delete;
    ~Bolt();

    // Releases before it engages: never both directions, not even for a moment. After an error everything
    // that still obeys is off.
    [[nodiscard]] base::Result<void> set(Drive drive);

  private:
    Bolt() = default;

    std::unique_ptr<hal::OutputLine> toward_locked_;    // null if that way is the one without power
    std::unique_ptr<hal::OutputLine> toward_unlocked_;  // likewise
};

}  // namespace firmware
