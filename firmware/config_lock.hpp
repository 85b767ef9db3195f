#pragma once

#include "firmware/config.hpp"

#include <optional>
#include <string_view>

namespace firmware {

// The "lock" section: kind, lines, switches, timings, and whether they fit together.
void read_lock(ConfigSection lock, Config& config);

// A line: "GPIO17", or {"line": "GPIO17", "active_low": true, "bias": "pull_up", "drive": "open_drain"}.
// `what` is how it names itself to the kernel.
[[nodiscard]] std::optional<hal::LineConfig> read_line(ConfigSection& section, std::string_view name,
                                                       std::string_view what);

}  // namespace firmware
