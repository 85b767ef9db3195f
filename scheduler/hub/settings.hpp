#pragma once

#include "base/file_layer.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hub {

// What an administrator says about a hub. It is kept in lockhub.json of the data directory from the first
// start on, so that later starts and commands need not repeat it.
struct Settings {
    std::string listen = "127.0.0.1";  // an IP address; 0.0.0.0 for devices on other machines
    std::uint16_t mqtt_port = 8883;
    std::uint16_t https_port = 8443;
    std::int64_t event_days = 7;          // for which telemetry and other events are kept
    std::int64_t event_megabytes = 1024;  // of them at the most
    std::int64_t audit_megabytes = 256;   // of the audit at the most
    std::vector<std::string> hostnames;   // under which devices and services know this machine

    // The name that connection strings of devices carry: the first host name, or what fits the address.
    [[nodiscard]] std::string device_host() const;
    // The name by which programs on this machine reach the service API.
    [[nodiscard]] std::string service_host() const;
    // Every name that the server's certificate must hold: the host names, localhost, 127.0.0.1, the address
    // it listens on and this machine's own name.
    [[nodiscard]] std::vector<std::string> certificate_names() const;

    bool operator==(const Settings&) const = default;
};

// What a command line says; it outranks the file.
struct SettingsGiven {
    std::optional<std::string> listen;
    std::optional<std::uint16_t> mqtt_port;
    std::optional<std::uint16_t> https_port;
    std::optional<std::int64_t> event_days;
    std::optional<std::int64_t> event_megabytes;
    std::optional<std::int64_t> audit_megabytes;
    std::vector<std::string> hostnames;
};

// The settings of the data directory, with what is given in their place. Without a file: the defaults.
[[nodiscard]] base::Result<Settings> load_settings(base::FileLayer& files, const std::string& directory,
                                                   const SettingsGiven& given);
// Errc::already_exists if the directory's file says something else: `lockhub init` does not change it, and
// what it does not hold would be forgotten by the next start.
[[nodiscard]] base::Result<void> check_kept_settings(base::FileLayer& files, const std::string& directory,
                                                     const Settings& settings);
// Makes the file if it is not there. To be called when the hub has started with these settings: what did not
// work is not worth keeping.
[[nodiscard]] base::Result<void> keep_settings(base::FileLayer& files, const std::string& directory,
                                               const Settings& settings);

}  // namespace hub
