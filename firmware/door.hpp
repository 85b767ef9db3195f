#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/command.hpp"
#include "firmware/door_facts.hpp"
#include "firmware/door_monitor.hpp"
#include "firmware/event.hpp"
#include "firmware/fire_alarm.hpp"
#include "firmware/hold.hpp"
#include "firmware/lock_controller.hpp"
#include "firmware/operations.hpp"
#include "firmware/state_keeper.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace firmware {

// Which inputs a door has besides the switches of its bolt.
struct DoorInputs {
    bool contact = false;
    bool exit_button = false;
    bool fire = false;
    bool tamper = false;
};

// Settings of a door that its twin can change while it runs.
struct DoorBehaviour {
    std::chrono::milliseconds ajar_time{0};
    std::chrono::milliseconds exit_time{5000};
    bool auto_relock = false;

    bool operator==(const DoorBehaviour&) const = default;
};

// One door: commands, holds and switches come together here. Pure but for its seams: time is asked of a Clock
// and comes as tick(), the lines are a function, the disk is a StateKeeper. Belongs to the loop thread.
//
// A command with a commandId: the intent is saved, then the line moves, then the outcome is saved, then the
// answer leaves. Without: the line moves at once, and the answer waits for the bolt and for the saved hold.
//
// A disk that hangs keeps no caller waiting for longer than longest_answer: a command whose intent is not
// written by then is not carried out; what has happened is told though it is not durable, as with a disk that
// fails.
//
// A hold begins when the bolt is there; under power that has a longest time, with the switching on. However
// short it is, it does not end before the bolt has arrived, or has failed to.
//
// A command while the bolt travels: one for the same way joins the movement, and both are answered when it
// ends; one for the other way turns the bolt, and the earlier one is answered with 409 at once.
//
// Fire outranks everything: it ends holds and commands, releases the lock past every limit but the longest
// time under power, and keeps it released, trying again, until it is reset at the door. It is acted on first
// and written down second.
class Door {
  public:
    using Done = AnswerTo;
    struct Seams {
        // Brings the lines to this; an error means that they are off.
        std::function<base::Result<void>(Drive)> drive;
        // The same past a cool-down that is kept on the lines; without it, drive().
        std::function<base::Result<void>(Drive)> drive_at_once{};
        // Some fact may have changed, or next_due().
        std::function<void()> changed;
        // Something happened; nothing: nobody wants to know.
        std::function<void(Event)> event{};
        // Whether the kernel says that the date is kept right; without it, it does not.
        std::function<bool()> date_is_kept{};
    };

    Door(const LockSettings& lock, Target resting, const DoorInputs& inputs, const base::Clock& clock,
         StateKeeper& keeper, const base::Log& log, Seams seams);
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    // Takes up the stored hold, or goes to the resting state, once the switches have spoken.
    void start();
    void command(const Command& command, Done done);
    void switches(BoltSwitches said);
    void contact(bool closed);
    // One that is held: until exit_released() the door is not locked again, but for an actuator that may be
    // under power for a time only. A button that is there is heard before anything is locked after a start.
    void exit_pressed(bool held = false);
    void exit_released();
    // The fire loop: open is fire.
    void fire_loop(bool open);
    // The key, or button, at the door that ends a fire alarm once the loop is whole.
    void fire_reset(bool active);
    void tamper(bool open);
    // Power that an earlier process has left was taken off the lines just now.
    void power_taken_off() { controller_.driven(clock_.steady_now()); }
    // A line was found dead or was cut off outside of a command.
    void line_failed(const base::Error& error);
    void set_behaviour(const DoorBehaviour& behaviour);
    void tick();
    // Answers what has no outcome; what has one is answered when that is durable, or soon although it is not.
    // Nothing moves afterwards.
    void stop();

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    [[nodiscard]] DoorFacts facts() const;
    [[nodiscard]] bool moving() const { return controller_.moving(); }
    // Whether the date may be believed: it is no earlier than one that is known to have been, or it is kept
    // right (NTP), and then what was remembered was wrong.
    [[nodiscard]] bool clock_is_trusted() const;

    // After start(): switches, contact, exit button or the fire loop have not said enough to go anywhere.
    [[nodiscard]] bool undecided() const { return demanded_ == Cause::start; }
    // Fire has been seen and was not reset.
    [[nodiscard]] bool fire_latched() const { return fire_.latched(); }

    static constexpr std::size_t operations_most = Operations::most;

  private:
    [[nodiscard]] std::optional<Answer> refusal(const Command& command) const;
    [[nodiscard]] std::optional<Answer> interlock(Target target) const;
    // True if the commandId is known and `done` has been taken care of.
    [[nodiscard]] bool answer_repeat(const Command& command, const Done& done);
    [[nodiscard]] Answer answer_from_switch(const Command& command) const;
    void begin(Operation& operation);
    void intent_saved(std::uint64_t number, const base::Result<void>& saved);
    void move(Operation& operation);
    void answer_overdue();
    [[nodiscard]] Answer outcome(const Command& command, const Settled& settled) const;
    [[nodiscard]] base::Json facts_for(const Command& command) const;

    [[nodiscard]] bool date_is_kept() const { return seams_.date_is_kept && seams_.date_is_kept(); }
    [[nodiscard]] base::SystemTime known_date() const;
    void watch_clock();
    void set_hold(std::optional<Hold> hold, std::optional<std::chrono::milliseconds> time = {});
    [[nodiscard]] std::optional<base::SteadyTime> hold_end() const;
    void begin_hold(const Settled& settled);
    void go(Target target, Cause cause, Urgency urgency = Urgency::usual);
    void let_out();
    [[nodiscard]] bool kept_open() const;
    void demand(Cause cause);
    void try_demand();
    void release();
    void keep_released();
    [[nodiscard]] std::optional<base::SteadyTime> next_release() const;
    void save_fire();
    void after(const std::optional<Settled>& settled);
    void settle(const Settled& settled);
    void tell(const Settled& settled);
    void tell(std::string_view kind, base::Json facts);
    void tell_door(DoorState before);
    void apply_drive();

    LockController controller_;
    DoorMonitor monitor_;
    FireAlarm fire_;
    Target resting_;
    DoorInputs inputs_;
    const base::Clock& clock_;
    StateKeeper& keeper_;
    const base::Log& log_;
    Seams seams_;
    DoorBehaviour behaviour_;
    base::SystemTime known_date_;    // of the state that was loaded
    bool clock_was_trusted_ = true;  // as the log has it
    std::optional<base::SteadyTime> look_at_clock_;

    Operations operations_;
    std::uint64_t moved_ = 0;  // number of the newest that has moved
    std::optional<Hold> hold_;
    std::optional<std::chrono::milliseconds> hold_time_;  // that hold_ lasts from the arrival of its bolt
    std::optional<Cause> demanded_;  // the demanded state is to be reached as soon as the interlocks allow
    Cause moving_for_ = Cause::start;
    std::optional<LastOperation> last_operation_;
    std::optional<TamperState> tamper_;
    base::SteadyTime may_release_;  // not to be tried again before
    bool saving_fire_ = false;
    std::optional<base::SteadyTime> fire_save_again_;  // the last attempt has failed
    Drive applied_ = Drive::off;
    bool exit_known_;  // the button has spoken, or there is none
    bool exit_held_ = false;
    bool opened_during_hold_ = false;
    bool quiet_ = false;  // what settles now was so before
    bool stopped_ = false;
};

}  // namespace firmware
