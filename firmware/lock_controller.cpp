#include "firmware/lock_controller.hpp"

#include "base/duration.hpp"

#include <algorithm>
#include <cassert>
#include <string>

namespace firmware {

namespace {

constexpr int attempts_most = 2;

std::string seconds_left(base::SteadyTime until, base::SteadyTime now) {
    return base::format_duration(std::chrono::ceil<std::chrono::milliseconds>(until - now));
}

}  // namespace

std::string_view name_of(Settlement how) {
    switch (how) {
        case Settlement::reached:
            return "reached";
        case Settlement::jammed:
            return "jammed";
        case Settlement::stopped:
            return "stopped";
        case Settlement::dead_line:
            return "dead_line";
    }
    return "";
}

LockController::LockController(const LockSettings& settings) : settings_(settings) {}

base::Result<void> LockController::admits(Target target, base::SteadyTime now) const {
    if (there_already(target) || moving_to() == target) return {};
    if (target == Target::locked && settings_.lock_needs_closed_door && door_closed_ != true) {
        return base::Error{base::Errc::conflict,
                           door_closed_
                               ? "the door is open; the bolt is thrown on a closed door only"
                               : "the door contact has not spoken yet; the bolt is thrown on a closed "
                                 "door only"};
    }
    const LockTimings& timings = settings_.timings;
    if (timings.duty_operations > 0 && recent_operations(now) >= timings.duty_operations) {
        return base::Error{base::Errc::busy,
                           "more than " + std::to_string(timings.duty_operations) + " movements in " +
                               base::format_duration(timings.duty_window) + "; possible again in " +
                               seconds_left(operations_.front() + timings.duty_window, now)};
    }
    if (powers(target) && drive_ == Drive::off && off_since_ && *off_since_ + timings.min_off > now) {
        return base::Error{base::Errc::busy, "the actuator cools down; possible again in " +
                                                 seconds_left(*off_since_ + timings.min_off, now)};
    }
    return {};
}

std::optional<Settled> LockController::command(Target target, base::SteadyTime now, Urgency urgency) {
    if (moving_to() == target) return urgency == Urgency::at_once ? hurry(now) : std::nullopt;
    urgency_ = urgency;
    jammed_ = false;
    if (there_already(target)) return Settled{target, Settlement::reached};
    return begin(target, now);
}

// What still waits for a cool-down or a pause waits no longer. It stays the attempt that it was, so that
// whoever waits for its end gets one.
std::optional<Settled> LockController::hurry(base::SteadyTime now) {
    urgency_ = Urgency::at_once;
    return motion_->stage == Stage::waiting ? proceed(now) : std::nullopt;
}

std::optional<Settled> LockController::begin(Target target, base::SteadyTime now) {
    const unsigned most = settings_.timings.duty_operations;
    if (most > 0) {
        if (operations_.size() == most) operations_.pop_front();
        operations_.push_back(now);
    }
    motion_ = Motion{.target = target, .due = now};
    return proceed(now);
}

// Goes as far as the times allow: the other drive off when it has been on for long enough, then the line for
// this way on when it has been off for long enough.
std::optional<Settled> LockController::proceed(base::SteadyTime now) {
    assert(waiting());
    if (drive_ != Drive::off && drive_ != toward(motion_->target)) {
        motion_->due = may_release_at(now);
        if (motion_->due > now) return std::nullopt;
        release(now);
    }
    motion_->due = ready_at(motion_->target, now);
    return motion_->due <= now ? engage(now) : std::nullopt;
}

// When a drive that is on may be switched off for the sake of a movement. Who has to get out waits for
// nothing.
base::SteadyTime LockController::may_release_at(base::SteadyTime now) const {
    if (urgency_ == Urgency::at_once) return now;
    const bool pulses = settings_.kind == LockKind::latching_solenoid;
    return on_since_ + (pulses ? settings_.timings.pulse : settings_.timings.min_on);
}

// When the line for this way may be switched on: after the dead time, and the cool-down of an actuator that
// has one.
base::SteadyTime LockController::ready_at(Target target, base::SteadyTime now) const {
    const bool needs_power = keeps_without_power(settings_.kind) || powers(target);
    if (!off_since_ || !needs_power || drive_ == toward(target)) return now;
    const LockTimings& timings = settings_.timings;
    const bool cools_down = !keeps_without_power(settings_.kind) && urgency_ == Urgency::usual;
    return *off_since_ + (cools_down ? std::max(timings.dead_time, timings.min_off) : timings.dead_time);
}

std::optional<Settled> LockController::engage(base::SteadyTime now) {
    assert(motion_);
    motion_->stage = Stage::driving;
    motion_->due = now + settings_.timings.travel;
    const Target target = motion_->target;
    if (keeps_without_power(settings_.kind)) {
        if (agrees(target, false)) return arrive();
        energise(target, now);
        // A drive that was turned back to before it went off has its time from when it went on.
        if (settings_.kind == LockKind::motor_bolt) motion_->due = *drive_ends_;
        return std::nullopt;
    }
    if (powers(target)) {
        energise(target, now);
    } else {
        release(now);
    }
    return agrees(target, false) ? arrive() : std::nullopt;
}

void LockController::energise(Target target, base::SteadyTime now) {
    if (drive_ == toward(target)) return;
    drive_ = toward(target);
    on_since_ = now;
    drive_ends_.reset();
    const LockTimings& timings = settings_.timings;
    if (settings_.kind == LockKind::motor_bolt) {
        drive_ends_ = now + timings.travel;
    } else if (settings_.kind == LockKind::latching_solenoid) {
        drive_ends_ = now + timings.pulse;
    } else if (timings.max_on.count() > 0) {
        drive_ends_ = now + timings.max_on;
    }
}

void LockController::release(base::SteadyTime now) {
    drive_ends_.reset();
    if (drive_ == Drive::off) return;
    drive_ = Drive::off;
    off_since_ = now;
}

void LockController::driven(base::SteadyTime now) {
    if (drive_ != Drive::off) {
        on_since_ = std::max(on_since_, now);
    } else {
        off_since_ = std::max(off_since_.value_or(now), now);
    }
}

std::optional<Settled> LockController::switches(BoltSwitches said, base::SteadyTime now) {
    const std::optional<Target> before = position();
    switches_ = said;
    if (jammed_ && position() && position() != before) jammed_ = false;
    // A motor stops at its end, whatever it is to do next; a pulse goes on to its own.
    const bool at_end = settings_.kind == LockKind::motor_bolt && drive_ != Drive::off &&
                        agrees(drive_ == Drive::toward_locked ? Target::locked : Target::unlocked, false);
    if (at_end) release(now);
    if (waiting()) return at_end ? proceed(now) : std::nullopt;
    return motion_ && agrees(motion_->target, false) ? arrive() : std::nullopt;
}

std::optional<Settled> LockController::door(std::optional<bool> closed, base::SteadyTime now) {
    door_closed_ = closed;
    const bool under_bolt = settings_.lock_needs_closed_door && closed == false && motion_ &&
                            (moving_to() == Target::locked || drive_ == Drive::toward_locked);
    if (!under_bolt) return std::nullopt;
    if (drive_ == Drive::toward_locked) release(now);
    // It was to be drawn back anyway.
    if (moving_to() == Target::unlocked) return proceed(now);
    // A half-thrown bolt would hit the frame when the door falls shut, so it is drawn back.
    (void)begin(Target::unlocked, now);
    return Settled{Target::locked, Settlement::stopped};
}

std::optional<Settled> LockController::tick(base::SteadyTime now) {
    if (drive_ends_ && *drive_ends_ <= now && !(motion_ && motion_->due <= now)) return power_over(now);
    if (!motion_ || motion_->due > now) return std::nullopt;
    return waiting() ? proceed(now) : travel_over(now);
}

// A pulse has ended, or the longest time under power is over: then the bolt goes where it goes without power.
std::optional<Settled> LockController::power_over(base::SteadyTime now) {
    release(now);
    if (keeps_without_power(settings_.kind)) return std::nullopt;
    const std::optional<Target> powered = powered_side(settings_.kind);
    assert(powered);
    const bool was_waited_for = moving_to() == *powered;
    // One that was turned back to just before: its power has lasted for longer than a travel.
    const Settlement how = agrees(*powered, true) ? Settlement::reached : Settlement::jammed;
    motion_ =
        Motion{.target = opposite(*powered), .stage = Stage::driving, .due = now + settings_.timings.travel};
    if (was_waited_for) return Settled{*powered, how};
    return agrees(motion_->target, false) ? arrive() : std::nullopt;
}

std::optional<Settled> LockController::travel_over(base::SteadyTime now) {
    const Target target = motion_->target;
    if (agrees(target, true)) {
        if (keeps_without_power(settings_.kind)) release(now);
        return arrive();
    }
    release(now);
    if (motion_->attempt < attempts_most) {
        motion_ = Motion{.target = target,
                         .attempt = motion_->attempt + 1,
                         .due = std::max(now + settings_.timings.pause, ready_at(target, now))};
        return std::nullopt;
    }
    motion_.reset();
    jammed_ = true;
    return Settled{target, Settlement::jammed};
}

std::optional<Settled> LockController::arrive() {
    const Target target = motion_->target;
    motion_.reset();
    assumed_position_ = target;
    return Settled{target, Settlement::reached};
}

std::optional<Settled> LockController::line_failed(base::SteadyTime now) {
    release(now);
    jammed_ = true;
    if (!motion_) return std::nullopt;
    const Target target = motion_->target;
    motion_.reset();
    return Settled{target, Settlement::dead_line};
}

LockState LockController::state() const {
    if (motion_) return motion_->target == Target::locked ? LockState::locking : LockState::unlocking;
    if (jammed_) return LockState::jammed;
    const std::optional<Target> at = position();
    return at ? reached(*at) : LockState::unknown;
}

bool LockController::assumed() const {
    return !has_switch() && assumed_position_.has_value();
}

std::optional<Target> LockController::moving_to() const {
    return motion_ ? std::optional(motion_->target) : std::nullopt;
}

bool LockController::knows() const {
    return (!settings_.locked_switch || switches_.locked) &&
           (!settings_.unlocked_switch || switches_.unlocked);
}

std::optional<base::SteadyTime> LockController::next_due() const {
    if (!motion_) return drive_ends_;
    return drive_ends_ ? std::min(motion_->due, *drive_ends_) : motion_->due;
}

// Where the bolt is: both switches must have spoken and not contradict each other; a single one speaks for
// both ends.
std::optional<Target> LockController::position() const {
    if (!has_switch()) return assumed_position_;
    if (!knows()) return std::nullopt;
    const bool locked = settings_.locked_switch ? *switches_.locked : !*switches_.unlocked;
    const bool unlocked = settings_.unlocked_switch ? *switches_.unlocked : !*switches_.locked;
    if (locked == unlocked) return std::nullopt;
    return locked ? Target::locked : Target::unlocked;
}

bool LockController::powers(Target target) const {
    return powered_side(settings_.kind) == target;
}

// What a one-line kind needs to stay at `target`.
Drive LockController::resting_drive(Target target) const {
    return powers(target) ? toward(target) : Drive::off;
}

bool LockController::rests_at(Target target) const {
    if (motion_ || jammed_ || position() != target) return false;
    return keeps_without_power(settings_.kind) || drive_ == resting_drive(target);
}

bool LockController::there_already(Target target) const {
    return has_switch() && rests_at(target);
}

bool LockController::agrees(Target target, bool travel_over) const {
    const bool own_switch = target == Target::locked ? settings_.locked_switch : settings_.unlocked_switch;
    if (own_switch) return position() == target;
    // The far switch says only that the bolt has left, the absence of any says nothing: both need the time.
    return travel_over && (!has_switch() || position() == target);
}

unsigned LockController::recent_operations(base::SteadyTime now) const {
    const auto recent = std::count_if(operations_.begin(), operations_.end(), [&](base::SteadyTime at) {
        return at + settings_.timings.duty_window > now;
    });
    return static_cast<unsigned>(recent);
}

}  // namespace firmware
