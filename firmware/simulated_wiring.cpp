#include "firmware/simulated_wiring.hpp"

#include "hal/mock/button.hpp"
#include "hal/mock/door.hpp"
#include "hal/mock/latching_solenoid.hpp"
#include "hal/mock/loop.hpp"
#include "hal/mock/magnetic_lock.hpp"
#include "hal/mock/motor_bolt.hpp"
#include "hal/mock/strike.hpp"

#include <optional>

namespace firmware {

namespace {

hal::Coil coil(const std::optional<hal::LineConfig>& line, const char* label) {
    return {.line = line->line, .label = label, .active_low = line->active_low};
}

std::optional<hal::Contact> contact(const std::optional<hal::LineConfig>& line, const char* label) {
    if (!line) return std::nullopt;
    return hal::Contact{.line = line->line, .label = label, .active_low = line->active_low};
}

void add_loop(const std::optional<hal::LineConfig>& line, const char* name, hal::Wiring& wiring) {
    if (!line) return;
    wiring.add<hal::Loop>(
        name,
        {.contact = {
             .line = line->line, .label = name, .active_low = line->active_low, .normally_closed = true}});
}

void add_motor_bolt(const Config& config, hal::Wiring& wiring) {
    wiring.add<hal::MotorBolt>("bolt", {.lock = coil(config.lines.lock, "lock_drive"),
                                        .unlock = coil(config.lines.unlock, "unlock_drive"),
                                        .locked = contact(config.lines.locked_switch, "locked_switch"),
                                        .unlocked = contact(config.lines.unlocked_switch, "unlocked_switch"),
                                        .travel = config.simulation.travel,
                                        .position = config.simulation.starts == Target::locked ? 1.0 : 0.0});
}

void add_latching_solenoid(const Config& config, hal::Wiring& wiring) {
    wiring.add<hal::LatchingSolenoid>("bolt",
                                      {.lock = coil(config.lines.lock, "lock_drive"),
                                       .unlock = coil(config.lines.unlock, "unlock_drive"),
                                       .locked = contact(config.lines.locked_switch, "locked_switch"),
                                       .unlocked = contact(config.lines.unlocked_switch, "unlocked_switch"),
                                       .pulse = config.lock.timings.pulse / 2,
                                       .starts_locked = config.simulation.starts == Target::locked});
}

void add_magnetic_lock(const Config& config, hal::Wiring& wiring, hal::Door* door) {
    wiring.add<hal::MagneticLock>("bolt", {.coil = coil(config.lines.power, "power"),
                                           .bonded = contact(config.lines.locked_switch, "bonded"),
                                           .door = door});
}

void add_strike(const Config& config, hal::Wiring& wiring) {
    using WithoutPower = hal::Strike::WithoutPower;
    const LockTimings& timings = config.lock.timings;
    const bool releases = powered_side(config.lock.kind) == Target::unlocked;
    wiring.add<hal::Strike>(
        "bolt",
        {.coil = coil(config.lines.power, "power"),
         .without_power = releases ? WithoutPower::locked : WithoutPower::unlocked,
         .locked = contact(config.lines.locked_switch, "locked_switch"),
         .unlocked = contact(config.lines.unlocked_switch, "unlocked_switch"),
         .rated_on = timings.max_on.count() > 0 ? std::optional<std::chrono::nanoseconds>(timings.max_on * 2)
                                                : std::nullopt});
}

}  // namespace

void build_simulated_door(const Config& config, hal::Wiring& wiring) {
    hal::Door& door =
        wiring.add<hal::Door>("door", {.contact = contact(config.lines.contact, "door_contact")});
    switch (config.lock.kind) {
        case LockKind::motor_bolt:
            add_motor_bolt(config, wiring);
            break;
        case LockKind::latching_solenoid:
            add_latching_solenoid(config, wiring);
            break;
        case LockKind::magnetic_lock:
            add_magnetic_lock(config, wiring, &door);
            break;
        case LockKind::fail_secure_strike:
        case LockKind::fail_safe_strike:
        case LockKind::solenoid:
            add_strike(config, wiring);
            break;
    }
    add_loop(config.lines.tamper, "tamper", wiring);
    add_loop(config.lines.fire_loop, "fire", wiring);
    if (const auto key = contact(config.lines.fire_reset, "fire_reset")) {
        wiring.add<hal::Button>("reset", {.contact = *key});
    }
    if (const auto exit = contact(config.lines.exit_button, "exit_button")) {
        wiring.add<hal::Button>("exit", {.contact = *exit});
    }
}

}  // namespace firmware
