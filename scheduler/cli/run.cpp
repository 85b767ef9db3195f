#include "scheduler/cli/run.hpp"

#include "scheduler/cli/device_commands.hpp"
#include "scheduler/cli/doctor.hpp"
#include "scheduler/cli/door_commands.hpp"
#include "scheduler/cli/events_command.hpp"
#include "scheduler/cli/job_commands.hpp"
#include "scheduler/cli/job_plan.hpp"
#include "scheduler/cli/job_retry.hpp"
#include "scheduler/cli/policy_commands.hpp"
#include "scheduler/cli/query_command.hpp"
#include "scheduler/cli/simulate_command.hpp"
#include "scheduler/cli/twin_commands.hpp"

namespace cli {

namespace {

bool is_list(const Command& command) {
    return std::holds_alternative<DeviceList>(command) || std::holds_alternative<JobList>(command) ||
           std::holds_alternative<JobResults>(command) || std::holds_alternative<JobPlan>(command) ||
           std::holds_alternative<RunQuery>(command);
}

}  // namespace

Outcome run(const Command& command, Context& context) {
    if (context.output.format == Format::csv && !is_list(command)) {
        return {Exit::failure, "-o csv is for lists: device list, job list, job plan, job results and query"};
    }
    return std::visit([&context](const auto& one) { return run(one, context); }, command);
}

Outcome with_output_written(Outcome outcome, std::ostream& out) {
    if (out.flush()) return outcome;
    if (outcome.exit == Exit::ok) outcome.exit = Exit::failure;
    if (!outcome.message.empty()) outcome.message += '\n';
    outcome.message += "the output could not be written: is the disk full, or has its reader gone away?";
    return outcome;
}

}  // namespace cli
