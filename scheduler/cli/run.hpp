#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

// Does what the command line asked for.
[[nodiscard]] Outcome run(const Command& command, Context& context);

}  // namespace cli
