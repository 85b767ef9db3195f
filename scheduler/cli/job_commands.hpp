#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

[[nodiscard]] Outcome run(const JobCreate& command, Context& context);
[[nodiscard]] Outcome run(const JobList& command, Context& context);
[[nodiscard]] Outcome run(const JobShow& command, Context& context);
[[nodiscard]] Outcome run(const JobWatch& command, Context& context);
[[nodiscard]] Outcome run(const JobResults& command, Context& context);
[[nodiscard]] Outcome run(const JobCancel& command, Context& context);

}  // namespace cli
