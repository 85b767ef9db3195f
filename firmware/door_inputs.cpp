#include "firmware/door.hpp"

// What comes to a door from its own inputs, and from time.

namespace firmware {

void Door::switches(BoltSwitches said) {
    const LockState before = controller_.state();
    const auto settled = controller_.switches(said, clock_.steady_now());
    if (!settled && controller_.state() != before) {
        log_.info("bolt", {{"state", firmware::name_of(controller_.state())}, {"source", "switch"}});
    }
    after(settled);
    keep_released();
    try_demand();
}

void Door::contact(bool closed) {
    const DoorState before = monitor_.state();
    monitor_.contact(closed, controller_.state(), clock_.steady_now());
    tell_door(before);
    after(controller_.door(closed, clock_.steady_now()));
    const bool unlocked_for_somebody =
        hold_ && hold_->target == Target::unlocked && resting_ == Target::locked;
    if (!closed && unlocked_for_somebody) opened_during_hold_ = true;
    const bool passed_through = closed && unlocked_for_somebody && opened_during_hold_ && !exit_held_;
    if (behaviour_.auto_relock && passed_through) {
        set_hold(std::nullopt);
        keeper_.save();
        demand(Cause::relock);
    }
    try_demand();
}

void Door::tell_door(DoorState before) {
    const DoorState state = monitor_.state();
    if (state == before) return;
    const base::Field field("state", firmware::name_of(state));
    if (state != DoorState::forced && state != DoorState::ajar) return log_.info("door", {field});
    log_.warning("door", {field});
    tell(firmware::name_of(state),
         base::Json::object({{"door", firmware::name_of(state)}, {"lock", describe_lock(facts())}}));
}

// Before anything else, the disk included; no limit refuses it.
void Door::exit_pressed(bool held) {
    if (stopped_) return;
    log_.info("exit_button");
    exit_known_ = true;
    exit_held_ = held;
    fire_.latched() ? release() : let_out();
}

void Door::exit_released() {
    exit_known_ = true;
    exit_held_ = false;
    try_demand();
}

// Somebody holds the button, and the lock bears to stay released for as long.
bool Door::kept_open() const {
    return exit_held_ && controller_.settings().timings.max_on.count() == 0;
}

void Door::let_out() {
    operations_.finish_started(Target::locked, failure(409, "somebody inside asked to leave"));
    moved_ = operations_.take_number();
    const Hold asked = make_hold(Target::unlocked, behaviour_.exit_time, clock_);
    const bool longer_already =
        hold_ && hold_->target == Target::unlocked && (!hold_->ends || *hold_->ends > *asked.ends);
    if (!longer_already) set_hold(asked, behaviour_.exit_time);
    go(Target::unlocked, Cause::exit_button, Urgency::at_once);
    keeper_.save();
}

void Door::fire_loop(bool open) {
    const auto before = fire_.state();
    const bool begins = fire_.loop(open);
    if (begins) release();
    if (fire_.state() != before) {
        const base::Field state("state", firmware::name_of(*fire_.state()));
        if (fire_.latched()) {
            log_.warning("fire", {state});
        } else {
            log_.info("fire", {state});
        }
    }
    if (begins) {
        save_fire();
        tell("fire", base::Json::object({{"fire", "alarm"}, {"lock", describe_lock(facts())}}));
    }
    try_demand();
    seams_.changed();
}

void Door::fire_reset(bool active) {
    const bool was_latched = fire_.latched();
    const bool whole = fire_.state() == FireState::latched;
    if (fire_.reset_key(active)) {
        log_.notice("fire_reset");
        save_fire();
        tell("fire_reset", base::Json::object({{"fire", "clear"}, {"lock", describe_lock(facts())}}));
        exit_held_ ? let_out() : demand(Cause::fire_reset);
    } else if (active && was_latched) {
        log_.warning("fire_reset_refused", {{"reason", whole ? "the reset was active from the start; release "
                                                               "it and work it again"
                                                             : "the fire loop is still open"}});
    }
    seams_.changed();
}

void Door::tamper(bool open) {
    const TamperState state = open ? TamperState::alarm : TamperState::clear;
    if (tamper_ == state) return;
    const bool told = tamper_ == TamperState::alarm || open;  // a loop that is found whole is no event
    tamper_ = state;
    const base::Field field("state", firmware::name_of(state));
    if (open) {
        log_.warning("tamper", {field});
    } else {
        log_.info("tamper", {field});
    }
    if (told) tell("tamper", base::Json::object({{"tamper", firmware::name_of(state)}}));
    seams_.changed();
}

void Door::set_behaviour(const DoorBehaviour& behaviour) {
    const DoorState before = monitor_.state();
    behaviour_ = behaviour;
    monitor_.set_ajar_time(behaviour.ajar_time, clock_.steady_now());
    tell_door(before);
    seams_.changed();
}

void Door::tick() {
    const auto now = clock_.steady_now();
    const DoorState before = monitor_.state();
    monitor_.tick(now);
    tell_door(before);
    if (const auto due = controller_.next_due(); due && *due <= now) after(controller_.tick(now));
    keep_released();
    answer_overdue();
    if (look_at_clock_ && *look_at_clock_ <= now && !stopped_) watch_clock();
    if (fire_save_again_ && *fire_save_again_ <= now && !stopped_) save_fire();
    const bool over = hold_end() && *hold_end() <= now && !stopped_;
    if (over && kept_open() && hold_->target == Target::unlocked) {
        hold_ = make_hold(Target::unlocked, behaviour_.exit_time, clock_);
    } else if (over) {
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
    sooner(next_release());
    sooner(operations_.next_due());
    if (stopped_) return due;
    sooner(fire_save_again_);
    sooner(look_at_clock_);
    sooner(hold_end());
    return due;
}

}  // namespace firmware
