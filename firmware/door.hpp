#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/answer.hpp"
#include "firmware/door_facts.hpp"
#include "firmware/door_monitor.hpp"
#include "firmware/event.hpp"
#include "firmware/hold.hpp"
#include "firmware/lock_controller.hpp"
#include "firmware/state_keeper.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace firmware {

// What lockDoor and unlockDoor ask for, checked.
struct Command {
    std::string method;  // the name under which it is answered
    Target target = Target::locked;
    std::optional<std::chrono::milliseconds> hold_for;  // nothing: until told otherwise
    std::string command_id;                             // empty: none
    std::optional<base::SystemTime> not_after;
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
class Door {
  public:
    using Done = std::function<void(Answer)>;
    struct Seams {
        // Brings the lines to this; an error means that they are off.
        std::function<base::Result<void>(Drive)> drive;
        // Some fact may have changed, or next_due().
        std::function<void()> changed;
        // Something happened; nothing: nobody wants to know.
        std::function<void(Event)> event{};
    };

    Door(const LockSettings& lock, Target resting, bool has_contact, const base::Clock& clock,
         StateKeeper& keeper, const base::Log& log, Seams seams);
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    // Takes up the stored hold, or goes to the resting state, once the switches have spoken.
    void start();
    void command(const Command& command, Done done);
    void switches(BoltSwitches said);
    void contact(bool closed);
    void exit_pressed();
    // A line was found dead or was cut off outside of a command.
    void line_failed(const base::Error& error);
    void set_behaviour(const DoorBehaviour& behaviour);
    void tick();
    // Answers everything that still waits; nothing moves afterwards.
    void stop();

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    [[nodiscard]] DoorFacts facts() const;
    [[nodiscard]] bool moving() const { return controller_.moving(); }
    [[nodiscard]] bool clock_is_trusted() const { return clock_trusted(clock_.system_now(), known_date_); }

    static constexpr std::size_t operations_most = 32;

  private:
    struct Operation {
        std::uint64_t number = 0;
        Command command;
        std::vector<Done> waiting;
        bool started = false;
        unsigned saves = 0;  // that must be durable before the answer
        std::optional<Answer> answer;
    };
    using Operations = std::list<Operation>;

    [[nodiscard]] std::optional<Answer> refusal(const Command& command) const;
    // True if the commandId is known and `done` has been taken care of.
    [[nodiscard]] bool answer_repeat(const Command& command, const Done& done);
    [[nodiscard]] Answer answer_from_switch(const Command& command) const;
    void begin(Operation& operation);
    void intent_saved(std::uint64_t number, const base::Result<void>& saved);
    void move(Operation& operation);
    void save_for(Operation& operation);
    void finish(Operation& operation, Answer answer);
    void deliver(std::uint64_t number);
    [[nodiscard]] Operation* find(std::uint64_t number);
    [[nodiscard]] std::vector<std::uint64_t> started(Target target) const;
    void answer_started(Target target, const Answer& answer);
    void begin_hold(const Operation& operation);

    void set_hold(std::optional<Hold> hold);
    void go(Target target, Cause cause);
    void demand(Cause cause);
    void try_demand();
    void after(const std::optional<Settled>& settled);
    void settle(const Settled& settled);
    void tell(const Settled& settled);
    void apply_drive();
    [[nodiscard]] Answer outcome(const Command& command, const Settled& settled) const;
    [[nodiscard]] base::Json facts_for(const Command& command) const;

    LockController controller_;
    DoorMonitor monitor_;
    Target resting_;
    bool has_contact_;
    const base::Clock& clock_;
    StateKeeper& keeper_;
    const base::Log& log_;
    Seams seams_;
    DoorBehaviour behaviour_;
    base::SystemTime known_date_;  // of the state that was loaded

    Operations operations_;
    std::uint64_t latest_ = 0;  // number of the newest operation
    std::uint64_t moved_ = 0;   // number of the newest that has moved
    std::optional<Hold> hold_;
    std::uint64_t hold_owner_ = 0;
    std::optional<Cause> demanded_;  // the demanded state is to be reached as soon as the interlocks allow
    Cause moving_for_ = Cause::start;
    std::optional<LastOperation> last_operation_;
    Drive applied_ = Drive::off;
    bool opened_during_hold_ = false;
    bool quiet_ = false;  // what settles now was so before
    bool stopped_ = false;
};

}  // namespace firmware
