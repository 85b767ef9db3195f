#include "firmware/lock.hpp"

#include <array>
#include <cassert>
#include <cstddef>

namespace firmware {

namespace {

constexpr std::array<std::string_view, 2> target_names{"locked", "unlocked"};
constexpr std::array<std::string_view, 6> state_names{"unknown",  "locked",    "locking",
                                                      "unlocked", "unlocking", "jammed"};
constexpr std::array<std::string_view, 5> door_names{"unknown", "open", "closed", "ajar", "forced"};
constexpr std::array<std::string_view, 6> kind_names{
    "motor_bolt", "latching_solenoid", "fail_secure_strike", "fail_safe_strike", "magnetic_lock", "solenoid"};
constexpr std::array<std::string_view, 3> drive_names{"off", "toward_locked", "toward_unlocked"};
constexpr std::array<std::string_view, 7> cause_names{"method", "hold_end", "start",     "exit_button",
                                                      "relock", "fire",     "fire_reset"};

template <std::size_t N, typename Enum>
std::string_view at(const std::array<std::string_view, N>& names, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    assert(index < N);
    return names[index];
}

template <typename Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view text) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Target target) {
    return at(target_names, target);
}
std::string_view name_of(LockState state) {
    return at(state_names, state);
}
std::string_view name_of(DoorState state) {
    return at(door_names, state);
}
std::string_view name_of(LockKind kind) {
    return at(kind_names, kind);
}
std::string_view name_of(Drive drive) {
    return at(drive_names, drive);
}
std::string_view name_of(Cause cause) {
    return at(cause_names, cause);
}

std::optional<Target> parse_target(std::string_view text) {
    return find<Target>(target_names, text);
}
std::optional<LockKind> parse_lock_kind(std::string_view text) {
    return find<LockKind>(kind_names, text);
}

std::optional<Target> powered_side(LockKind kind) {
    switch (kind) {
        case LockKind::motor_bolt:
        case LockKind::latching_solenoid:
            return std::nullopt;
        case LockKind::fail_secure_strike:
        case LockKind::solenoid:
            return Target::unlocked;
        case LockKind::fail_safe_strike:
        case LockKind::magnetic_lock:
            return Target::locked;
    }
    return std::nullopt;
}

}  // namespace firmware
