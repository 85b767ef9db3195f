#include "protocol/connection_string.hpp"

#include "protocol/ascii.hpp"
#include "protocol/base64.hpp"
#include "protocol/device_id.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace protocol {
namespace {

constexpr std::size_t max_text = 4096;

constexpr std::string_view device_form =
    "a device's connection string looks like HostName=…;DeviceId=…;SharedAccessKey=…";
constexpr std::string_view not_a_device =
    "this is a service's connection string (it has SharedAccessKeyName); a device's looks like "
    "HostName=…;DeviceId=…;SharedAccessKey=…";
constexpr std::string_view service_form =
    "a service's connection string looks like HostName=…;SharedAccessKeyName=…;SharedAccessKey=…";
constexpr std::string_view not_a_service =
    "this is a device's connection string (it has DeviceId); a service's looks like "
    "HostName=…;SharedAccessKeyName=…;SharedAccessKey=…";

base::Error malformed(std::string message) {
    return {base::Errc::invalid_argument, "connection string: " + std::move(message)};
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// How a part is called in an error. What does not look like a name may be a piece of a key.
std::string describe(std::string_view name, std::size_t number) {
    const bool nameable =
        !name.empty() && name.size() <= 24 && std::all_of(name.begin(), name.end(), is_letter);
    return nameable ? "'" + std::string(name) + "'" : "part " + std::to_string(number);
}

struct Parts {
    std::vector<std::pair<std::string_view, std::string_view>> values;  // names as in `known`

    [[nodiscard]] std::string_view get(std::string_view name) const {
        const auto found = std::find_if(values.begin(), values.end(),
                                        [name](const auto& part) { return part.first == name; });
        return found == values.end() ? std::string_view{} : found->second;
    }
    [[nodiscard]] bool has(std::string_view name) const { return !get(name).empty(); }
};

std::string list(std::span<const std::string_view> names) {
    std::string text;
    for (const std::string_view name : names)
        text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

// The names of one kind of connection string, and the one that gives the other kind away.
struct Dialect {
    std::span<const std::string_view> names;
    std::string_view foreign_name;
    std::string_view mix_up;  // what to say when it is there
};

base::Result<std::pair<std::string_view, std::string_view>> read_part(std::string_view part,
                                                                      std::size_t number,
                                                                      const Dialect& dialect) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
        return malformed("part " + std::to_string(number) + " has no '=' (expected Name=value)");
    }
    const std::string_view name = trim(part.substr(0, equals));
    const std::string_view value = trim(part.substr(equals + 1));
    if (equal_ignoring_case(name, dialect.foreign_name)) return malformed(std::string(dialect.mix_up));
    const auto found =
        std::find_if(dialect.names.begin(), dialect.names.end(),
                     [name](std::string_view candidate) { return equal_ignoring_case(candidate, name); });
    if (found == dialect.names.end()) {
        return malformed(describe(name, number) + " is unknown here; known are " + list(dialect.names));
    }
    if (value.empty()) return malformed(std::string(*found) + " is empty");
    return std::pair{*found, value};
}

base::Result<Parts> split(std::string_view text, const Dialect& dialect) {
    if (text.size() > max_text) return malformed("it is longer than " + std::to_string(max_text) + " bytes");
    text = trim(text);
    Parts parts;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view part = trim(take_until(text, ';'));
        if (part.empty()) continue;
        auto read = read_part(part, number, dialect);
        if (!read) return std::move(read).error();
        if (parts.has(read->first)) return malformed(std::string(read->first) + " is there twice");
        parts.values.push_back(*read);
    }
    return parts;
}

base::Result<void> check_present(const Parts& parts, std::initializer_list<std::string_view> names,
                                 std::string_view form) {
    for (const std::string_view name : names) {
        if (!parts.has(name)) return malformed(std::string(name) + " is missing; " + std::string(form));
    }
    return {};
}

struct Endpoint {
    std::string host;
    std::optional<std::uint16_t> port;
};

base::Result<std::uint16_t> parse_port(std::string_view name, std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535) {
        return malformed(std::string(name) + ": the port must be a number from 1 to 65535");
    }
    return static_cast<std::uint16_t>(port);
}

// "host", "host:port", "[address]", "[address]:port".
base::Result<Endpoint> parse_endpoint(std::string_view name, std::string_view text) {
    Endpoint endpoint;
    std::string_view host = text;
    std::string_view rest;
    const bool bracketed = text.starts_with('[');
    if (bracketed) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return malformed(std::string(name) + ": the ']' is missing");
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        rest = text.substr(colon);
    }
    const auto is_host_character = [bracketed](char c) {
        return is_letter(c) || is_digit(c) || c == '.' || c == '-' || (bracketed ? c == ':' : c == '_');
    };
    const bool has_path = text.find('/') != std::string_view::npos;  // or a scheme
    if (has_path || host.empty() || host.size() > 253 ||
        !std::all_of(host.begin(), host.end(), is_host_character)) {
        return malformed(
            std::string(name) +
            " must be a host name or address with an optional port, like hub.example:8883, without "
            "a scheme or path");
    }
    endpoint.host = host;
    if (!rest.empty()) {
        if (rest.front() != ':') return malformed(std::string(name) + ": expected ':port' behind the ']'");
        const auto port = parse_port(name, rest.substr(1));
        if (!port) return port.error();
        endpoint.port = *port;
    }
    return endpoint;
}

base::Result<std::string> parse_key(std::string_view text) {
    const auto key = decode_base64(text);
    if (!key) return malformed("SharedAccessKey is " + key.error().message);
    if (key->empty()) return malformed("SharedAccessKey is empty");
    return std::string(text);
}

base::Result<void> check_one_credential(const Parts& parts) {
    constexpr std::array<std::string_view, 4> credentials{"SharedAccessKey", "SharedAccessKeyFile",
                                                          "SharedAccessSignature", "x509"};
    std::vector<std::string_view> given;
    std::copy_if(credentials.begin(), credentials.end(), std::back_inserter(given),
                 [&parts](std::string_view name) { return parts.has(name); });
    if (given.size() == 1) return {};
    return malformed(given.empty() ? "the credential is missing; expected one of " + list(credentials)
                                   : list(given) + " exclude each other; give one");
}

base::Result<void> fill_identity(const Parts& parts, DeviceConnectionString& connection) {
    connection.device_id = parts.get("DeviceId");
    connection.module_id = parts.get("ModuleId");
    for (const std::string_view name : {"DeviceId", "ModuleId"}) {
        if (!parts.has(name)) continue;
        if (auto good = check_device_id(parts.get(name)); !good) {
            return malformed(std::string(name) + ": " + good.error().message);
        }
    }
    return {};
}

base::Result<void> fill_credential(const Parts& parts, DeviceConnectionString& connection) {
    if (auto one = check_one_credential(parts); !one) return one;
    connection.shared_access_key_file = parts.get("SharedAccessKeyFile");
    connection.shared_access_signature = parts.get("SharedAccessSignature");
    if (parts.has("SharedAccessKey")) {
        auto key = parse_key(parts.get("SharedAccessKey"));
        if (!key) return std::move(key).error();
        connection.shared_access_key = *std::move(key);
    }
    if (parts.has("x509")) {
        if (!equal_ignoring_case(parts.get("x509"), "true"))
            return malformed("x509 must be true or left out");
        connection.x509 = true;
    }
    return {};
}

}  // namespace

base::Result<DeviceConnectionString> parse_device_connection_string(std::string_view text) {
    static constexpr std::array<std::string_view, 8> names{"HostName",
                                                           "DeviceId",
                                                           "ModuleId",
                                                           "SharedAccessKey",
                                                           "SharedAccessKeyFile",
                                                           "SharedAccessSignature",
                                                           "x509",
                                                           "GatewayHostName"};
    const auto parts =
        split(text, {.names = names, .foreign_name = "SharedAccessKeyName", .mix_up = not_a_device});
    if (!parts) return parts.error();
    if (auto all = check_present(*parts, {"HostName", "DeviceId"}, device_form); !all) {
        return std::move(all).error();
    }
    DeviceConnectionString connection;
    auto host = parse_endpoint("HostName", parts->get("HostName"));
    if (!host) return std::move(host).error();
    connection.host = std::move(host->host);
    connection.port = host->port;
    if (auto good = fill_identity(*parts, connection); !good) return std::move(good).error();
    if (auto good = fill_credential(*parts, connection); !good) return std::move(good).error();
    if (parts->has("GatewayHostName")) {
        auto gateway = parse_endpoint("GatewayHostName", parts->get("GatewayHostName"));
        if (!gateway) return std::move(gateway).error();
        connection.gateway_host = std::move(gateway->host);
        connection.gateway_port = gateway->port;
    }
    return connection;
}

std::string to_text(const DeviceConnectionString& connection) {
    std::string text = "HostName=" + format_host(connection.host, connection.port);
    const auto add = [&text](std::string_view name, std::string_view value) {
        if (!value.empty()) text.append(";").append(name).append("=").append(value);
    };
    add("DeviceId", connection.device_id);
    add("ModuleId", connection.module_id);
    add("SharedAccessKey", connection.shared_access_key);
    add("SharedAccessKeyFile", connection.shared_access_key_file);
    add("SharedAccessSignature", connection.shared_access_signature);
    add("x509", connection.x509 ? "true" : "");
    if (!connection.gateway_host.empty()) {
        add("GatewayHostName", format_host(connection.gateway_host, connection.gateway_port));
    }
    return text;
}

base::Result<ServiceConnectionString> parse_service_connection_string(std::string_view text) {
    static constexpr std::array<std::string_view, 3> names{"HostName", "SharedAccessKeyName",
                                                           "SharedAccessKey"};
    const auto parts = split(text, {.names = names, .foreign_name = "DeviceId", .mix_up = not_a_service});
    if (!parts) return parts.error();
    if (auto all =
            check_present(*parts, {"HostName", "SharedAccessKeyName", "SharedAccessKey"}, service_form);
        !all) {
        return std::move(all).error();
    }
    auto host = parse_endpoint("HostName", parts->get("HostName"));
    if (!host) return std::move(host).error();
    auto key = parse_key(parts->get("SharedAccessKey"));
    if (!key) return std::move(key).error();
    return ServiceConnectionString{.host = std::move(host->host),
                                   .port = host->port,
                                   .policy = std::string(parts->get("SharedAccessKeyName")),
                                   .key = *std::move(key)};
}

std::string to_text(const ServiceConnectionString& connection) {
    return "HostName=" + format_host(connection.host, connection.port) +
           ";SharedAccessKeyName=" + connection.policy + ";SharedAccessKey=" + connection.key;
}

std::string format_host(std::string_view host, std::optional<std::uint16_t> port) {
    const bool address = host.find(':') != std::string_view::npos;
    std::string text = address ? "[" + std::string(host) + "]" : std::string(host);
    if (port) text += ":" + std::to_string(*port);
    return text;
}

}  // namespace protocol
