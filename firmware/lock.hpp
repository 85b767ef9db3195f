#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace firmware {

// Where the bolt is to go.
enum class Target { locked, unlocked };

// What is known of the bolt. locking and unlocking only while something drives it or its travel is awaited.
enum class LockState { unknown, locked, locking, unlocked, unlocking, jammed };

enum class DoorState { unknown, open, closed, ajar, forced };

// What power means for an actuator.
enum class LockKind {
    motor_bolt,          // two lines, driven until the end switch or the travel time
    latching_solenoid,   // two lines, a pulse each way
    fail_secure_strike,  // one line, power releases
    fail_safe_strike,    // one line, power holds
    magnetic_lock,       // one line, power holds
    solenoid,            // one line, power releases, for a short time only
};

// What the lines do: nothing, or what moves (or holds) the bolt that way. Being one value, it cannot ask for
// both directions at once.
enum class Drive { off, toward_locked, toward_unlocked };

// What asked for a movement; it stands in the log and in the reported lastOperation.
enum class Cause { method, hold_end, start, exit_button, relock, fire, fire_reset };

// How a movement treats the limits that spare an actuator. at_once is for people who have to get out: it
// waits for no cool-down, for no pause before a second attempt, and not for the shortest time under power of
// what holds them in. Dead time and the longest time under power stand.
enum class Urgency { usual, at_once };

[[nodiscard]] std::string_view name_of(Target target);
[[nodiscard]] std::string_view name_of(LockState state);
[[nodiscard]] std::string_view name_of(DoorState state);
[[nodiscard]] std::string_view name_of(LockKind kind);
[[nodiscard]] std::string_view name_of(Drive drive);
[[nodiscard]] std::string_view name_of(Cause cause);

[[nodiscard]] std::optional<Target> parse_target(std::string_view text);
[[nodiscard]] std::optional<LockKind> parse_lock_kind(std::string_view text);

[[nodiscard]] constexpr Target opposite(Target target) {
    return target == Target::locked ? Target::unlocked : Target::locked;
}
[[nodiscard]] constexpr Drive toward(Target target) {
    return target == Target::locked ? Drive::toward_locked : Drive::toward_unlocked;
}
// The state in which `target` is reached.
[[nodiscard]] constexpr LockState reached(Target target) {
    return target == Target::locked ? LockState::locked : LockState::unlocked;
}

// Two lines, one a direction; the bolt stays where it is without power.
[[nodiscard]] constexpr bool keeps_without_power(LockKind kind) {
    return kind == LockKind::motor_bolt || kind == LockKind::latching_solenoid;
}
// One line: the side to which power takes the bolt. Nothing for two-line kinds.
[[nodiscard]] std::optional<Target> powered_side(LockKind kind);

// How the actuator behaves in time. Checked by the configuration; the controller takes it as right.
struct LockTimings {
    std::chrono::milliseconds travel{3000};    // the longest a healthy bolt takes
    std::chrono::milliseconds pulse{50};       // latching solenoid: how long a pulse lasts
    std::chrono::milliseconds pause{2000};     // before the second attempt after a jam
    std::chrono::milliseconds min_on{100};     // shortest time under power; a pulse lasts its own
    std::chrono::milliseconds dead_time{100};  // all lines off before power may come again, either way
    std::chrono::milliseconds max_on{0};       // longest time under power; 0: rated for continuous duty
    std::chrono::milliseconds min_off{0};      // cool-down, for the sake of the coil
    unsigned duty_operations = 0;              // movements in duty_window; 0: no limit
    std::chrono::milliseconds duty_window{60000};

    bool operator==(const LockTimings&) const = default;
};

struct LockSettings {
    LockKind kind = LockKind::motor_bolt;
    LockTimings timings;
    bool locked_switch = false;           // there is a switch that closes when the bolt is locked
    bool unlocked_switch = false;         // there is one that closes when it is unlocked
    bool lock_needs_closed_door = false;  // interlock: never throw the bolt on an open door
};

}  // namespace firmware
