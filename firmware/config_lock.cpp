#include "firmware/config_lock.hpp"

#include "base/duration.hpp"
#include "firmware/answer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace firmware {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void read_lines(ConfigSection lines, ConfigSection& lock, Config& config) {
    const bool two = keeps_without_power(config.lock.kind);
    if (two) {
        config.lines.lock = read_line(lines, "lock", "lock drive");
        config.lines.unlock = read_line(lines, "unlock", "unlock drive");
        const bool both = lines.has("lock") && lines.has("unlock");
        if (!both)
            lock.complain("lines", "this kind needs both lock and unlock, the lines that drive it each way");
    } else {
        config.lines.power = read_line(lines, "power", "lock power");
        if (!lines.has("power")) lock.complain("lines", "this kind needs power, the line that energises it");
    }
    lines.finish();
}

void read_switches(ConfigSection switches, Config& config) {
    config.lines.locked_switch = read_line(switches, "locked", "locked switch");
    config.lines.unlocked_switch = read_line(switches, "unlocked", "unlocked switch");
    config.lock.locked_switch = config.lines.locked_switch.has_value();
    config.lock.unlocked_switch = config.lines.unlocked_switch.has_value();
    switches.finish();
}

void read_duty(ConfigSection duty, LockTimings& timings) {
    if (!duty.exists()) return;
    const auto operations = duty.integer("operations", 1, 1000);
    const auto window = duty.duration("window", seconds(1), std::chrono::hours(1));
    if (operations) timings.duty_operations = static_cast<unsigned>(*operations);
    if (window) timings.duty_window = *window;
    if (!duty.has("operations")) duty.complain("operations", "this setting is missing: movements in window");
    duty.finish();
}

void read_timings(ConfigSection& lock, LockKind kind, LockTimings& timings) {
    const auto take = [&lock](std::string_view name, milliseconds least, milliseconds most,
                              milliseconds& into) {
        if (const auto time = lock.duration(name, least, most)) into = *time;
    };
    const bool two = keeps_without_power(kind);
    if (!two) {
        timings.travel = milliseconds(1000);
        timings.pause = milliseconds(500);
    }
    take("travel", milliseconds(10), seconds(12), timings.travel);
    timings.min_on = std::min(timings.min_on, timings.travel);
    if (kind != LockKind::latching_solenoid) take("min_on", milliseconds(1), seconds(2), timings.min_on);
    take("dead_time", milliseconds(1), seconds(2), timings.dead_time);
    take("pause", milliseconds(0), seconds(10), timings.pause);
    if (kind == LockKind::latching_solenoid) take("pulse", milliseconds(5), seconds(2), timings.pulse);
    for (const std::string_view name : {"max_on", "min_off"}) {
        if (kind == LockKind::solenoid && !lock.has(name)) {
            lock.complain(name, "this setting is missing: a solenoid has one in its data sheet");
        }
    }
    if (powered_side(kind) == Target::unlocked) {
        take("max_on", milliseconds(50), std::chrono::hours(24), timings.max_on);
        take("min_off", milliseconds(0), std::chrono::minutes(10), timings.min_off);
    }
    read_duty(lock.section("duty"), timings);
}

// A process that hangs is ended by the watchdog and its lines are then switched off. What burns sooner needs
// a one-shot in hardware.
void check_exposure(ConfigSection& lock, const LockSettings& settings) {
    const bool cut_off = lock.boolean("hardware_cutoff").value_or(false);
    const auto watchdog = lock.duration("watchdog", seconds(1), seconds(60)).value_or(seconds(5));
    const milliseconds exposure = watchdog + seconds(1);
    const LockTimings& timings = settings.timings;
    const milliseconds bears = settings.kind == LockKind::latching_solenoid ? timings.pulse : timings.max_on;
    if (cut_off || bears.count() == 0 || bears > exposure) return;
    lock.complain("hardware_cutoff",
                  "a crash can leave this actuator under power for " + base::format_duration(exposure) +
                      " (the service's watchdog and one second), and it bears " +
                      base::format_duration(bears) + "; fit a one-shot in hardware and say true here");
}

void check(ConfigSection& lock, const Config& config) {
    const LockTimings& timings = config.lock.timings;
    // A drive that is on ends, the lines rest, and of two attempts the second waits for its pause.
    const auto answer = timings.min_on + timings.dead_time + timings.travel * 2 +
                        std::max({timings.pause, timings.min_off, timings.dead_time});
    if (answer > longest_answer) {
        lock.complain("travel", "two travels and the pauses before them take " +
                                    base::format_duration(answer) +
                                    "; the answer to a command must come within " +
                                    base::format_duration(longest_answer));
    }
    if (config.lock.kind == LockKind::latching_solenoid && timings.pulse > timings.travel) {
        lock.complain("pulse",
                      "it may not be longer than travel (" + base::format_duration(timings.travel) + ")");
    }
    if (timings.min_on > timings.travel) {
        lock.complain("min_on",
                      "it may not be longer than travel (" + base::format_duration(timings.travel) + ")");
    }
    if (timings.max_on.count() > 0 && timings.max_on <= timings.travel) {
        lock.complain("max_on",
                      "it must be longer than travel (" + base::format_duration(timings.travel) + ")");
    }
    if (timings.max_on.count() > 0 && config.resting == Target::unlocked) {
        lock.complain("resting", "a lock that is unlocked by power and may be under power for " +
                                     base::format_duration(timings.max_on) + " only cannot rest unlocked");
    }
}

}  // namespace

std::optional<hal::LineConfig> read_line(ConfigSection& section, std::string_view name,
                                         std::string_view what) {
    const auto raw = section.raw(name);
    if (!raw) return std::nullopt;
    hal::LineConfig line;
    line.consumer = "doorlockd " + std::string(what);
    if (!raw->starts_with('{')) {
        const auto text = section.text(name);
        if (!text) return std::nullopt;
        line.line = *text;
        return line;
    }
    ConfigSection detail = section.section(name);
    const auto text = detail.text("line");
    if (!detail.has("line"))
        detail.complain("line", "this setting is missing: \"GPIO17\" or \"chip label:17\"");
    line.line = text.value_or("");
    line.active_low = detail.boolean("active_low").value_or(false);
    if (const auto bias = detail.choice("bias", {"as_is", "disabled", "pull_up", "pull_down"})) {
        line.bias = static_cast<hal::Bias>(*bias);
    }
    if (const auto drive = detail.choice("drive", {"push_pull", "open_drain", "open_source"})) {
        line.drive = static_cast<hal::Drive>(*drive);
    }
    detail.finish();
    return text ? std::optional(line) : std::nullopt;
}

void read_lock(ConfigSection lock, Config& config) {
    if (!lock.exists()) return;
    const auto kind = lock.choice("kind", {"motor_bolt", "latching_solenoid", "fail_secure_strike",
                                           "fail_safe_strike", "magnetic_lock", "solenoid"});
    if (!kind) {
        if (!lock.has("kind")) lock.complain("kind", "this setting is missing: what kind of lock it is");
        return;
    }
    config.lock.kind = static_cast<LockKind>(*kind);
    if (const auto resting = lock.choice("resting", {"locked", "unlocked"})) {
        config.resting = *resting == 0 ? Target::locked : Target::unlocked;
    }
    read_lines(lock.section("lines"), lock, config);
    read_switches(lock.section("switches"), config);
    read_timings(lock, config.lock.kind, config.lock.timings);
    if (const auto time = lock.duration("debounce", milliseconds(0), seconds(1))) {
        config.lines.bolt_debounce = *time;
    }
    config.needs_closed_door = lock.boolean("needs_closed_door");
    if (const auto longest = lock.duration("longest_hold", seconds(1), std::chrono::hours(24 * 366))) {
        config.limits.longest = *longest;
    }
    check_exposure(lock, config.lock);
    lock.finish();
    if (config.lock.timings.max_on.count() > 0) config.limits.longest_unlock = config.lock.timings.max_on;
    check(lock, config);
}

}  // namespace firmware
