#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/connection.hpp"
#include "scheduler/cli/exit.hpp"
#include "scheduler/cli/output.hpp"

#include <string>
#include <variant>
#include <vector>

namespace cli {

struct Invocation {
    ConnectionOptions hub;
    Format format = Format::table;
    Command command;
};

// Help, version or a mistake: what to write, and where.
struct Notice {
    Exit exit = Exit::ok;
    std::string text;  // to standard output if exit is ok, else to standard error
};

// `arguments` without the program's name.
[[nodiscard]] std::variant<Invocation, Notice> parse_arguments(const std::vector<std::string>& arguments);

}  // namespace cli
