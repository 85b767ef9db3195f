#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

#include <ostream>

namespace cli {

// Does what the command line asked for.
[[nodiscard]] Outcome run(const Command& command, Context& context);

// A command that went well, and whose output was lost (a full disk, a reader that went away), has failed.
[[nodiscard]] Outcome with_output_written(Outcome outcome, std::ostream& out);

}  // namespace cli
