#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/config_section.hpp"
#include "firmware/hub_settings.hpp"
#include "firmware/lock.hpp"
#include "firmware/methods.hpp"
#include "firmware/telemetry.hpp"
#include "firmware/twin.hpp"
#include "hal/gpio.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace firmware {

// The lines of a door. Two-line kinds have lock and unlock, the others power.
struct DoorLines {
    std::optional<hal::LineConfig> lock;
    std::optional<hal::LineConfig> unlock;
    std::optional<hal::LineConfig> power;
    std::optional<hal::LineConfig> locked_switch;
    std::optional<hal::LineConfig> unlocked_switch;
    std::optional<hal::LineConfig> contact;  // active while the door is closed
    std::optional<hal::LineConfig> exit_button;
    std::optional<hal::LineConfig> tamper;      // active while its loop is open
    std::optional<hal::LineConfig> fire_loop;   // active while it is open
    std::optional<hal::LineConfig> fire_reset;  // active while the key is turned
    std::chrono::milliseconds bolt_debounce{5};
    std::chrono::milliseconds door_debounce{30};
    std::chrono::milliseconds fire_debounce{50};
};

// How the simulated parts behave under --simulate.
struct Simulation {
    std::chrono::milliseconds travel{800};
    Target starts = Target::unlocked;
};

// What a configuration file says, checked: nothing in here can be wrong by itself.
struct Config {
    HubSettings hub;
    std::optional<std::uint16_t> port;   // as configured; it goes before the one of the connection string
    std::string connection_string_file;  // where hub.identity came from; empty: it stands in the file
    std::string state_directory;
    LockSettings lock;
    Target resting = Target::locked;
    std::optional<bool> needs_closed_door;  // as configured; lock.lock_needs_closed_door is what holds
    DoorLines lines;
    HoldLimits limits;
    Twin::Defaults defaults;
    Simulation simulation;
    TelemetryLimits telemetry;
    bool allow_machine_reboot = false;
    base::Level log_level = base::Level::info;
    std::vector<Mistake> warnings;    // what is allowed and should be known
    std::vector<Mistake> overlooked;  // mistakes that do not matter for what it was loaded for
};

// Reads the text of a configuration: JSON with comments, see firmware/examples/. Relative paths in it are
// taken from `directory`. Every mistake at once, in the order of the text.
[[nodiscard]] std::variant<Config, std::vector<Mistake>> parse_config(std::string_view text,
                                                                      const std::string& directory);

// What a configuration is loaded for. A door runs with a state directory that has become read-only; a check
// names it. To be made safe it needs to be known which lines are its outputs, and nothing else: mistakes in
// the rest, and files that cannot be read, do not leave an actuator under power. The bench tool drives lines
// and looks at no other file: every mistake in this one counts.
enum class ConfigUse { run, check, safe, bench };

// The same from a file, with the connection string and the key from theirs. The error is invalid_argument and
// has a line for every mistake, in this file and in those that it names: file:line:column: what is wrong and
// what would be right. Any other error is about reading the file itself.
[[nodiscard]] base::Result<Config> load_config(const std::string& path, ConfigUse use = ConfigUse::run);

// A warning or mistake as people and editors read it: file:line:column: text.
[[nodiscard]] std::string located(const std::string& path, const Mistake& mistake);

}  // namespace firmware
