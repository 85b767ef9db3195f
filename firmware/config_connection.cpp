#include "firmware/config_connection.hpp"

#include "base/file_layer.hpp"
#include "protocol/ascii.hpp"
#include "protocol/base64.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

namespace firmware {

namespace {

using std::chrono::seconds;

constexpr std::size_t longest_pem = std::size_t{1024} * 1024;
constexpr std::string_view certificate_mark = "-----BEGIN CERTIFICATE-----";

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

// A certificate alone proves nothing, and x509=true needs both.
void check_pair(ConfigSection& connection, const HubSettings& hub) {
    const bool certificate = !hub.certificate_file.empty();
    const bool key = !hub.key_file.empty();
    if (certificate != key) {
        connection.complain(certificate ? "certificate_file" : "key_file",
                            std::string(certificate ? "key_file" : "certificate_file") +
                                " is missing: a device certificate and its private key belong together");
    } else if (hub.identity.x509 && !certificate) {
        connection.complain("string",
                            "x509=true needs certificate_file and key_file: the PEM files of the "
                            "device's certificate and of its private key");
    }
}

void check_certificate(ConfigSection& connection, std::string_view setting, const std::string& file) {
    if (file.empty()) return;
    const auto bytes = base::PosixFileLayer().read(file, longest_pem);
    if (!bytes) return connection.complain(setting, bytes.error().message);
    if (bytes->find(certificate_mark) != std::string::npos) return;
    connection.complain(setting, file + " holds no certificate in PEM form (\"" +
                                     std::string(certificate_mark) + "\" is missing)");
}

void check_key(ConfigSection& connection, const std::string& file) {
    if (file.empty()) return;
    const auto bytes = base::read_secret(file, longest_pem);
    if (!bytes) return connection.complain("key_file", bytes.error().message);
    if (bytes->find("PRIVATE KEY-----") == std::string::npos) {
        connection.complain("key_file", file +
                                            " holds no private key in PEM form (\"PRIVATE KEY-----\" is "
                                            "missing)");
    } else if (bytes->find("ENCRYPTED") != std::string::npos) {
        connection.complain("key_file",
                            file +
                                " is encrypted, and nobody is there to be asked for its password; "
                                "run: openssl pkey -in " +
                                file + " -out FILE, and chmod 600 FILE");
    }
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
    if (text.has_value() == !config.connection_string_file.empty()) {
        connection.complain("string",
                            "exactly one of string (a device connection string) and string_file (the "
                            "path of a file that holds one) is expected");
    } else if (text) {
        if (auto taken = take_identity(*text, directory, config); !taken) {
            connection.complain("string", taken.error().message);
        }
    }
    check_pair(connection, hub);
    connection.finish();
}

void read_connection_files(ConfigSection connection, Config& config) {
    std::string setting = "string";
    if (const std::string& file = config.connection_string_file; !file.empty()) {
        setting = "string_file";
        const auto secret = base::read_secret(file);
        const auto taken =
            secret ? take_identity(strip(*secret), std::filesystem::path(file).parent_path().string(), config)
                   : base::Result<void>(secret.error());
        if (!secret) connection.complain(setting, secret.error().message);
        if (secret && !taken) connection.complain(setting, file + ": " + taken.error().message);
        if (taken) check_pair(connection, config.hub);
    }
    if (const std::string& file = config.hub.identity.shared_access_key_file; !file.empty()) {
        auto key = read_key(file);
        if (!key) connection.complain(setting, "SharedAccessKeyFile: " + key.error().message);
        if (key) config.hub.identity.shared_access_key = std::move(*key);
    }
    check_certificate(connection, "ca_file", config.hub.ca_file);
    check_certificate(connection, "certificate_file", config.hub.certificate_file);
    check_key(connection, config.hub.key_file);
}

}  // namespace firmware
