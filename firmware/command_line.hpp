#pragma once

#include "base/result.hpp"
#include "firmware/door_hardware.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace firmware {

enum class Action { run, check_config, safe, gpio, wave, version, help };

// What the command line asks for.
struct CommandLine {
    Action action = Action::run;
    std::string config_file;
    std::optional<SimulationFiles> simulation;
    std::string wave_file;
    bool as_svg = false;             // of a wave
    std::size_t columns = 0;         // 0: as wide as the terminal, or 100
    std::vector<std::string> words;  // of gpio
};

// The error says what is wrong; the caller adds where help is.
[[nodiscard]] base::Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments);
[[nodiscard]] std::string_view help_text();

}  // namespace firmware
