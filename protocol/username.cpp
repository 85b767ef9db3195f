#include "protocol/username.hpp"

#include "protocol/ascii.hpp"
#include "protocol/percent.hpp"

#include <array>
#include <utility>

namespace protocol {
namespace {

constexpr std::size_t max_username = 2048;
constexpr std::string_view api_version_name = "api-version";

base::Error malformed(std::string_view problem) {
    return {base::Errc::invalid_argument,
            "user name: " + std::string(problem) + "; expected {host}/{deviceId}/?api-version=2021-04-12"};
}

// What stands behind "{host}/{deviceId}/": parameters behind a '?', or, in the old form, without one.
bool consume_parameters_mark(std::string_view& rest) {
    return consume(rest, "?") || rest.starts_with("api-version=") ||
           (rest.find('/') == std::string_view::npos && rest.find("&api-version=") != std::string_view::npos);
}

base::Result<void> read_parameters(std::string_view text, Username& username) {
    struct Known {
        std::string_view name;
        std::string* value;
        bool seen = false;
    };
    std::array<Known, 3> known{{{api_version_name, &username.api_version},
                                {"DeviceClientType", &username.device_client_type},
                                {"model-id", &username.model_id}}};
    while (!text.empty()) {
        std::string_view value = take_until(text, '&');
        const std::string_view name = take_until(value, '=');
        for (Known& parameter : known) {
            if (parameter.name != name || parameter.seen) continue;
            parameter.seen = true;
            auto decoded = percent_decode(value);
            if (!decoded) return malformed(std::string(name) + ": " + decoded.error().message);
            *parameter.value = *std::move(decoded);
        }
    }
    return {};
}

}  // namespace

std::string make_username(const Username& username) {
    std::string text = username.host + "/" + username.device_id + "/";
    if (!username.module_id.empty()) text += username.module_id + "/";
    char separator = '?';
    const auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        text += separator;
        text.append(name).append("=").append(percent_encode(value));
        separator = '&';
    };
    add(api_version_name, username.api_version);
    add("DeviceClientType", username.device_client_type);
    add("model-id", username.model_id);
    return text;
}

base::Result<Username> parse_username(std::string_view text) {
    if (text.size() > max_username) {
        return malformed("it is longer than " + std::to_string(max_username) + " bytes");
    }
    Username username;
    std::string_view rest = text;
    username.host = take_until(rest, '/');
    username.device_id = take_until(rest, '/');
    if (!consume_parameters_mark(rest)) {
        username.module_id = take_until(rest, '/');
        if (!consume_parameters_mark(rest)) return malformed("the parameters are missing");
        if (username.module_id.empty()) return malformed("the module id is empty");
    }
    if (username.host.empty()) return malformed("the host is empty");
    if (username.device_id.empty()) return malformed("the device id is empty");
    if (auto read = read_parameters(rest, username); !read) return std::move(read).error();
    if (username.api_version.empty()) return malformed("api-version is missing");
    return username;
}

}  // namespace protocol
