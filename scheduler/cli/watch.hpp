#pragma once

#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

#include <string>

namespace cli {

// Follows a job until it is over: a line that is drawn over and a summary on a terminal, else a JSON object
// per change. A hub that is away for up to a minute (it restarts) is waited for. Ctrl-C leaves the job as it
// is. Ends with the job's own status (exit_of).
[[nodiscard]] Outcome watch_job(const std::string& id, Context& context);

}  // namespace cli
