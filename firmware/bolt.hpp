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
    // Wraps a line that has to keep these times: hal::CutOff::guard, or without a longest_on hal::RestedLine.
    using Guard =
        std::function<std::unique_ptr<hal::OutputLine>(std::unique_ptr<hal::OutputLine>, hal::OnTimeLimit)>;

    [[nodiscard]] static base::Result<std::unique_ptr<Bolt>> open(hal::LineSource& source, const Guard& guard,
                                                                  const LockSettings& lock,
                                                                  const DoorLines& lines);
    Bolt(const Bolt&) = delete;
    Bolt& operator=(const Bolt&) = delete;
    ~Bolt();

    // Releases before it engages: never both directions, not even for a moment. After an error everything
    // that still obeys is off.
    [[nodiscard]] base::Result<void> set(Drive drive, Urgency urgency = Urgency::usual);

    // The line that holds the bolt by power at this moment, if it can be left to another process; null if
    // not.
    [[nodiscard]] const hal::OutputLine* held_by_power() const;
    // Whether some line is under power.
    [[nodiscard]] bool powered() const;
    // Leaves the lines as they are: the destructor switches nothing off.
    void leave() { left_ = true; }

  private:
    Bolt() = default;

    std::unique_ptr<hal::OutputLine> toward_locked_;    // null if that way is the one without power
    std::unique_ptr<hal::OutputLine> toward_unlocked_;  // likewise
    bool held_ = false;                                 // by power: toward_locked_ is what holds it
    bool left_ = false;
};

}  // namespace firmware
