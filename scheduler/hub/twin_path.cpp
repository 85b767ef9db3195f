#include "scheduler/hub/twin_path.hpp"

#include "base/excerpt.hpp"
#include "protocol/ascii.hpp"

#include <algorithm>
#include <vector>

namespace hub {
namespace {

bool is_plain(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return protocol::is_letter(c) || protocol::is_digit(c) || c == '_' || c == '-';
    });
}

}  // namespace

std::string TwinPath::expression(std::string_view alias) const {
    return "json_extract(" + std::string(alias) + column + ", '" + json + "')";
}

std::optional<TwinPath> twin_path(std::span<const std::string> names) {
    TwinPath path;
    if (names.size() >= 2 && names[0] == "tags") {
        path.column = "tags";
        names = names.subspan(1);
    } else if (names.size() >= 3 && names[0] == "properties" &&
               (names[1] == "desired" || names[1] == "reported")) {
        path.column = names[1];
        names = names.subspan(2);
    } else {
        return std::nullopt;
    }
    path.json = "$";
    for (const std::string& name : names) {
        if (!is_plain(name)) return std::nullopt;
        path.json += ".\"" + name + '"';
    }
    return path;
}

Outcome<TwinPath> parse_twin_path(std::string_view text) {
    std::vector<std::string> names;
    for (std::string_view rest = text; names.size() < 16;) {
        const std::size_t dot = rest.find('.');
        names.emplace_back(rest.substr(0, dot));
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    if (auto path = twin_path(names)) return *std::move(path);
    return Fault{protocol::HubError::argument_invalid,
                 "'" + base::excerpt(text, 200) +
                     "' is no path of a twin; write tags.NAME, properties.desired.NAME or "
                     "properties.reported.NAME, with names of letters, digits, _ and -"};
}

std::string twin_values_table(std::string_view path) {
    return "twin_values_" + std::string(path);
}

}  // namespace hub
