#include "firmware/config_connection.hpp"

#include "base/excerpt.hpp"
#include "base/file_layer.hpp"
#include "base/iso8601.hpp"
#include "firmware/proof_files.hpp"
#include "protocol/ascii.hpp"
#include "protocol/base64.hpp"
#include "protocol/sas.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

namespace firmware {

namespace {

using std::chrono::seconds;

std::string resolved(const std::string& directory, const std::string& path) {
    return (std::filesystem::path(directory) / path).lexically_normal().string();
}

std::string strip(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

// The identity and its port, from the text of a connection string. A SharedAccessKeyFile becomes a path from
// `directory`.
base::Result<void> take_identity(const std::string& text, const std::string& directory, Config& config) {
    auto identity = protocol::parse_device_connection_string(text);
    if (!identity) return identity.error();
    if (!identity->shared_access_key_file.empty()) {
        identity->shared_access_key_file = resolved(directory, identity->shared_access_key_file);
    }
    const auto port = identity->gateway_host.empty() ? identity->port : identity->gateway_port;
    config.hub.port = config.port.value_or(port.value_or(config.hub.port));
    config.hub.identity = std::move(*identity);
    return {};
}

base::Result<std::string> read_key(const std::string& path) {
    auto text = base::read_secret(path);
    if (!text) return text;
    std::string key = strip(*text);
    const auto bytes = protocol::decode_base64(key);
    if (bytes && !bytes->empty()) return key;
    return base::Error{base::Errc::invalid_argument,
                       path + " holds no key: base64 as the hub gives it is expected, " +
                           (bytes ? "the file is empty" : "the text is " + bytes.error().message)};
}

bool is_model_id(std::string_view text) {
    const std::size_t version = text.find(';');
    return text.size() <= 128 && text.starts_with("dtmi:") && version != std::string_view::npos &&
           version + 1 < text.size() &&
           text.find_first_not_of("0123456789", version + 1) == std::string_view::npos &&
           std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(version), [](char c) {
               return protocol::is_letter(c) || protocol::is_digit(c) || c == ':' || c == '_';
           });
}

// A certificate alone proves nothing.
void check_both_files(ConfigSection& connection, const HubSettings& hub) {
    const bool certificate = !hub.certificate_file.empty();
    const bool key = !hub.key_file.empty();
    if (certificate == key) return;
    connection.complain(certificate ? "certificate_file" : "key_file",
                        std::string(certificate ? "key_file" : "certificate_file") +
                            " is missing: a device certificate and its private key belong together");
}

void check_identity(ConfigSection& connection, std::string_view setting, const HubSettings& hub) {
    if (!hub.identity.x509 || !hub.certificate_file.empty() || !hub.key_file.empty()) return;
    connection.complain(setting,
                        "x509=true needs certificate_file and key_file: the PEM files of the device's "
                        "certificate and of its private key");
}

// A token that somebody has made elsewhere cannot be renewed here.
void check_signature(ConfigSection& connection, std::string_view setting, const HubSettings& hub,
                     base::SystemTime now) {
    const auto& identity = hub.identity;
    if (identity.shared_access_signature.empty()) return;
    const std::string name = "SharedAccessSignature: ";
    const auto token = protocol::parse_sas_token(identity.shared_access_signature);
    if (!token) return connection.warn(setting, name + "no hub will take it: " + token.error().message);
    if (token->expiry <= now) {
        connection.warn(setting, name + "it ended at " + base::format_iso8601(token->expiry) +
                                     " and proves nothing any more; make a new one, or give the door "
                                     "SharedAccessKeyFile, with which it makes its own");
    }
    const std::string path = "devices/" + identity.device_id +
                             (identity.module_id.empty() ? "" : "/modules/" + identity.module_id);
    if (!protocol::equal_ignoring_case(protocol::resource_host(token->resource), identity.host) ||
        !protocol::resource_covers(token->resource, path)) {
        connection.warn(setting, name + "it is for " + base::excerpt(token->resource, 80) + ", not for " +
                                     identity.host + "/" + path);
    }
}

// True if there is such a file and it can be read.
bool check_certificate(ConfigSection& connection, std::string_view setting, const std::string& file,
                       bool of_device, base::SystemTime now) {
    if (file.empty()) return false;
    const auto times = check_certificate_file(file);
    if (!times) {
        connection.complain(setting, times.error().message);
        return false;
    }
    const auto over = [now](const protocol::CertificateTime& time) { return time.ends <= now; };
    const auto early = [now](const protocol::CertificateTime& time) { return now < time.begins; };
    if (of_device ? over(times->front()) : std::all_of(times->begin(), times->end(), over)) {
        connection.warn(setting, file + " ended at " + base::format_iso8601(times->front().ends) +
                                     (of_device ? "; no hub will take it" : "; no hub is believed with it"));
    } else if (of_device ? early(times->front()) : std::all_of(times->begin(), times->end(), early)) {
        connection.warn(setting, file + " begins at " + base::format_iso8601(times->front().begins) +
                                     ", and here it is " + base::format_iso8601(now));
    }
    return true;
}

}  // namespace

void read_connection(ConfigSection connection, const std::string& directory, Config& config) {
    if (!connection.exists()) return;  // said already
    HubSettings& hub = config.hub;
    const auto path = [&](std::string_view name) {
        const auto text = connection.text(name);
        return text ? resolved(directory, *text) : std::string();
    };
    const auto time = [&](std::string_view name, seconds least, seconds most, seconds& setting) {
        if (const auto given = connection.duration(name, least, most)) {
            setting = std::chrono::duration_cast<seconds>(*given);
        }
    };
    if (const auto port = connection.integer("port", 1, 65535))
        config.port = static_cast<std::uint16_t>(*port);
    hub.ca_file = path("ca_file");
    hub.certificate_file = path("certificate_file");
    hub.key_file = path("key_file");
    hub.model_id = connection.text("model_id").value_or("");
    if (!hub.model_id.empty() && !is_model_id(hub.model_id)) {
        connection.complain("model_id",
                            "a digital twin model id of at most 128 bytes is expected, such as "
                            "dtmi:com:example:Door;1");
    }
    time("keep_alive", seconds(10), seconds(1177), hub.keep_alive);
    time("token_life", seconds(60), std::chrono::hours(24 * 30), hub.token_life);
    time("liveness", seconds(5), std::chrono::hours(1), hub.liveness);
    const auto text = connection.text("string");
    config.connection_string_file = path("string_file");
    if (connection.has("string") == connection.has("string_file")) {
        config.connection_string_file.clear();  // nobody knows which is meant
        connection.complain("string",
                            "exactly one of string (a device connection string) and string_file (the "
                            "path of a file that holds one) is expected");
    } else if (text) {
        auto taken = take_identity(*text, directory, config);
        if (!taken) connection.complain("string", taken.error().message);
        if (taken) check_identity(connection, "string", hub);
    }
    check_both_files(connection, hub);
    connection.finish();
}

namespace {

// A text that is no connection string: whether there seems to be a secret in it.
bool may_hold_a_secret(std::string_view text) {
    for (const std::string_view name : {"SharedAccessKey", "SharedAccessSignature"}) {
        for (std::size_t at = 0; at + name.size() <= text.size(); ++at) {
            if (protocol::equal_ignoring_case(text.substr(at, name.size()), name)) return true;
        }
    }
    return false;
}

void read_string_file(ConfigSection& connection, const std::string& file, Config& config) {
    const auto read = base::read_shared(file);
    if (!read) return connection.complain("string_file", read.error().message);
    const auto taken =
        take_identity(strip(read->text), std::filesystem::path(file).parent_path().string(), config);
    const auto& identity = config.hub.identity;
    // The name of a file that holds the key, or x509=true, everybody may know.
    const bool secret = taken
                            ? !identity.shared_access_key.empty() || !identity.shared_access_signature.empty()
                            : may_hold_a_secret(read->text);
    if (secret && read->others_may_read) {
        connection.complain("string_file", base::others_may_read(file).message);
    }
    if (!taken) return connection.complain("string_file", file + ": " + taken.error().message);
    check_identity(connection, "string_file", config.hub);
}

}  // namespace

void read_connection_files(ConfigSection connection, Config& config, base::SystemTime now) {
    const std::string& string_file = config.connection_string_file;
    const std::string setting = string_file.empty() ? "string" : "string_file";
    if (!string_file.empty()) read_string_file(connection, string_file, config);
    HubSettings& hub = config.hub;
    if (const std::string& file = hub.identity.shared_access_key_file; !file.empty()) {
        auto key = read_key(file);
        if (!key) connection.complain(setting, "SharedAccessKeyFile: " + key.error().message);
        if (key) hub.identity.shared_access_key = std::move(*key);
    }
    check_signature(connection, setting, hub, now);
    check_certificate(connection, "ca_file", hub.ca_file, false, now);
    const bool certificate =
        check_certificate(connection, "certificate_file", hub.certificate_file, true, now);
    if (hub.key_file.empty()) return;
    if (const auto key = check_key_file(hub.key_file); !key) {
        connection.complain("key_file", key.error().message);
    } else if (certificate) {
        const auto pair = check_pair(hub.certificate_file, hub.key_file);
        if (!pair) connection.complain("key_file", pair.error().message);
    }
}

}  // namespace firmware
