#include "firmware/config.hpp"

#include "base/clock.hpp"
#include "base/duration.hpp"
#include "base/file_layer.hpp"
#include "firmware/config_connection.hpp"
#include "firmware/config_fire.hpp"
#include "firmware/config_lock.hpp"
#include "firmware/line_roles.hpp"
#include "hal/line_name.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace firmware {

namespace {

using std::chrono::seconds;

constexpr std::size_t longest_config = std::size_t{64} * 1024;
constexpr std::size_t bytes_per_event = 256;  // on average; telemetry is bounded in both

std::string resolved(const std::string& directory, const std::string& path) {
    return (std::filesystem::path(directory) / path).lexically_normal().string();
}

// Defaults of the properties that the twin may change; checked by the same rules.
void read_default(ConfigSection& section, std::string_view setting, std::string_view property,
                  Twin::Defaults& defaults) {
    const auto raw = section.raw(setting);
    if (!raw) return;
    auto json = base::Json::parse(*raw);
    const PropertyRule* rule = find_rule(property);
    if (!json || rule == nullptr || !check_property(*rule, *json)) {
        section.complain(setting, rule == nullptr ? "unknown" : std::string(rule->allowed) + " is expected");
        return;
    }
    defaults.insert_or_assign(std::string(property), std::move(*json));
}

void read_door(ConfigSection door, Config& config) {
    config.lines.contact = read_line(door, "contact", "door contact");
    config.lines.exit_button = read_line(door, "exit_button", "exit button");
    config.lines.tamper = read_line(door, "tamper", "tamper loop");
    if (const auto time = door.duration("debounce", std::chrono::milliseconds(0), seconds(1))) {
        config.lines.door_debounce = *time;
    }
    read_default(door, "ajar_time", "ajarTime", config.defaults);
    read_default(door, "exit_time", "exitTime", config.defaults);
    read_default(door, "auto_relock", "autoRelock", config.defaults);
    door.finish();
    const HoldLimits& limits = config.limits;
    const auto exit = config.defaults.find("exitTime");
    if (config.lines.exit_button && limits.longest_unlock) {
        const auto time = exit == config.defaults.end()
                              ? base::Result<std::chrono::milliseconds>(DoorBehaviour{}.exit_time)
                              : base::parse_duration(exit->second.view().as_string().value_or("0"));
        if (!time || *time > *limits.longest_unlock) {
            door.complain("exit_time", "at most lock.max_on (" +
                                           base::format_duration(*limits.longest_unlock) +
                                           ") is possible with this actuator");
        }
    }
}

void read_simulation(ConfigSection section, Config& config) {
    if (const auto time = section.duration("travel", std::chrono::milliseconds(1), seconds(60))) {
        config.simulation.travel = *time;
    }
    if (const auto starts = section.choice("starts", {"locked", "unlocked"})) {
        config.simulation.starts = *starts == 0 ? Target::locked : Target::unlocked;
    }
    section.finish();
}

void read_telemetry(ConfigSection section, Config& config) {
    if (const auto keep = section.integer("keep", 1, 10000)) {
        config.telemetry.events = static_cast<std::size_t>(*keep);
        config.telemetry.bytes = config.telemetry.events * bytes_per_event;
    }
    section.finish();
}

// What is thrown or pulled shut meets nothing while the door stands open; where a contact tells that it does,
// the interlock is on unless the configuration says otherwise. A strike's latch waits for the door by itself.
bool is_thrown(LockKind kind) {
    return kind == LockKind::motor_bolt || kind == LockKind::latching_solenoid ||
           kind == LockKind::magnetic_lock;
}

// What is right by itself and wrong together.
void check_together(ConfigSection& root, const Config& config) {
    std::map<std::string, LineRole> uses;
    for (const LineRole& role : line_roles(config.lines)) {
        if (!role.line) continue;
        const auto [first, is_first] = uses.emplace(hal::line_identity(role.line->line), role);
        if (is_first) continue;
        const LineRole& other = first->second;
        const std::string what =
            role.line->line == other.line->line
                ? "line " + role.line->line + " is used twice; every line has one purpose"
                : "line " + role.line->line + " is the one that " + other.path() + " calls " +
                      other.line->line + "; every line has one purpose";
        ConfigSection section = root.section(role.section);
        role.inner.empty() ? section.complain(role.setting, what)
                           : section.section(role.inner).complain(role.setting, what);
    }
    if (config.needs_closed_door == true && !config.lines.contact) {
        root.section("lock").complain("needs_closed_door",
                                      "it needs door.contact, which tells whether it is");
    }
}

// Whether the directory is there and can be written to, or can be made; nothing is touched.
base::Result<void> check_state_directory(const std::string& directory) {
    std::filesystem::path there = directory;
    std::error_code error;
    while (!std::filesystem::exists(there, error) && there.has_relative_path()) {
        there = there.parent_path();
    }
    const bool exists = there == std::filesystem::path(directory);
    const std::string problem = directory + (exists ? " cannot be used: " : " cannot be made: ");
    (void)std::filesystem::exists(directory, error);
    if (error) return base::Error{base::Errc::invalid_argument, problem + error.message()};
    if (!std::filesystem::is_directory(there, error)) {
        return base::Error{base::Errc::invalid_argument, problem + there.string() + " is no directory"};
    }
    if (::access(there.c_str(), W_OK | X_OK) != 0) {
        return base::Error{base::Errc::permission_denied,
                           problem + there.string() + " is not writable for user " +
                               std::to_string(::getuid()) + ": " + std::generic_category().message(errno)};
    }
    return {};
}

// A key in the configuration itself is for few eyes, too.
void check_own_secret(ConfigSection connection, const std::string& path, const Config& config) {
    const protocol::DeviceConnectionString& identity = config.hub.identity;
    if (identity.shared_access_key.empty() && identity.shared_access_signature.empty()) return;
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0 || (facts.st_mode & 077U) == 0) return;
    connection.warn("string", "others may read this file, and it holds a secret; run: chmod 600 " + path +
                                  ", or use string_file");
}

base::Error listed(const std::string& path, const std::vector<Mistake>& mistakes) {
    std::string all;
    for (const Mistake& mistake : mistakes) {
        all += (all.empty() ? "" : "\n") + located(path, mistake);
    }
    return base::Error{base::Errc::invalid_argument, std::move(all)};
}

// What is wrong with a text that holds no object at all.
std::vector<Mistake> without_object(const Mistakes& mistakes) {
    if (mistakes.text().empty()) return {{{}, "the file is empty; an object is expected"}};
    return mistakes.sorted();
}

}  // namespace

std::string located(const std::string& path, const Mistake& mistake) {
    return path + ":" + std::to_string(mistake.at.line) + ":" + std::to_string(mistake.at.column) + ": " +
           mistake.text;
}

namespace {

// As much as can be read; what is wrong goes to the mistakes.
Config read_config(ConfigSection& root, const std::string& directory) {
    Config config;
    if (!root.has("connection")) root.complain("connection", "this section is missing");
    if (!root.has("lock")) root.complain("lock", "this section is missing");
    if (root.has("connection")) read_connection(root.section("connection"), directory, config);
    if (root.has("lock")) read_lock(root.section("lock"), config);
    read_door(root.section("door"), config);
    read_fire(root.section("fire"), config);
    read_simulation(root.section("simulation"), config);
    config.allow_machine_reboot = root.boolean("allow_machine_reboot").value_or(false);
    read_default(root, "building", "building", config.defaults);
    read_default(root, "floor", "floor", config.defaults);
    read_default(root, "report_interval", "reportInterval", config.defaults);
    read_telemetry(root.section("telemetry"), config);
    if (const auto state = root.text("state_directory")) {
        config.state_directory = resolved(directory, *state);
    } else if (!root.has("state_directory")) {
        root.complain("state_directory",
                      "this setting is missing: a directory that the service may write to");
    }
    if (const auto level = root.choice("log_level", {"error", "warning", "notice", "info", "debug"})) {
        config.log_level = static_cast<base::Level>(static_cast<std::size_t>(base::Level::error) + *level);
    }
    root.finish();
    check_together(root, config);
    config.lock.lock_needs_closed_door =
        config.needs_closed_door.value_or(config.lines.contact && is_thrown(config.lock.kind));
    return config;
}

base::Result<Config> load_to_make_safe(const std::string& text, const std::string& path,
                                       const std::string& directory) {
    Mistakes mistakes(text);
    ConfigSection root(text, "", mistakes);
    if (text.empty()) return base::Error{base::Errc::invalid_argument, path + ": the file is empty"};
    if (!root.exists()) return listed(path, mistakes.sorted());
    Config config = read_config(root, directory);
    config.overlooked = mistakes.sorted();
    const bool whole = keeps_without_power(config.lock.kind) ? config.lines.lock && config.lines.unlock
                                                             : config.lines.power.has_value();
    if (!whole) return listed(path, config.overlooked);
    return config;
}

}  // namespace

std::variant<Config, std::vector<Mistake>> parse_config(std::string_view text, const std::string& directory) {
    Mistakes mistakes(text);
    ConfigSection root(text, "", mistakes);
    if (!root.exists()) return without_object(mistakes);
    Config config = read_config(root, directory);
    auto found = mistakes.sorted();
    if (!found.empty()) return found;
    config.warnings = mistakes.warnings();
    return config;
}

base::Result<Config> load_config(const std::string& path, ConfigUse use) {
    base::PosixFileLayer files;
    auto text = files.read(path, longest_config);
    if (!text) return text.error();
    const std::string directory = std::filesystem::absolute(path).parent_path().string();
    if (use == ConfigUse::safe) return load_to_make_safe(*text, path, directory);
    Mistakes mistakes(*text);
    ConfigSection root(*text, "", mistakes);
    if (!root.exists()) return listed(path, without_object(mistakes));
    Config config = read_config(root, directory);
    if (use != ConfigUse::bench) {
        check_own_secret(root.section("connection"), path, config);
        read_connection_files(root.section("connection"), config, base::RealClock().system_now());
    }
    if (use == ConfigUse::check && !config.state_directory.empty()) {
        if (auto usable = check_state_directory(config.state_directory); !usable) {
            root.complain("state_directory", usable.error().message);
        }
    }
    if (const auto found = mistakes.sorted(); !found.empty()) return listed(path, found);
    config.warnings = mistakes.warnings();
    return config;
}

}  // namespace firmware
