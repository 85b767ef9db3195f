#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

// Creates a job like the one named, for the devices on which that one failed. A call whose outcome nobody
// heard keeps its commandId, so that a door which did act does not move again; a door that refused or failed
// gets a new one, because it would answer a repeat as before. Where both occur, two jobs are created.
Outcome run(const JobRetry& command, Context& context);

}  // namespace cli
