#include "firmware/door.hpp"

#include <utility>

namespace firmware {

namespace {

// A bolt that fire could not release is tried again so often.
constexpr std::chrono::seconds release_pause{5};
// A latch that could not be written down is written again after this.
constexpr std::chrono::seconds save_pause{10};

}  // namespace

// ---- where the bolt goes ----

void Door::set_hold(std::optional<Hold> hold, std::optional<std::chrono::milliseconds> time) {
    hold_ = hold;
    hold_time_ = controller_.settings().timings.max_on.count() == 0 ? time : std::nullopt;
    demanded_.reset();
    opened_during_hold_ = false;
}

// Nothing while its bolt is on the way there.
std::optional<base::SteadyTime> Door::hold_end() const {
    if (!hold_ || controller_.moving_to() == hold_->target) return std::nullopt;
    return hold_->ends;
}

// The bolt that hold_ has moved is there, or has failed to be.
void Door::begin_hold(const Settled& settled) {
    if (!hold_ || hold_->target != settled.target) return;
    const auto time = std::exchange(hold_time_, std::nullopt);
    if (!time || settled.how != Settlement::reached) return;
    const Hold begun = make_hold(settled.target, time, clock_);
    if (std::exchange(hold_, begun) != begun) keeper_.save();
}

void Door::go(Target target, Cause cause, Urgency urgency) {
    moving_for_ = cause;
    demanded_.reset();
    const bool stood = !controller_.moving();
    const auto settled = controller_.command(target, clock_.steady_now(), urgency);
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
    if (!demanded_ || stopped_ || fire_.latched() || !fire_.knows()) return;
    if (!controller_.knows() || (inputs_.contact && !monitor_.closed()) || !exit_known_) return;
    const Target target = hold_ ? hold_->target : resting_;
    if (target == Target::locked && kept_open()) return;
    const auto admitted = controller_.admits(target, clock_.steady_now());
    // Cool-down is waited for by the controller, the duty limit is for commands; an open door is waited for
    // here.
    if (!admitted && admitted.error().code == base::Errc::conflict) return;
    // Somebody may have passed a door whose bolt was still under way.
    operations_.finish_started(opposite(target),
                               failure(409, "the door had to go back before the bolt arrived"));
    go(target, *demanded_);
}

// ---- fire ----

void Door::release() {
    if (stopped_) return;
    may_release_ = clock_.steady_now() + release_pause;
    operations_.finish_started(Target::locked, failure(409, "fire: the door is released"));
    // Commands that still wait for the disk are earlier than this.
    moved_ = operations_.take_number();
    set_hold(std::nullopt);
    go(Target::unlocked, Cause::fire, Urgency::at_once);
}

// Whatever has moved it, a door under fire is released again; a bolt that is stuck is tried again and again.
void Door::keep_released() {
    if (const auto due = next_release(); due && *due <= clock_.steady_now()) release();
}

std::optional<base::SteadyTime> Door::next_release() const {
    if (!fire_.latched() || stopped_) return std::nullopt;
    if (controller_.moving() || controller_.rests_at(Target::unlocked)) return std::nullopt;
    return may_release_;
}

// The latch, or its end, goes to the disk; what a failing disk has not taken is tried again, and what has
// changed meanwhile follows.
void Door::save_fire() {
    FireMark& mark = keeper_.state().fire;
    if (mark.latched != fire_.latched()) mark = {mark.change + 1, fire_.latched()};
    if (std::exchange(saving_fire_, true)) return;
    fire_save_again_.reset();
    keeper_.save_fire([this, change = mark.change](const base::Result<void>& saved) {
        saving_fire_ = false;
        const bool newer = keeper_.state().fire.change != change;
        if (!saved && !stopped_) fire_save_again_ = clock_.steady_now() + save_pause;
        if (saved && newer) save_fire();
        seams_.changed();
    });
}

// ---- what the bolt does ----

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
    const bool hurries = controller_.urgency() == Urgency::at_once && seams_.drive_at_once;
    if (auto set = hurries ? seams_.drive_at_once(wanted) : seams_.drive(wanted); !set)
        return line_failed(set.error());
    controller_.driven(clock_.steady_now());
}

void Door::line_failed(const base::Error& error) {
    log_.error("line_failed", {{"reason", error.message}});
    applied_ = Drive::off;
    after(controller_.line_failed(clock_.steady_now()));
}

void Door::settle(const Settled& settled) {
    begin_hold(settled);
    if (!quiet_) tell(settled);
    if (settled.how == Settlement::stopped) {
        // The command has failed and holds nothing; where the door belongs, it goes when it is closed again.
        if (moving_for_ == Cause::method) {
            set_hold(std::nullopt);
            keeper_.save();
        }
        demanded_ = Cause::relock;
    }
    for (const std::uint64_t number : operations_.started(settled.target)) {
        Operation* operation = operations_.find(number);
        if (operation != nullptr) operations_.finish(*operation, outcome(operation->command, settled));
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
    const bool stuck = settled.how == Settlement::jammed || settled.how == Settlement::dead_line;
    base::Json facts = base::Json::object({{"target", firmware::name_of(settled.target)},
                                           {"cause", cause},
                                           {"result", firmware::name_of(settled.how)},
                                           {"lock", describe_lock(this->facts())}});
    tell(stuck ? "jam" : "operation", std::move(facts));
}

void Door::tell(std::string_view kind, base::Json facts) {
    if (!seams_.event) return;
    seams_.event(Event{.kind = std::string(kind),
                       .facts = std::move(facts),
                       .at = clock_.system_now(),
                       .clock_trusted = clock_is_trusted()});
}

}  // namespace firmware
