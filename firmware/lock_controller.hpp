#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "firmware/lock.hpp"

#include <deque>
#include <optional>
#include <string_view>

namespace firmware {

// What the end switches say. Nothing: there is no such switch, or it has not spoken yet.
struct BoltSwitches {
    std::optional<bool> locked;
    std::optional<bool> unlocked;

    bool operator==(const BoltSwitches&) const = default;
};

// How a movement ended.
enum class Settlement {
    reached,    // the switch agrees, or without one the travel time is over
    jammed,     // it does not, after the second attempt
    stopped,    // the door was opened under a bolt that must not be thrown on an open door
    dead_line,  // the line to the actuator could not be set
};

[[nodiscard]] std::string_view name_of(Settlement how);

struct Settled {
    Target target = Target::locked;
    Settlement how = Settlement::reached;

    bool operator==(const Settled&) const = default;
};

// The lock as a pure state machine, for every kind of actuator: commands, switches and time in; a wanted
// Drive, a state and the end of a movement out. It knows no lines and no clock. After every call the owner
// brings the lines to drive() and sees to it that tick() comes at next_due().
//
// A command while the bolt travels: the same way joins the movement, the other way stops it, keeps the dead
// time and goes back. A bolt that does not arrive is stopped, tried once more after a pause, then jammed;
// jammed ends with the next command, or when a switch shows that somebody moved the bolt. A command that is
// at_once cuts a cool-down or a pause short, also of a movement that waits for it already.
//
// However fast commands come, the lines do not chatter: what was switched on stays on for min_on (a pulse to
// its end), what was switched off stays off for dead_time, and a movement waits for both. Nothing shortens
// the time off. The time on gives way to what must not wait: at_once, an end switch that stops its motor, a
// door that opens under the bolt, a line that fails.
class LockController {
  public:
    explicit LockController(const LockSettings& settings);

    // Whether a command may be given now. conflict: an interlock forbids it; busy: cool-down or duty, the
    // message says for how long. A bolt that is there already is always admitted.
    [[nodiscard]] base::Result<void> admits(Target target, base::SteadyTime now) const;

    // Goes there, admitted or not. Settled at once when the switch says that the bolt is there.
    std::optional<Settled> command(Target target, base::SteadyTime now, Urgency urgency = Urgency::usual);
    std::optional<Settled> switches(BoltSwitches said, base::SteadyTime now);
    // Nothing: the contact has not spoken, or there is none.
    std::optional<Settled> door(std::optional<bool> closed, base::SteadyTime now);
    std::optional<Settled> tick(base::SteadyTime now);
    // The lines have drive(), since `now` at the latest: after a change of it, or because power of an earlier
    // process was taken off. Least times count from there.
    void driven(base::SteadyTime now);
    // drive() could not be brought to the lines.
    std::optional<Settled> line_failed(base::SteadyTime now);

    [[nodiscard]] Drive drive() const { return drive_; }
    [[nodiscard]] LockState state() const;
    // The state is what was ordered and waited for; no switch has said it.
    [[nodiscard]] bool assumed() const;
    [[nodiscard]] bool moving() const { return motion_.has_value(); }
    [[nodiscard]] std::optional<Target> moving_to() const;
    // Of the movement: 0 there is none, 1, 2 after the pause that follows a bolt that did not arrive.
    [[nodiscard]] int attempt() const { return motion_ ? motion_->attempt : 0; }
    // The movement waits: for the least time of a drive that is on, the dead time, a cool-down, or the pause
    // before the second attempt.
    [[nodiscard]] bool waiting() const { return motion_ && motion_->stage == Stage::waiting; }
    // The bolt is known, or assumed, to stand there, and nothing but time under power will move it.
    [[nodiscard]] bool rests_at(Target target) const;
    // Of the last command. at_once: drive() goes to the lines past their cool-down.
    [[nodiscard]] Urgency urgency() const { return urgency_; }
    // Every switch there is has spoken.
    [[nodiscard]] bool knows() const;
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    [[nodiscard]] const LockSettings& settings() const { return settings_; }

  private:
    enum class Stage { waiting, driving };
    struct Motion {
        Target target = Target::locked;
        Stage stage = Stage::waiting;
        int attempt = 1;
        base::SteadyTime due;
    };

    [[nodiscard]] std::optional<Settled> hurry(base::SteadyTime now);
    [[nodiscard]] std::optional<Target> position() const;
    [[nodiscard]] bool has_switch() const { return settings_.locked_switch || settings_.unlocked_switch; }
    [[nodiscard]] bool powers(Target target) const;
    [[nodiscard]] Drive resting_drive(Target target) const;
    [[nodiscard]] bool there_already(Target target) const;
    [[nodiscard]] bool agrees(Target target, bool travel_over) const;
    [[nodiscard]] base::SteadyTime may_release_at(base::SteadyTime now) const;
    [[nodiscard]] base::SteadyTime ready_at(Target target, base::SteadyTime now) const;
    [[nodiscard]] unsigned recent_operations(base::SteadyTime now) const;

    std::optional<Settled> begin(Target target, base::SteadyTime now);
    std::optional<Settled> proceed(base::SteadyTime now);
    std::optional<Settled> engage(base::SteadyTime now);
    std::optional<Settled> arrive();
    std::optional<Settled> travel_over(base::SteadyTime now);
    std::optional<Settled> power_over(base::SteadyTime now);
    void energise(Target target, base::SteadyTime now);
    void release(base::SteadyTime now);

    LockSettings settings_;
    std::optional<Motion> motion_;
    Drive drive_ = Drive::off;
    Urgency urgency_ = Urgency::usual;
    std::optional<base::SteadyTime> drive_ends_;
    base::SteadyTime on_since_;                  // of the drive that is on
    std::optional<base::SteadyTime> off_since_;  // never driven: nothing
    bool jammed_ = false;
    BoltSwitches switches_;
    std::optional<Target> assumed_position_;
    std::optional<bool> door_closed_;
    std::deque<base::SteadyTime> operations_;  // of the duty window; bounded by duty_operations
};

}  // namespace firmware
