#include "scheduler/cli/connection.hpp"

#include "base/json.hpp"
#include "scheduler/cli/trimmed.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;

base::Result<Hub> from_text(std::string_view text, std::string_view source) {
    auto connection = protocol::parse_service_connection_string(trimmed(text));
    if (!connection) return base::with_context(std::move(connection).error(), source);
    return Hub{std::move(*connection), {}};
}

base::Result<Hub> from_file(const std::string& path) {
    const auto text = base::read_secret(path);
    if (!text) return text.error();
    if (!trimmed(*text).starts_with('{')) return from_text(*text, path);

    const auto json = base::Json::parse(*text);
    if (!json) return base::with_context(json.error(), path);
    const auto connection = json->find("connectionString").as_string();
    if (!connection) {
        return Error{Errc::invalid_argument,
                     path +
                         ": \"connectionString\" is missing; lockhub writes a file like "
                         R"({"connectionString":"HostName=…","caFile":"…"})"};
    }
    auto hub = from_text(*connection, path);
    if (!hub) return hub;
    const auto ca_file = json->find("caFile");
    if (ca_file.exists() && !ca_file.as_string()) {
        return Error{Errc::invalid_argument, path + ": \"caFile\" must be a path as text"};
    }
    hub->ca_file = ca_file.as_string().value_or("");
    return hub;
}

base::Result<Hub> from_default_files(const Environment& environment) {
    std::string tried;
    std::array<std::string, 2> paths{"", "/var/lib/lockhub/lockctl.json"};
    if (const auto home = environment("HOME")) paths[0] = *home + "/.local/share/lockhub/lockctl.json";
    for (const auto& path : paths) {
        if (path.empty()) continue;
        auto hub = from_file(path);
        if (hub || hub.error().code != Errc::not_found) return hub;
        tried += (tried.empty() ? "" : ", ") + path;
    }
    return Error{
        Errc::not_found,
        "no connection to a hub is given. Give --connection STRING or --connection-file FILE (lockhub writes "
        "lockctl.json into its data directory), or set LOCKCTL_CONNECTION_STRING or LOCKCTL_CONNECTION_FILE. "
        "Looked for, and not there: " +
            tried};
}

base::Result<Hub> find(const ConnectionOptions& options, const Environment& environment) {
    if (!options.connection.empty()) return from_text(options.connection, "--connection");
    if (!options.file.empty()) return from_file(options.file);
    if (const auto text = environment("LOCKCTL_CONNECTION_STRING")) {
        return from_text(*text, "LOCKCTL_CONNECTION_STRING");
    }
    if (const auto path = environment("LOCKCTL_CONNECTION_FILE")) return from_file(*path);
    return from_default_files(environment);
}

}  // namespace

base::Result<Hub> find_hub(const ConnectionOptions& options, const Environment& environment) {
    auto hub = find(options, environment);
    if (!hub) return hub;
    if (!options.ca_file.empty()) {
        hub->ca_file = options.ca_file;
    } else if (const auto ca_file = environment("LOCKCTL_CA")) {
        hub->ca_file = *ca_file;
    }
    return hub;
}

}  // namespace cli
