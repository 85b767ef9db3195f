#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/config.hpp"

#include <string>
#include <vector>

namespace firmware {

// The bench tool, as parse_gpio_order() has it; `watch` runs until it is interrupted. With a configuration
// (else null) the words are roles of its lines. Prints to standard output.
[[nodiscard]] base::Result<void> run_gpio_tool(const std::vector<std::string>& words, const Config* config,
                                               const base::Log& log);

// Requests every output of the configuration inactive and lets go again: what runs after a crash.
[[nodiscard]] base::Result<void> make_safe(const Config& config, const base::Log& log);

}  // namespace firmware
