#pragma once

#include "scheduler/cli/output.hpp"

#include <chrono>
#include <optional>
#include <string>

// The process's surroundings: its environment, its terminal, its signals.
namespace cli {

[[nodiscard]] std::optional<std::string> environment(const std::string& name);

// std::cout and std::cerr, and what kind of terminal they are.
[[nodiscard]] Output standard_output(Format format);

// Standard output is a pipe that nobody reads any more.
[[nodiscard]] bool reader_is_gone();

// Sleeps; false when Ctrl-C came since the first call. A second Ctrl-C ends the process.
[[nodiscard]] bool interruptible_pause(std::chrono::milliseconds duration);

}  // namespace cli
