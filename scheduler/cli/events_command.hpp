#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

// Prints what happens at the hub as it happens, a line each, until Ctrl-C or the number that was asked for.
// When the hub goes away it is waited for, and the stream goes on behind the last event that was seen.
Outcome run(const Events& command, Context& context);

}  // namespace cli
