#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

// Which devices the job would reach now, which of them are not connected, how old what is known of them is,
// how long it would take, and which jobs that have not ended share devices with it. Changes nothing.
Outcome run(const JobPlan& command, Context& context);

}  // namespace cli
