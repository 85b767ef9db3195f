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
    if (motion_->stage != Stage::waiting) return std::nullopt;
    motion_->due = ready_at(motion_->target, now);
    return motion_->due <= now ? engage(now) : std::nullopt;
}

std::optional<Settled> LockController::begin(Target target, base::SteadyTime now) {
    const unsigned most = settings_.timings.duty_operations;
    if (most > 0) {
        if (operations_.size() == most) operations_.pop_front();
        operations_.push_back(now);
    }
    if (drive_ != Drive::off && drive_ != toward(target)) release(now);
    motion_ = Motion{.target = target, .due = ready_at(target, now)};
    return motion_->due <= now ? engage(now) : std::nullopt;
}

// When the line for this way may be switched on: after the dead time behind the other direction, or the
// cool-down of a line that was on.
base::SteadyTime LockController::ready_at(Target target, base::SteadyTime now) const {
    if (!off_since_) return now;
    if (keeps_without_power(settings_.kind)) {
        return last_drive_ == toward(target) ? now : *off_since_ + settings_.timings.dead_time;
    }
    const bool cools_down = powers(target) && drive_ == Drive::off && urgency_ == Urgency::usual;
    return cools_down ? *off_since_ + settings_.timings.min_off : now;
}

std::optional<Settled> LockController::engage(base::SteadyTime now) {
    assert(motion_);
    motion_->stage = Stage::driving;
    motion_->due = now + settings_.timings.travel;
    const Target target = motion_->target;
    if (keeps_without_power(settings_.kind)) {
        if (agrees(target, false)) return arrive();
        energise(target, now);
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
    last_drive_ = drive_;
    drive_ = Drive::off;
    off_since_ = now;
}

std::optional<Settled> LockController::switches(BoltSwitches said, base::SteadyTime now) {
    const std::optional<Target> before = position();
    switches_ = said;
    if (jammed_ && position() && position() != before) jammed_ = false;
    if (!motion_ || motion_->stage != Stage::driving || !agrees(motion_->target, false)) return std::nullopt;
    // A motor stops at its end; a pulse goes on to its own.
    if (settings_.kind == LockKind::motor_bolt) release(now);
    return arrive();
}

std::optional<Settled> LockController::door(std::optional<bool> closed, base::SteadyTime now) {
    door_closed_ = closed;
    const bool opened_under_bolt =
        settings_.lock_needs_closed_door && closed == false && moving_to() == Target::locked;
    if (!opened_under_bolt) return std::nullopt;
    // A half-thrown bolt would hit the frame when the door falls shut, so it is drawn back.
    (void)begin(Target::unlocked, now);
    return Settled{Target::locked, Settlement::stopped};
}

std::optional<Settled> LockController::tick(base::SteadyTime now) {
    if (drive_ends_ && *drive_ends_ <= now && !(motion_ && motion_->due <= now)) return power_over(now);
    if (!motion_ || motion_->due > now) return std::nullopt;
    return motion_->stage == Stage::waiting ? engage(now) : travel_over(now);
}

// A pulse has ended, or the longest time under power is over: then the bolt goes where it goes without power.
std::optional<Settled> LockController::power_over(base::SteadyTime now) {
    release(now);
    if (keeps_without_power(settings_.kind)) return std::nullopt;
    const std::optional<Target> powered = powered_side(settings_.kind);
    assert(powered);
    const bool was_waited_for = moving_to() == *powered;
    motion_ =
        Motion{.target = opposite(*powered), .stage = Stage::driving, .due = now + settings_.timings.travel};
    if (was_waited_for) return Settled{*powered, Settlement::jammed};
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
