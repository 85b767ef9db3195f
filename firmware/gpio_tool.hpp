#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/config.hpp"

#include <string>
#include <vector>

namespace firmware {

// The bench tool: {"list"}, {"read", LINE}, {"watch", LINE} (until interrupted), {"pulse", LINE, TIME}.
// Prints to standard output.
[[nodiscard]] base::Result<void> run_gpio_tool(const std::vector<std::string>& words, const base::Log& log);

// Requests every output of the configuration inactive and lets go again: what runs after a crash.
[[nodiscard]] base::Result<void> make_safe(const Config& config, const base::Log& log);

}  // namespace firmware
