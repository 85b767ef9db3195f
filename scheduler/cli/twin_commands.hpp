#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

[[nodiscard]] Outcome run(const TwinShow& command, Context& context);
[[nodiscard]] Outcome run(const TwinSet& command, Context& context);
[[nodiscard]] Outcome run(const TwinTag& command, Context& context);

}  // namespace cli
