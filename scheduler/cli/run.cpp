#include "scheduler/cli/run.hpp"

#include "scheduler/cli/audit_commands.hpp"
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

// What gives one element for each device, job, policy, finding or row.
template <typename... Lists>
bool is_any_of(const Command& command) {
    return (std::holds_alternative<Lists>(command) || ...);
}

bool is_list(const Command& command) {
    if (const auto* job = std::get_if<JobCreate>(&command)) return job->dry_run;
    return is_any_of<DeviceList, JobList, JobResults, JobPlan, RunQuery, PolicyList, AuditList, Actuate,
                     Status, Doctor>(command);
}

}  // namespace

Outcome run(const Command& command, Context& context) {
    if (context.output.format == Format::csv && !is_list(command)) {
        return {Exit::failure,
                "-o csv is for lists: device list, job list, job plan, job results, policy list, audit list, "
                "query, "
                "status, lock, unlock and doctor; -o json and -o jsonl are for every command"};
    }
    return std::visit([&context](const auto& one) { return run(one, context); }, command);
}

Outcome with_output_written(Outcome outcome, std::ostream& out, const std::function<bool()>& reader_is_gone) {
    if (out.flush()) return outcome;
    if (reader_is_gone()) return {outcome.exit == Exit::ok ? Exit::reader_gone : outcome.exit, {}};
    if (outcome.exit == Exit::ok) outcome.exit = Exit::failure;
    if (!outcome.message.empty()) outcome.message += '\n';
    outcome.message += "the output could not be written: is the disk full?";
    return outcome;
}

}  // namespace cli
