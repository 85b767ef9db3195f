#pragma once

#include "firmware/config.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace firmware {

// What a configured line is for: its name for people at the bench, and where it stands in the configuration.
struct LineRole {
    std::string_view name;     // "exit_button"
    std::string_view section;  // "lock", "door", "fire"
    std::string_view inner;    // of the section; empty: none
    std::string_view setting;
    bool output = false;
    const std::optional<hal::LineConfig>& line;

    // "lock.lines.unlock"
    [[nodiscard]] std::string path() const;
};

// All that a door can have, outputs first; those that it does not have are without a line. They refer to
// `lines`.
[[nodiscard]] std::array<LineRole, 10> line_roles(const DoorLines& lines);

}  // namespace firmware
