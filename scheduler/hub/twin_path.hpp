#pragma once

#include "scheduler/hub/fault.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hub {

// Where SQLite finds a value of a twin that a query names: the stored section, and json_extract()'s path in
// it. An index on the same expression is found by its text, so every place takes it from here.
struct TwinPath {
    std::string column;  // "tags", "desired" or "reported"
    std::string json;    // $."location"."floor"
    // "json_extract(t.tags, '$.\"floor\"')", for an alias "t."; without one for the index.
    [[nodiscard]] std::string expression(std::string_view alias) const;
};

// Nothing for what is kept elsewhere, and for names that would need escapes.
[[nodiscard]] std::optional<TwinPath> twin_path(std::span<const std::string> names);
// "tags.floor", "properties.reported.lock.state"; ArgumentInvalid with what would be right.
[[nodiscard]] Outcome<TwinPath> parse_twin_path(std::string_view text);

// The table of the path's values and their devices, if there is an index on it (TwinIndexes).
[[nodiscard]] std::string twin_values_table(std::string_view path);

}  // namespace hub
