#include "firmware/config.hpp"

#include "base/duration.hpp"
#include "base/file_layer.hpp"
#include "firmware/config_lock.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace firmware {

namespace {

using std::chrono::seconds;

constexpr std::size_t longest_config = std::size_t{64} * 1024;
constexpr std::size_t longest_pem = std::size_t{1024} * 1024;

std::string resolved(const std::string& directory, const std::string& path) {
    return (std::filesystem::path(directory) / path).lexically_normal().string();
}

std::string strip(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

// The identity, its port and its key, from the text of a connection string.
base::Result<void> take_identity(const std::string& text, const std::string& directory, Config& config) {
    auto identity = protocol::parse_device_connection_string(text);
    if (!identity) return identity.error();
    if (!identity->shared_access_key_file.empty()) {
        auto key = base::read_secret(resolved(directory, identity->shared_access_key_file));
        if (!key) return base::with_context(key.error(), "SharedAccessKeyFile");
        identity->shared_access_key = strip(*key);
    }
    const auto port = identity->gateway_host.empty() ? identity->port : identity->gateway_port;
    config.hub.port = config.port.value_or(port.value_or(config.hub.port));
    config.hub.identity = std::move(*identity);
    return {};
}

void read_connection(ConfigSection connection, const std::string& directory, Config& config) {
    HubSettings& hub = config.hub;
    const auto path = [&](std::string_view name) {
        const auto text = connection.text(name);
        return text ? resolved(directory, *text) : std::string();
    };
    if (const auto port = connection.integer("port", 1, 65535))
        config.port = static_cast<std::uint16_t>(*port);
    hub.ca_file = path("ca_file");
    hub.certificate_file = path("certificate_file");
    hub.key_file = path("key_file");
    hub.model_id = connection.text("model_id").value_or("");
    using std::chrono::duration_cast;
    if (const auto time = connection.duration("keep_alive", seconds(10), seconds(1177))) {
        hub.keep_alive = duration_cast<seconds>(*time);
    }
    if (const auto time = connection.duration("token_life", seconds(60), std::chrono::hours(24 * 30))) {
        hub.token_life = duration_cast<seconds>(*time);
    }
    const auto text = connection.text("string");
    config.connection_string_file = path("string_file");
    if (text.has_value() == !config.connection_string_file.empty()) {
        connection.complain("string",
                            "exactly one of string (a device connection string) and string_file (the "
                            "path of a file that holds one) is expected");
    } else if (text) {
        auto taken = take_identity(*text, directory, config);
        if (!taken) connection.complain("string", taken.error().message);
    }
    connection.finish();
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

// What is right by itself and wrong together.
void check_together(ConfigSection& root, const Config& config) {
    std::set<std::string_view> names;
    const DoorLines& lines = config.lines;
    for (const auto* line : {&lines.lock, &lines.unlock, &lines.power, &lines.locked_switch,
                             &lines.unlocked_switch, &lines.contact, &lines.exit_button}) {
        if (*line && !names.insert((*line)->line).second) {
            root.complain("lock", "line " + (*line)->line + " is used twice");
        }
    }
    if (config.lock.lock_needs_closed_door && !config.lines.contact) {
        root.complain("lock", "needs_closed_door needs door.contact");
    }
}

// What the files hold that the settings of the connection name.
void read_named_files(ConfigSection connection, Config& config) {
    base::PosixFileLayer files;
    if (const std::string& file = config.connection_string_file; !file.empty()) {
        const auto secret = base::read_secret(file);
        const auto taken =
            secret ? take_identity(strip(*secret), std::filesystem::path(file).parent_path().string(), config)
                   : base::Result<void>(secret.error());
        if (!secret) connection.complain("string_file", secret.error().message);
        if (secret && !taken) connection.complain("string_file", file + ": " + taken.error().message);
    }
    const auto check = [&](std::string_view setting, const std::string& file, std::string_view mark,
                           std::string_view what) {
        if (file.empty()) return;
        const auto bytes = files.read(file, longest_pem);
        if (!bytes) return connection.complain(setting, bytes.error().message);
        if (bytes->find(mark) != std::string::npos) return;
        connection.complain(setting, file + " holds no " + std::string(what) + " in PEM form (\"" +
                                         std::string(mark) + "\" is missing)");
    };
    constexpr std::string_view certificate = "-----BEGIN CERTIFICATE-----";
    check("ca_file", config.hub.ca_file, certificate, "certificate");
    check("certificate_file", config.hub.certificate_file, certificate, "certificate");
    check("key_file", config.hub.key_file, "PRIVATE KEY-----", "private key");
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

base::Error listed(const std::string& path, const std::vector<Mistake>& mistakes) {
    std::string all;
    for (const Mistake& mistake : mistakes) {
        all += (all.empty() ? "" : "\n") + path + ":" + std::to_string(mistake.at.line) + ":" +
               std::to_string(mistake.at.column) + ": " + mistake.text;
    }
    return base::Error{base::Errc::invalid_argument, std::move(all)};
}

}  // namespace

std::variant<Config, std::vector<Mistake>> parse_config(std::string_view text, const std::string& directory) {
    Mistakes mistakes(text);
    Config config;
    ConfigSection root(text, "", mistakes);
    if (!root.exists()) {
        if (text.empty()) return std::vector<Mistake>{{{}, "the file is empty; an object is expected"}};
        return mistakes.sorted();
    }
    if (!root.has("connection")) root.complain("connection", "this section is missing");
    if (!root.has("lock")) root.complain("lock", "this section is missing");
    if (root.has("connection")) read_connection(root.section("connection"), directory, config);
    if (root.has("lock")) read_lock(root.section("lock"), config);
    read_door(root.section("door"), config);
    read_simulation(root.section("simulation"), config);
    read_default(root, "building", "building", config.defaults);
    read_default(root, "floor", "floor", config.defaults);
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
    auto found = mistakes.sorted();
    if (!found.empty()) return found;
    return config;
}

base::Result<Config> load_config(const std::string& path, ConfigUse use) {
    base::PosixFileLayer files;
    auto text = files.read(path, longest_config);
    if (!text) return text.error();
    const std::string directory = std::filesystem::absolute(path).parent_path().string();
    auto parsed = parse_config(*text, directory);
    if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&parsed)) return listed(path, *mistakes);
    Config config = std::move(std::get<Config>(parsed));
    Mistakes mistakes(*text);
    ConfigSection root(*text, "", mistakes);
    read_named_files(root.section("connection"), config);
    if (use == ConfigUse::check) {
        if (auto usable = check_state_directory(config.state_directory); !usable) {
            root.complain("state_directory", usable.error().message);
        }
    }
    if (const auto found = mistakes.sorted(); !found.empty()) return listed(path, found);
    return config;
}

}  // namespace firmware
