#include "firmware/door.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace firmware {

namespace {

int status_of(const base::Error& refused) {
    return refused.code == base::Errc::busy ? 429 : 409;
}

}  // namespace

Door::Door(const LockSettings& lock, Target resting, bool has_contact, const base::Clock& clock,
           StateKeeper& keeper, const base::Log& log, Seams seams)
    : controller_(lock),
      resting_(resting),
      has_contact_(has_contact),
      clock_(clock),
      keeper_(keeper),
      log_(log),
      seams_(std::move(seams)),
      known_date_(keeper.state().saved_at) {}

void Door::start() {
    const std::optional<StoredHold> stored = keeper_.state().hold;
    keeper_.before_save(
        [this](State& state) { state.hold = hold_ ? std::optional(store(*hold_, clock_)) : std::nullopt; });
    if (stored) {
        hold_ = resume(*stored, clock_is_trusted(), resting_, clock_);
        log_.info(hold_ ? "hold_resumed" : "hold_over",
                  {{"target", firmware::name_of(stored->target)}, {"clock_trusted", clock_is_trusted()}});
    }
    demand(Cause::start);
    seams_.changed();
}

// ---- commands ----

void Door::command(const Command& command, Done done) {
    if (stopped_) return done(failure(503, "the door is shutting down; try again when it is back"));
    if (!command.command_id.empty() && answer_repeat(command, done)) return;
    if (auto refused = refusal(command)) return done(std::move(*refused));
    operations_.push_back(Operation{
        .number = ++latest_, .command = command, .waiting = {std::move(done)}, .answer = std::nullopt});
    begin(operations_.back());
    seams_.changed();
}

bool Door::answer_repeat(const Command& command, const Done& done) {
    const Journal::Entry* entry = keeper_.state().journal.find(command.command_id);
    if (entry == nullptr) return false;
    if (entry->method != command.method) {
        done(bad_argument("commandId", "it was used for " + entry->method + " before",
                          "a new one for every command"));
        return true;
    }
    const auto running = std::find_if(
        operations_.begin(), operations_.end(),
        [&](const Operation& operation) { return operation.command.command_id == command.command_id; });
    if (running != operations_.end()) {
        if (running->waiting.size() < operations_most) {
            running->waiting.push_back(done);
        } else {
            done(failure(429, "too many repeats of this commandId wait for its answer"));
        }
    } else if (entry->answer) {
        done(*entry->answer);
    } else {
        done(answer_from_switch(command));
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
    if (operations_.size() >= operations_most) {
        return failure(429, "more than " + std::to_string(operations_most) + " commands wait for an answer");
    }
    if (auto admitted = controller_.admits(command.target, clock_.steady_now()); !admitted) {
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
    Operation* operation = find(number);
    if (operation == nullptr || operation->answer) return;
    std::optional<Answer> refused;
    if (!saved) {
        refused = failure(500, "the command could not be written down, so it was not carried out: " +
                                   saved.error().message);
    } else if (auto admitted = controller_.admits(operation->command.target, clock_.steady_now());
               !admitted) {
        refused = failure(status_of(admitted.error()), admitted.error().message);
    }
    if (refused) {
        // Nothing has moved, so a repeat may try again.
        keeper_.state().journal.forget(operation->command.command_id);
        operation->command.command_id.clear();
        keeper_.save();
        finish(*operation, std::move(*refused));
    } else {
        move(*operation);
    }
    seams_.changed();
}

void Door::move(Operation& operation) {
    const Target target = operation.command.target;
    if (operation.number < moved_ && !(hold_ && hold_->target == target)) {
        return finish(operation, failure(409, "a later command has moved the bolt already"));
    }
    // The other way, while an earlier command still waits: the earlier one is answered and its bolt turned.
    answer_started(opposite(target),
                   failure(409, operation.command.method + " came while the bolt travelled"));
    operation.started = true;
    const std::uint64_t number = operation.number;
    if (number > moved_) {
        moved_ = number;
        hold_owner_ = number;
        const Hold hold = make_hold(target, operation.command.hold_for, clock_);
        const bool saved_already = hold_ == hold && keeper_.idle();
        set_hold(hold);
        if (!saved_already) save_for(operation);
    }
    go(target, Cause::method);
}

// The state as it is now must be durable before this operation is answered.
void Door::save_for(Operation& operation) {
    ++operation.saves;
    keeper_.save([this, number = operation.number](const base::Result<void>&) {
        // A disk that fails is in the log; the bolt has moved all the same, and the caller learns that.
        if (Operation* waiting = find(number)) {
            --waiting->saves;
            deliver(number);
        }
    });
}

void Door::finish(Operation& operation, Answer answer) {
    assert(!operation.answer);
    operation.answer = std::move(answer);
    if (!operation.command.command_id.empty()) {
        keeper_.state().journal.finish(operation.command.command_id, *operation.answer);
        save_for(operation);
    }
    deliver(operation.number);
}

void Door::deliver(std::uint64_t number) {
    const auto it = std::find_if(operations_.begin(), operations_.end(),
                                 [&](const Operation& operation) { return operation.number == number; });
    if (it == operations_.end() || !it->answer || it->saves > 0) return;
    const Answer answer = std::move(*it->answer);
    const std::vector<Done> waiting = std::move(it->waiting);
    operations_.erase(it);
    for (const Done& done : waiting)
        done(answer);
}

Door::Operation* Door::find(std::uint64_t number) {
    for (Operation& operation : operations_) {
        if (operation.number == number) return &operation;
    }
    return nullptr;
}

// ---- movement ----

void Door::set_hold(std::optional<Hold> hold) {
    hold_ = hold;
    demanded_.reset();
    opened_during_hold_ = false;
}

void Door::go(Target target, Cause cause) {
    moving_for_ = cause;
    demanded_.reset();
    const bool stood = !controller_.moving();
    const auto settled = controller_.command(target, clock_.steady_now());
    // A bolt that was there already has not moved, which is worth no word.
    quiet_ = stood && settled && controller_.drive() == applied_;
    after(settled);
    quiet_ = false;
}

// The door is to be where its hold, or else its resting state, wants it.
void Door::demand(Cause cause) {
    demanded_ = cause;
    try_demand();
}

void Door::try_demand() {
    if (!demanded_ || stopped_ || !controller_.knows() || (has_contact_ && !monitor_.closed())) return;
    const Target target = hold_ ? hold_->target : resting_;
    const auto admitted = controller_.admits(target, clock_.steady_now());
    // Cool-down is waited for by the controller, the duty limit is for commands; an open door is waited for
    // here.
    if (!admitted && admitted.error().code == base::Errc::conflict) return;
    go(target, *demanded_);
}

void Door::after(const std::optional<Settled>& settled) {
    apply_drive();
    if (settled) settle(*settled);
    seams_.changed();
}

void Door::apply_drive() {
    if (controller_.drive() == applied_) return;
    const Drive wanted = controller_.drive();
    applied_ = wanted;
    log_.debug("drive", {{"drive", firmware::name_of(wanted)}});
    if (auto set = seams_.drive(wanted); !set) line_failed(set.error());
}

void Door::line_failed(const base::Error& error) {
    log_.error("line_failed", {{"reason", error.message}});
    applied_ = Drive::off;
    after(controller_.line_failed(clock_.steady_now()));
}

void Door::settle(const Settled& settled) {
    const bool arrived = settled.how == Settlement::reached;
    if (!quiet_) tell(settled);
    if (settled.how == Settlement::stopped) {
        // The command has failed and holds nothing; where the door belongs, it goes when it is closed again.
        if (moving_for_ == Cause::method) {
            set_hold(std::nullopt);
            keeper_.save();
        }
        demanded_ = Cause::relock;
    }
    for (const std::uint64_t number : started(settled.target)) {
        Operation* operation = find(number);
        if (operation == nullptr) continue;
        if (arrived) begin_hold(*operation);
        finish(*operation, outcome(operation->command, settled));
    }
}

void Door::tell(const Settled& settled) {
    last_operation_ = LastOperation{settled.target, moving_for_, settled.how, clock_.system_now()};
    const std::string_view state = firmware::name_of(controller_.state());
    const std::string_view cause = firmware::name_of(moving_for_);
    if (settled.how == Settlement::reached) {
        const std::string_view source = controller_.assumed() ? "assumed" : "switch";
        log_.info("bolt", {{"state", state}, {"source", source}, {"cause", cause}});
    } else {
        log_.error("bolt", {{"state", state},
                            {"result", firmware::name_of(settled.how)},
                            {"target", firmware::name_of(settled.target)},
                            {"cause", cause}});
    }
}

// A hold begins when the bolt is there; under power that has a longest time, with the switching on.
void Door::begin_hold(const Operation& operation) {
    const bool from_arrival = hold_ && hold_->ends && hold_owner_ == operation.number &&
                              controller_.settings().timings.max_on.count() == 0;
    if (!from_arrival) return;
    hold_ = make_hold(hold_->target, operation.command.hold_for, clock_);
    keeper_.save();
}

// The operations that wait for the bolt to reach `target`.
std::vector<std::uint64_t> Door::started(Target target) const {
    std::vector<std::uint64_t> numbers;
    for (const Operation& operation : operations_) {
        if (operation.started && !operation.answer && operation.command.target == target) {
            numbers.push_back(operation.number);
        }
    }
    return numbers;
}

void Door::answer_started(Target target, const Answer& answer) {
    for (const std::uint64_t number : started(target)) {
        if (Operation* operation = find(number)) finish(*operation, answer);
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
    if (command.hold_for) json.set(field, base::format_duration(*command.hold_for));
    return json;
}

// ---- what comes from the door itself, and time ----

void Door::switches(BoltSwitches said) {
    const LockState before = controller_.state();
    const auto settled = controller_.switches(said, clock_.steady_now());
    if (!settled && controller_.state() != before) {
        log_.info("bolt", {{"state", firmware::name_of(controller_.state())}, {"source", "switch"}});
    }
    after(settled);
    try_demand();
}

void Door::contact(bool closed) {
    const DoorState before = monitor_.state();
    monitor_.contact(closed, controller_.state(), clock_.steady_now());
    if (monitor_.state() != before) {
        const base::Field state("state", firmware::name_of(monitor_.state()));
        if (monitor_.state() == DoorState::forced) {
            log_.warning("door", {state});
        } else {
            log_.info("door", {state});
        }
    }
    after(controller_.door(closed, clock_.steady_now()));
    const bool unlocked_for_somebody =
        hold_ && hold_->target == Target::unlocked && resting_ == Target::locked;
    if (!closed && unlocked_for_somebody) opened_during_hold_ = true;
    if (closed && behaviour_.auto_relock && unlocked_for_somebody && opened_during_hold_) {
        set_hold(std::nullopt);
        keeper_.save();
        demand(Cause::relock);
    }
    try_demand();
}

void Door::exit_pressed() {
    if (stopped_) return;
    log_.info("exit_button");
    answer_started(Target::locked, failure(409, "somebody inside asked to leave"));
    // Before anything else, the disk included; no limit refuses it.
    moved_ = ++latest_;
    hold_owner_ = latest_;
    set_hold(make_hold(Target::unlocked, behaviour_.exit_time, clock_));
    go(Target::unlocked, Cause::exit_button);
    keeper_.save();
}

void Door::set_behaviour(const DoorBehaviour& behaviour) {
    behaviour_ = behaviour;
    monitor_.set_ajar_time(behaviour.ajar_time, clock_.steady_now());
    seams_.changed();
}

void Door::tick() {
    const auto now = clock_.steady_now();
    const DoorState before = monitor_.state();
    monitor_.tick(now);
    if (monitor_.state() != before) log_.warning("door", {{"state", firmware::name_of(monitor_.state())}});
    if (const auto due = controller_.next_due(); due && *due <= now) after(controller_.tick(now));
    if (hold_ && hold_->ends && *hold_->ends <= now && !stopped_) {
        log_.info("hold_over", {{"target", firmware::name_of(hold_->target)}});
        set_hold(std::nullopt);
        keeper_.save();
        demand(Cause::hold_end);
    }
    seams_.changed();
}

std::optional<base::SteadyTime> Door::next_due() const {
    std::optional<base::SteadyTime> due = controller_.next_due();
    const auto sooner = [&due](std::optional<base::SteadyTime> other) {
        if (other && (!due || *other < *due)) due = other;
    };
    sooner(monitor_.next_due());
    if (hold_ && !stopped_) sooner(hold_->ends);
    return due;
}

void Door::stop() {
    stopped_ = true;
    std::vector<std::uint64_t> unanswered;
    for (const Operation& operation : operations_) {
        if (!operation.answer) unanswered.push_back(operation.number);
    }
    for (const std::uint64_t number : unanswered) {
        Operation* operation = find(number);
        if (operation == nullptr) continue;
        // Without an outcome in the journal: after the restart the switch tells a repeat what came of it.
        operation->command.command_id.clear();
        finish(*operation, failure(503, "the door is shutting down; the outcome is not known"));
    }
    keeper_.save();
}

DoorFacts Door::facts() const {
    return DoorFacts{.lock = controller_.state(),
                     .assumed = controller_.assumed(),
                     .door = monitor_.state(),
                     .hold = hold_,
                     .last_operation = last_operation_};
}

}  // namespace firmware
