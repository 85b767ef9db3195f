#pragma once

#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

#include <string>

namespace cli {

// Follows a job until it is over: a line that is drawn over and a summary on a terminal, else a JSON object
// per change; with -o json only the last of them. A hub that is away for up to a minute (it restarts) is
// waited for. Ctrl-C, and a reader that goes away, leave the job as it is. Ends with the job's own status
// (exit_of).
[[nodiscard]] Outcome watch_job(const std::string& id, Context& context);

// The same, but that the object which -o json prints is handed over; empty if nothing was seen of the job.
struct Watched {
    Outcome outcome;
    std::string last;
};
[[nodiscard]] Watched follow_job(const std::string& id, Context& context);

}  // namespace cli
