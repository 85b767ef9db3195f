#include "scheduler/hub/twin_filter.hpp"

#include "protocol/ascii.hpp"
#include "scheduler/query/candidates.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace hub {
namespace {

using Names = std::span<const std::string>;

// The column that holds the section, and what is left of the path in it.
std::optional<std::pair<std::string_view, Names>> section_of(const ql::Path& path) {
    const Names names(path.names);
    if (names.size() >= 2 && names[0] == "tags")
        return std::pair(std::string_view("t.tags"), names.subspan(1));
    if (names.size() < 3 || names[0] != "properties") return std::nullopt;
    if (names[1] == "desired") return std::pair(std::string_view("t.desired"), names.subspan(2));
    if (names[1] == "reported") return std::pair(std::string_view("t.reported"), names.subspan(2));
    return std::nullopt;
}

// In SQLite's words: $."lock"."state". Only for names that need no escapes, and not for what is kept in other
// columns.
std::optional<std::string> json_path(Names names) {
    std::string path = "$";
    for (const std::string& name : names) {
        const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
            return protocol::is_letter(c) || protocol::is_digit(c) || c == '_' || c == '-';
        });
        if (!plain || name.empty()) return std::nullopt;
        path += ".\"" + name + '"';
    }
    return path;
}

// As json_extract() gives it. Other numbers than integers are left to the evaluation: whether SQLite reads
// the same double from their text is not ours to promise.
std::optional<std::variant<std::int64_t, std::string>> comparable(const ql::Constant& constant) {
    constexpr double most = 9007199254740992.0;
    if (const auto* text = std::get_if<std::string>(&constant.value)) return *text;
    if (const auto* boolean = std::get_if<bool>(&constant.value)) return std::int64_t{*boolean ? 1 : 0};
    const auto* number = std::get_if<double>(&constant.value);
    if (number == nullptr || std::trunc(*number) != *number || std::abs(*number) > most) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

}  // namespace

TwinFilter::TwinFilter(const ql::Condition& condition) {
    for (const ql::Equality& equality : ql::required_equalities(condition)) {
        const auto section = section_of(equality.path);
        if (!section) continue;
        auto path = json_path(section->second);
        if (!path) continue;
        std::vector<Value> values;
        for (const ql::Constant& constant : equality.values) {
            if (auto value = comparable(constant)) values.push_back(std::move(*value));
        }
        if (values.size() < equality.values.size()) continue;

        sql_ += " AND json_extract(" + std::string(section->first) + ", ?) IN (";
        parameters_.emplace_back(std::move(*path));
        for (std::size_t i = 0; i < values.size(); ++i) {
            sql_ += i == 0 ? "?" : ",?";
            parameters_.push_back(std::move(values[i]));
        }
        sql_ += ')';
    }
}

void TwinFilter::bind(Statement& statement) const {
    for (const Value& value : parameters_) {
        std::visit([&statement](const auto& each) { statement.bind(each); }, value);
    }
}

}  // namespace hub
