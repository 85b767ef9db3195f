#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

// Only lockhub lets its policies be managed here; a plain IoT Hub is Exit::refused.
[[nodiscard]] Outcome run(const PolicyList& command, Context& context);
[[nodiscard]] Outcome run(const PolicyAdd& command, Context& context);

}  // namespace cli
