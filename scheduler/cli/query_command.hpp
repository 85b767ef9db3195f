#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

[[nodiscard]] Outcome run(const RunQuery& command, Context& context);

}  // namespace cli
