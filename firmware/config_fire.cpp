#include "firmware/config_fire.hpp"

#include "base/duration.hpp"
#include "firmware/config_lock.hpp"

#include <string>

namespace firmware {

namespace {

// A bias that holds a broken wire at the level of a whole loop would hide a cut.
void check_bias(ConfigSection& fire, const hal::LineConfig& loop) {
    const hal::Bias hides = loop.active_low ? hal::Bias::pull_up : hal::Bias::pull_down;
    if (loop.bias != hides) return;
    fire.complain("loop",
                  std::string("with this bias a broken wire would look like a whole loop; a loop that ") +
                      (loop.active_low ? "is active_low needs pull_down"
                                       : "is wired to ground needs pull_up, and no active_low"));
}

void check_kind(ConfigSection& fire, const LockSettings& lock) {
    if (powered_side(lock.kind) != Target::unlocked) return;
    if (lock.timings.max_on.count() > 0) {
        return fire.complain(
            "loop", "this lock is released by power and bears it for " +
                        base::format_duration(lock.timings.max_on) +
                        " only, so it cannot stay released; fire needs a kind that stays released "
                        "without power, or a fail_secure_strike rated for continuous duty (no max_on)");
    }
    fire.warn("loop",
              "this lock is released by power: when its supply or this service fails, it locks in spite "
              "of fire; a fail_safe_strike or a magnetic_lock does not");
}

}  // namespace

void read_fire(ConfigSection fire, Config& config) {
    if (!fire.exists()) return;
    DoorLines& lines = config.lines;
    lines.fire_loop = read_line(fire, "loop", "fire loop");
    lines.fire_reset = read_line(fire, "reset", "fire reset");
    if (const auto time = fire.duration("debounce", std::chrono::milliseconds(0), std::chrono::seconds(1))) {
        lines.fire_debounce = *time;
    }
    if (!fire.has("loop")) {
        fire.complain("loop", "this setting is missing: the input that a normally-closed loop is on");
    }
    if (!fire.has("reset")) {
        fire.complain("reset",
                      "this setting is missing: the input of a key switch or button at the door; a "
                      "fire alarm ends there and nowhere else");
    }
    fire.finish();
    if (lines.fire_loop) {
        check_bias(fire, *lines.fire_loop);
        check_kind(fire, config.lock);
    }
}

}  // namespace firmware
