#include "firmware/door.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"

#include <algorithm>
#include <utility>

namespace firmware {

namespace {

// At a stop, for the disk to take the outcomes that wait for it; the connection stands a little longer.
constexpr std::chrono::milliseconds last_answers{700};

// Between two looks at a clock that is not trusted.
constexpr std::chrono::seconds clock_pause{10};

int status_of(const base::Error& refused) {
    return refused.code == base::Errc::busy ? 429 : 409;
}

Answer too_many() {
    return failure(429,
                   "more than " + std::to_string(Door::operations_most) + " commands wait for an answer");
}

}  // namespace

Door::Door(const LockSettings& lock, Target resting, const DoorInputs& inputs, const base::Clock& clock,
           StateKeeper& keeper, const base::Log& log, Seams seams)
    : controller_(lock),
      fire_(inputs.fire, keeper.state().fire.latched),
      resting_(resting),
      inputs_(inputs),
      clock_(clock),
      keeper_(keeper),
      log_(log),
      seams_(std::move(seams)),
      known_date_(keeper.state().saved_at),
      operations_(keeper),
      exit_known_(!inputs.exit_button) {
    if (inputs.tamper) tamper_ = TamperState::unknown;
}

void Door::start() {
    const std::optional<StoredHold> stored = keeper_.state().hold;
    keeper_.before_save([this](State& state) {
        state.hold = hold_ ? std::optional(store(*hold_, clock_)) : std::nullopt;
        // What was remembered of a clock that ran ahead ends with a date that is kept.
        if (date_is_kept() && clock_is_trusted())
            state.saved_at = std::min(state.saved_at, clock_.system_now());
    });
    watch_clock();
    // A latch of a fire input that is no longer there.
    if (keeper_.state().fire.latched && !fire_.latched()) save_fire();
    if (fire_.latched()) {
        log_.warning("fire", {{"state", "latched"}, {"cure", "work the reset at the door"}});
        release();
    } else {
        if (stored) {
            // Its date is one of the clock that is remembered, whatever the clock says now.
            const bool comparable = clock_trusted(clock_.system_now(), known_date_);
            hold_ = resume(*stored, comparable, resting_, clock_);
            log_.info(hold_ ? "hold_resumed" : "hold_over",
                      {{"target", firmware::name_of(stored->target)}, {"clock_trusted", comparable}});
        }
        demand(Cause::start);
    }
    seams_.changed();
}

// ---- commands ----

void Door::command(const Command& command, Done done) {
    if (stopped_) return done(failure(503, "the door is shutting down; try again when it is back"));
    if (!command.command_id.empty() && answer_repeat(command, done)) return;
    if (auto refused = refusal(command)) return done(std::move(*refused));
    begin(operations_.add(command, std::move(done), clock_.steady_now()));
    seams_.changed();
}

bool Door::answer_repeat(const Command& command, const Done& done) {
    const Journal::Entry* entry = keeper_.state().journal.find(command.command_id);
    if (entry == nullptr) return false;
    if (entry->method != command.method) {
        done(bad_argument("commandId", "it was used for " + entry->method + " before",
                          "a new one for every command"));
    } else if (operations_.join(command.command_id, done, clock_.steady_now())) {
        return true;
    } else if (entry->answer) {
        done(*entry->answer);
    } else if (operations_.full()) {
        done(too_many());
    } else {
        // Whatever moves later, another repeat gets this answer too.
        operations_.finish(operations_.add(command, done, clock_.steady_now()), answer_from_switch(command));
    }
    return true;
}

// An intent of an earlier life, of which nobody knows whether the line moved: the switch tells, and nothing
// is driven.
Answer Door::answer_from_switch(const Command& command) const {
    if (controller_.state() == reached(command.target) && !controller_.assumed()) {
        return success(200, command.method, facts_for(command));
    }
    base::Json body = base::Json::object(
        {{"error",
          "the service was interrupted in this command and will not repeat it; its outcome is unknown"},
         {"outcome", "unknown"},
         {"lock", firmware::name_of(controller_.state())}});
    return Answer{500, body.dump()};
}

std::optional<Answer> Door::refusal(const Command& command) const {
    if (command.not_after) {
        if (!clock_is_trusted())
            return failure(503, "notAfter: clock not trusted; the door does not know the date");
        if (clock_.system_now() > *command.not_after) {
            return failure(410, "notAfter: the command ended at " + base::format_iso8601(*command.not_after) +
                                    ", it is " + base::format_iso8601(clock_.system_now()));
        }
    }
    if (operations_.full()) return too_many();
    return interlock(command.target);
}

// What forbids to go there now. Under fire nothing forbids to release.
std::optional<Answer> Door::interlock(Target target) const {
    if (fire_.latched()) {
        if (target == Target::unlocked) return std::nullopt;
        return failure(409, fire_.state() == FireState::alarm
                                ? "fire: the fire loop is open; the door is released and stays so until the "
                                  "loop is whole again and the alarm has been reset at the door"
                                : "fire: the door is released and stays so until the alarm has been reset "
                                  "at the door");
    }
    const bool lets_somebody_out = exit_held_ && hold_ && hold_->target == Target::unlocked;
    if (target == Target::locked && (kept_open() || lets_somebody_out)) {
        return failure(409,
                       "exit: somebody holds the exit button; the door stays released until it is let go");
    }
    if (target == Target::locked && !fire_.knows()) {
        return failure(409, "fire: the fire loop has not spoken yet; try again in a second");
    }
    if (auto admitted = controller_.admits(target, clock_.steady_now()); !admitted) {
        return failure(status_of(admitted.error()), admitted.error().message);
    }
    return std::nullopt;
}

void Door::begin(Operation& operation) {
    const Command& command = operation.command;
    if (command.command_id.empty()) return move(operation);
    keeper_.state().journal.begin(command.command_id, command.method, command.target);
    keeper_.save(
        [this, number = operation.number](const base::Result<void>& saved) { intent_saved(number, saved); });
}

void Door::intent_saved(std::uint64_t number, const base::Result<void>& saved) {
    Operation* operation = operations_.find(number);
    if (operation == nullptr || operation->answer) return;
    if (!saved) {
        operations_.refuse(*operation,
                           failure(500, "the command could not be written down, so it was not carried out: " +
                                            saved.error().message));
    } else if (auto refused = interlock(operation->command.target)) {
        operations_.refuse(*operation, std::move(*refused));
    } else {
        move(*operation);
    }
    seams_.changed();
}

void Door::move(Operation& operation) {
    const Target target = operation.command.target;
    const bool wanted_anyway = fire_.latched() || (hold_ && hold_->target == target);
    if (operation.number < moved_ && !wanted_anyway) {
        return operations_.finish(operation, failure(409, "a later command has moved the bolt already"));
    }
    // The other way, while an earlier command still waits: the earlier one is answered and its bolt turned.
    operations_.finish_started(opposite(target),
                               failure(409, operation.command.method + " came while the bolt travelled"));
    operation.started = true;
    // Fire ends holds and lets none begin: the door is released without one.
    if (fire_.latched()) return go(target, Cause::method, Urgency::at_once);
    if (operation.number > moved_) {
        moved_ = operation.number;
        const Hold hold = make_hold(target, operation.command.hold_for, clock_);
        const bool saved_already = hold_ == hold && keeper_.idle();
        set_hold(hold, operation.command.hold_for);
        if (!saved_already) operations_.save_for(operation);
    }
    go(target, Cause::method);
}

// The caller is told before it gives up, whatever hangs.
void Door::answer_overdue() {
    const std::string waited = base::format_duration(longest_answer);
    for (const std::uint64_t number : operations_.overdue(clock_.steady_now())) {
        Operation* operation = operations_.find(number);
        if (operation == nullptr) continue;
        if (operation->answer) {
            log_.warning("answer_not_durable", {{"method", operation->command.method}});
            operations_.deliver_now(*operation);
        } else if (!operation->started) {
            operations_.refuse(*operation, failure(500, "the disk has not taken the command within " +
                                                            waited + ", so it was not carried out"));
        } else {
            base::Json body = base::Json::object(
                {{"error", "the bolt is still on its way after " + waited + "; ask getStatus, or once more"},
                 {"outcome", "unknown"},
                 {"lock", firmware::name_of(controller_.state())}});
            operations_.answer_meanwhile(*operation, Answer{500, body.dump()});
        }
    }
}

Answer Door::outcome(const Command& command, const Settled& settled) const {
    const auto travel = base::format_duration(controller_.settings().timings.travel);
    switch (settled.how) {
        case Settlement::reached:
            return success(200, command.method, facts_for(command));
        case Settlement::stopped:
            return failure(409, "the door was opened while the bolt was thrown");
        case Settlement::dead_line:
            return failure(500, "the line to the actuator cannot be set");
        case Settlement::jammed:
            break;
    }
    base::Json body = base::Json::object({{"error", "the bolt did not reach its end in two attempts of " +
                                                        travel + " each; free it and try again"},
                                          {"lock", firmware::name_of(controller_.state())}});
    return Answer{500, body.dump()};
}

base::Json Door::facts_for(const Command& command) const {
    base::Json json = base::Json::object();
    const DoorFacts now = facts();
    json.set("lock", describe_lock(now));
    json.set("door", firmware::name_of(now.door));
    const std::string_view field = command.target == Target::locked ? "lockTime" : "unlockTime";
    if (command.hold_for && !fire_.latched()) json.set(field, base::format_duration(*command.hold_for));
    return json;
}

void Door::stop() {
    stopped_ = true;
    for (const std::uint64_t number : operations_.unanswered()) {
        // Without an outcome in the journal: after the restart the switch tells a repeat what came of it.
        if (Operation* operation = operations_.find(number)) {
            operations_.abandon(*operation,
                                failure(503, "the door is shutting down; the outcome is not known"));
        }
    }
    keeper_.save();
    // What has an outcome waits for it to be written, as ever, but not for long.
    operations_.answer_by(clock_.steady_now() + last_answers);
    seams_.changed();
}

// ---- the date ----

base::SystemTime Door::known_date() const {
    return std::min(known_date_, keeper_.state().saved_at);
}

bool Door::clock_is_trusted() const {
    return clock_trusted(clock_.system_now(), date_is_kept() ? base::SystemTime() : known_date());
}

// A date that is not believed is looked at again and again: NTP, or somebody, sets it while the door runs.
void Door::watch_clock() {
    const bool trusted = clock_is_trusted();
    look_at_clock_ = trusted ? std::nullopt : std::optional(clock_.steady_now() + clock_pause);
    if (std::exchange(clock_was_trusted_, trusted) == trusted) return;
    const base::Field now("now", base::format_iso8601(clock_.system_now()));
    const base::Field known("known", base::format_iso8601(known_date()));
    if (!trusted) {
        return log_.warning("clock_not_trusted",
                            {now,
                             known,
                             {"cure",
                              "have NTP set the clock: a date that it keeps is believed whatever "
                              "was remembered; else see CLOCK in doorlockd(8)"}});
    }
    log_.notice("clock_trusted", {now, known});
    if (keeper_.state().saved_at > clock_.system_now()) keeper_.save();
}

DoorFacts Door::facts() const {
    return DoorFacts{.lock = controller_.state(),
                     .assumed = controller_.assumed(),
                     .door = monitor_.state(),
                     .hold = hold_,
                     .last_operation = last_operation_,
                     .fire = fire_.state(),
                     .tamper = tamper_,
                     .storage_error = keeper_.failure(),
                     .not_before = clock_is_trusted() ? std::nullopt
                                                      : std::optional(std::max(known_date(), earliest_date))};
}

}  // namespace firmware
