#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

[[nodiscard]] Outcome run(const DeviceAdd& command, Context& context);
[[nodiscard]] Outcome run(const DeviceList& command, Context& context);
[[nodiscard]] Outcome run(const DeviceShow& command, Context& context);
[[nodiscard]] Outcome run(const DeviceRemove& command, Context& context);

}  // namespace cli
