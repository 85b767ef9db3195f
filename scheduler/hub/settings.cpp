#include "scheduler/hub/settings.hpp"

#include "base/json.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hub {

namespace {

constexpr std::size_t most_bytes = std::size_t{64} * 1024;

std::string file_in(const std::string& directory) {
    return directory + "/lockhub.json";
}

bool is_any_address(std::string_view address) {
    return address == "0.0.0.0" || address == "::";
}

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address == "::1";
}

bool is_address(const std::string& text) {
    in6_addr bytes{};
    const std::string without_zone = text.substr(0, text.find('%'));
    return inet_pton(AF_INET, text.c_str(), &bytes) == 1 ||
           inet_pton(AF_INET6, without_zone.c_str(), &bytes) == 1;
}

// This machine's name, if it can stand in a certificate.
std::optional<std::string> machine_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) {
        return std::nullopt;
    }
    const std::string text(name.data());
    const bool fits =
        !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
            std::string::npos;
    return fits ? std::optional(text) : std::nullopt;
}

base::Result<std::uint16_t> port_of(base::JsonView value, std::string_view name, std::uint16_t otherwise) {
    if (!value.exists()) {
        return otherwise;
    }
    const auto number = value.as_integer();
    if (!number || *number < 1 || *number > 65535) {
        return base::Error{base::Errc::invalid_argument, std::string(name) + ": not a port from 1 to 65535"};
    }
    return static_cast<std::uint16_t>(*number);
}

base::Result<std::int64_t> amount_of(base::JsonView value, std::string_view name, std::int64_t most,
                                     std::int64_t otherwise) {
    if (!value.exists()) {
        return otherwise;
    }
    const auto number = value.as_integer();
    if (!number || *number < 1 || *number > most) {
        return base::Error{base::Errc::invalid_argument,
                           std::string(name) + ": not a number from 1 to " + std::to_string(most)};
    }
    return *number;
}

// A name with a slip in it must not leave the default in force.
base::Result<void> check_members(const base::Json& json) {
    constexpr std::array<std::string_view, 7> known{
        "listen", "mqttPort", "httpsPort", "eventDays", "eventMegabytes", "auditMegabytes", "hostnames"};
    if (!json.is_object()) {
        return base::Error{base::Errc::invalid_argument, "not a JSON object"};
    }
    for (const base::JsonView member : json) {
        if (std::find(known.begin(), known.end(), member.name()) == known.end()) {
            return base::Error{
                base::Errc::invalid_argument,
                "there is no setting '" + std::string(member.name()) +
                    "'; there are listen, mqttPort, httpsPort, eventDays, eventMegabytes, auditMegabytes and "
                    "hostnames"};
        }
    }
    return {};
}

base::Result<Settings> parse(std::string_view text) {
    const auto json = base::Json::parse(text, {.bytes = most_bytes, .depth = 4, .comments = true});
    if (!json) {
        return json.error();
    }
    if (auto known = check_members(*json); !known) {
        return known.error();
    }
    Settings settings;
    if (const base::JsonView listen = json->find("listen"); listen.exists()) {
        const auto address = listen.as_string();
        if (!address) {
            return base::Error{base::Errc::invalid_argument, "listen: not an IP address in quotes"};
        }
        settings.listen = *address;
    }
    const auto mqtt_port = port_of(json->find("mqttPort"), "mqttPort", settings.mqtt_port);
    const auto https_port = port_of(json->find("httpsPort"), "httpsPort", settings.https_port);
    if (!mqtt_port || !https_port) {
        return mqtt_port ? https_port.error() : mqtt_port.error();
    }
    settings.mqtt_port = *mqtt_port;
    settings.https_port = *https_port;
    const auto days = amount_of(json->find("eventDays"), "eventDays", 3650, settings.event_days);
    const auto megabytes =
        amount_of(json->find("eventMegabytes"), "eventMegabytes", 1'000'000, settings.event_megabytes);
    const auto audit =
        amount_of(json->find("auditMegabytes"), "auditMegabytes", 1'000'000, settings.audit_megabytes);
    if (!days || !megabytes || !audit) {
        return !days ? days.error() : !megabytes ? megabytes.error() : audit.error();
    }
    settings.event_days = *days;
    settings.event_megabytes = *megabytes;
    settings.audit_megabytes = *audit;
    for (const base::JsonView name : json->find("hostnames")) {
        const auto text_of_name = name.as_string();
        if (!text_of_name) {
            return base::Error{base::Errc::invalid_argument, "hostnames: holds something that is no text"};
        }
        settings.hostnames.emplace_back(*text_of_name);
    }
    return settings;
}

}  // namespace

std::string Settings::device_host() const {
    if (!hostnames.empty()) {
        return hostnames.front();
    }
    if (is_any_address(listen)) {
        return machine_name().value_or("localhost");
    }
    return is_loopback(listen) ? "localhost" : listen;
}

std::string Settings::service_host() const {
    return is_loopback(listen) || is_any_address(listen) ? "localhost" : listen;
}

std::vector<std::string> Settings::certificate_names() const {
    std::vector<std::string> names = hostnames;
    const auto add = [&names](const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    };
    add("localhost");
    add("127.0.0.1");
    if (!is_any_address(listen)) {
        add(listen);
    }
    if (const auto name = machine_name()) {
        add(*name);
    }
    return names;
}

base::Result<Settings> load_settings(base::FileLayer& files, const std::string& directory,
                                     const SettingsGiven& given) {
    Settings settings;
    const auto text = files.read(file_in(directory), most_bytes);
    if (text) {
        auto parsed = parse(*text);
        if (!parsed) {
            return base::with_context(parsed.error(), file_in(directory));
        }
        settings = std::move(*parsed);
    } else if (text.error().code != base::Errc::not_found) {
        return text.error();
    }
    settings.listen = given.listen.value_or(settings.listen);
    settings.mqtt_port = given.mqtt_port.value_or(settings.mqtt_port);
    settings.https_port = given.https_port.value_or(settings.https_port);
    settings.event_days = given.event_days.value_or(settings.event_days);
    settings.event_megabytes = given.event_megabytes.value_or(settings.event_megabytes);
    settings.audit_megabytes = given.audit_megabytes.value_or(settings.audit_megabytes);
    if (!given.hostnames.empty()) {
        settings.hostnames = given.hostnames;
    }
    if (!is_address(settings.listen)) {
        return base::Error{base::Errc::invalid_argument, "'" + settings.listen +
                                                             "' is no IP address; --listen takes one, for "
                                                             "example 0.0.0.0"};
    }
    if (settings.mqtt_port == settings.https_port) {
        return base::Error{base::Errc::invalid_argument, "--mqtt-port and --https-port are both " +
                                                             std::to_string(settings.mqtt_port) +
                                                             "; give them different ports"};
    }
    return settings;
}

base::Result<void> check_kept_settings(base::FileLayer& files, const std::string& directory,
                                       const Settings& settings) {
    if (const auto there = files.read(file_in(directory), most_bytes); !there) {
        return {};  // none, or one that load_settings() has refused
    }
    const auto kept = load_settings(files, directory, {});
    if (!kept || *kept == settings) {
        return {};
    }
    return base::Error{base::Errc::already_exists,
                       "there is a hub in " + directory +
                           " already, and its settings are others; change them in " + file_in(directory) +
                           ", or give these options to lockhub run"};
}

base::Result<void> keep_settings(base::FileLayer& files, const std::string& directory,
                                 const Settings& settings) {
    const auto there = files.read(file_in(directory), most_bytes);
    if (there) {
        return {};
    }
    if (there.error().code != base::Errc::not_found) {
        return there.error();
    }
    base::Json names = base::Json::array();
    for (const std::string& name : settings.hostnames) {
        names.push_back(name);
    }
    base::Json json = base::Json::object({{"listen", settings.listen},
                                          {"mqttPort", static_cast<std::int64_t>(settings.mqtt_port)},
                                          {"httpsPort", static_cast<std::int64_t>(settings.https_port)},
                                          {"eventDays", settings.event_days},
                                          {"eventMegabytes", settings.event_megabytes},
                                          {"auditMegabytes", settings.audit_megabytes}});
    json.set("hostnames", std::move(names));
    return base::replace_file(files, file_in(directory), json.dump() + "\n", 0644);
}

}  // namespace hub
