#pragma once

#include <optional>
#include <string_view>

namespace firmware {

enum class FireState {
    unknown,  // the loop has not spoken yet
    clear,
    alarm,    // the loop is open: fire, or a broken wire
    latched,  // the loop is whole again; the local reset has not been worked since
};

[[nodiscard]] std::string_view name_of(FireState state);

// The fire loop and the key that ends its alarm. Pure. An alarm begins when the loop opens and outlives
// everything but this: the loop is whole, and then the reset input becomes active. A key that is left turned,
// or that was turned while the loop was open, ends nothing.
class FireAlarm {
  public:
    // Without an input there is never an alarm. `latched`: one was stored and has not been reset.
    FireAlarm(bool has_input, bool latched) : has_input_(has_input), latched_(has_input && latched) {}

    // True if an alarm begins with it.
    bool loop(bool open);
    // True if it ends the alarm.
    bool reset_key(bool active);

    [[nodiscard]] bool latched() const { return latched_; }
    [[nodiscard]] bool knows() const { return !has_input_ || open_.has_value(); }
    // Nothing: there is no fire input.
    [[nodiscard]] std::optional<FireState> state() const;

  private:
    bool has_input_;
    bool latched_;
    std::optional<bool> open_;
    std::optional<bool> key_;
};

}  // namespace firmware
