#include "scheduler/jobs/portability.hpp"

#include "base/json.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace jobs {
namespace {

bool is_portable(std::string_view text) {
    constexpr std::string_view forbidden = "$()<>@,;:\\\"/[]?={}";
    return std::ranges::all_of(
        text, [&](char c) { return c > ' ' && c < '\x7f' && forbidden.find(c) == std::string_view::npos; });
}

// The path of the first name or string that is not portable.
std::optional<std::string> find_offence(base::JsonView value, const std::string& path) {
    if (const auto text = value.as_string()) {
        return is_portable(*text) ? std::nullopt : std::optional(path);
    }
    std::size_t index = 0;
    for (const base::JsonView child : value) {
        const bool named = value.is_object();
        std::string child_path =
            named ? path + "." + std::string(child.name()) : path + "[" + std::to_string(index++) + "]";
        if (named && !is_portable(child.name())) return child_path;
        if (auto found = find_offence(child, child_path)) return found;
    }
    return std::nullopt;
}

std::optional<std::string> find_offence(const Action& action) {
    if (const auto* method = std::get_if<MethodAction>(&action)) {
        if (!is_portable(method->name)) return "cloudToDeviceMethod.methodName";
        const auto payload = base::Json::parse(method->payload);
        return payload ? find_offence(*payload, "cloudToDeviceMethod.payload") : std::nullopt;
    }
    const auto twin =
        base::Json::parse(std::get<TwinAction>(action).update_twin, {.bytes = std::size_t{1024} * 1024});
    if (!twin) return std::nullopt;
    if (auto found = find_offence(twin->find("tags"), "updateTwin.tags")) return found;
    return find_offence(twin->find("properties").find("desired"), "updateTwin.properties.desired");
}

}  // namespace

std::string portability_warning(const Action& action) {
    const auto place = find_offence(action);
    if (!place) return {};
    return "warning: " + *place +
           " holds characters that IoT Hub's documentation forbids in jobs (allowed: printable US-ASCII "
           "without blanks and $ ( ) < > @ , ; : \\ \" / [ ] ? = { })";
}

}  // namespace jobs
