#include "scheduler/cli/run.hpp"

#include "scheduler/cli/device_commands.hpp"
#include "scheduler/cli/door_commands.hpp"
#include "scheduler/cli/job_commands.hpp"
#include "scheduler/cli/policy_commands.hpp"
#include "scheduler/cli/query_command.hpp"
#include "scheduler/cli/twin_commands.hpp"

namespace cli {

Outcome run(const Command& command, Context& context) {
    return std::visit([&context](const auto& one) { return run(one, context); }, command);
}

}  // namespace cli
