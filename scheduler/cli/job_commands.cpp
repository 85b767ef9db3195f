#include "scheduler/cli/job_commands.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/job_guard.hpp"
#include "scheduler/cli/job_plan.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/job_rows.hpp"
#include "scheduler/cli/new_job_id.hpp"
#include "scheduler/cli/progress.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/rows.hpp"
#include "scheduler/cli/table.hpp"
#include "scheduler/cli/watch.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;

Outcome about(Error error, const std::string& id) {
    if (error.code == Errc::not_found) {
        return failed(
            {Errc::not_found, "there is no job '" + id + "'; 'lockctl job list' shows those there are"});
    }
    return failed(base::with_context(std::move(error), "job " + id));
}

// Other methods may refuse an argument that they do not know.
bool takes_command_id(std::string_view method) {
    return method == "lockDoor" || method == "unlockDoor";
}

std::optional<base::SystemTime> start_of(const JobCreate& command, base::SystemTime now) {
    if (command.in) return now + *command.in;
    return command.at;
}

// Takes what a method's doors refused from the rows, as `job watch` does. False if that was not possible:
// then `succeeded` counts all that answered.
bool add_refusals(JobRecord& job, Service& service) {
    if (!job.is_method || job.succeeded == 0) return true;
    const auto known = service.capabilities();
    const bool all_rows = !known || !known->lockhub;
    if (!job.is_over() && job.devices > most_rows_while_running && all_rows) return false;
    const auto rows = read_failed_rows(job.id, service);
    if (rows) recount(job, *rows);
    return rows.has_value();
}

std::string describe_counts(const JobRecord& job, bool refusals_known) {
    std::string out = std::to_string(job.devices) + " (" + std::to_string(job.succeeded) +
                      (refusals_known ? " succeeded, " : " answered, ") + std::to_string(job.failed) +
                      (refusals_known ? " failed, " : " did not, ") + std::to_string(job.running) +
                      " running, " + std::to_string(job.pending) + " waiting";
    if (job.cancelled > 0) out += ", " + std::to_string(job.cancelled) + " cancelled";
    return out + ")";
}

// Calls that have left cannot be called back: the job is cancelled when they are over.
std::string describe_cancelled(const JobRecord& job) {
    if (job.status.empty() || job.was_cancelled()) return "cancelled";
    return "cancelling: " + std::to_string(job.running) +
           (job.running == 1 ? " call is under way" : " calls are under way");
}

void tell_created(const JobCreate& command, const std::optional<base::SystemTime>& start,
                  base::SystemTime now, Context& context) {
    std::ostream& out = context.output.out;
    out << "job " << command.id << (start && *start > now ? " scheduled" : " queued") << " for devices where "
        << printable(command.condition);
    if (start && *start > now) {
        out << ", at " << base::format_iso8601(*start).substr(0, 19) << "Z (in "
            << base::format_duration(std::chrono::ceil<std::chrono::seconds>(*start - now)) << ")";
    }
    out << '\n';
    if (!command.wait) out << "follow it with: lockctl job watch " << command.id << '\n';
    out.flush();
}

}  // namespace

Outcome run(const JobCreate& command, Context& context) {
    const auto now = context.clock.system_now();
    if (command.dry_run) return run(JobPlan{command}, context);
    if (auto no = objection(command, context)) return std::move(*no);
    const std::string uuid = context.new_id();
    JobCreate job = command;
    if (job.id.empty()) job.id = new_job_id(now, uuid);
    if (auto* method = std::get_if<MethodJob>(&job.action);
        method != nullptr && method->command_id.empty() && takes_command_id(method->method)) {
        method->command_id = uuid;
    }
    const auto start = start_of(job, now);
    const auto response = context.service.call(create_job(job, start));
    if (!response) {
        if (response.error().code == Errc::conflict) {
            return {Exit::failure,
                    "job " + job.id + ": " + response.error().message + "; choose another with --id"};
        }
        return failed(base::with_context(response.error(), "job " + job.id));
    }
    const bool pipes = context.output.as_json() || (job.wait && !context.output.live);
    tell_remark(response->body, context);
    if (!pipes) {
        tell_created(job, start, now, context);
    } else if (!job.wait) {
        print_document(context.output, response->body);
    }
    return job.wait ? watch_job(job.id, context) : Outcome{};
}

Outcome run(const JobList& command, Context& context) {
    RowPrinter printer(context.output);
    const auto done = context.service.read_pages(
        [&command](std::string_view continuation) { return list_jobs(command, continuation); },
        [&printer](const Page& page) {
            printer.add({page.type.empty() ? "JobResponse" : page.type, page.text, page.items});
        });
    if (!done) return failed(done.error());
    printer.finish("no jobs; 'lockctl job create --help' says how to make one");
    return {};
}

Outcome run(const JobShow& command, Context& context) {
    const auto response = context.service.call(get_job(command.id));
    if (!response) return about(response.error(), command.id);
    if (context.output.as_json()) {
        print_document(context.output, response->body);
        return {};
    }
    const auto json = base::Json::parse(response->body, {.bytes = response->body.size()});
    if (!json) return failed(base::with_context(json.error(), "the hub's answer"));
    JobRecord job = read_job(*json);
    const bool refusals_known = add_refusals(job, context.service);
    const auto date = [&json](std::string_view name) {
        return std::string(json->find(name).as_string().value_or(""));
    };
    Listing listing;
    listing.add("job", job.id);
    listing.add("status", job.status);
    listing.add("reason", job.failure_reason);
    listing.add("remark", job.status_message);
    listing.add("what", job.what);
    listing.add("where", job.condition);
    listing.add("created", date("createdTime"));
    listing.add("start", date("startTime"));
    listing.add("end", job.end ? date("endTime") : "");
    if (const auto most = json->find("maxExecutionTimeInSeconds").as_integer(); most && !job.is_over()) {
        listing.add("max time", base::format_duration(std::chrono::seconds(*most)));
    }
    for (const char* option : {"rate", "inFlight", "abort", "waves", "retry"})
        listing.add(option, cell(json->find(option)));
    if (job.counted) {
        listing.add("devices", describe_counts(job, refusals_known));
    }
    listing.print(context.output.out);
    return {};
}

Outcome run(const JobWatch& command, Context& context) {
    return watch_job(command.id, context);
}

Outcome run(const JobResults& command, Context& context) {
    const auto job = context.service.call_json(get_job(command.id));
    if (!job) return about(job.error(), command.id);
    RowPrinter printer(context.output, [&command](base::JsonView row) {
        return !command.failed_only || read_device_job(row).failed();
    });
    const auto done = context.service.query(device_jobs_query(command.id), [&printer](const Page& page) {
        printer.add({"DeviceJob", page.text, page.items});
    });
    if (!done) return about(done.error(), command.id);
    printer.finish(command.failed_only ? "no device has failed"
                                       : "no devices yet: the job is " + read_job(*job).status);
    return {};
}

Outcome run(const JobCancel& command, Context& context) {
    if (command.force) {
        const auto capabilities = context.service.capabilities();
        if (!capabilities) return failed(capabilities.error());
        if (!capabilities->features.contains("cancelRunningJob")) {
            return {Exit::refused, "--force: this hub cannot cancel a job that runs"};
        }
    }
    const auto response = context.service.call(cancel_job(command.id, command.force));
    if (!response) {
        const bool runs = response.error().message.find("'Running'") != std::string::npos;
        if (runs && !command.force) {
            return {Exit::failure, "job " + command.id + ": " + response.error().message +
                                       " (lockhub cancels a running job with --force)"};
        }
        return about(response.error(), command.id);
    }
    if (context.output.as_json()) {
        print_document(context.output, response->body);
    } else {
        const auto json = base::Json::parse(response->body, {.bytes = response->body.size()});
        if (!json) return failed(base::with_context(json.error(), "the hub's answer"));
        context.output.out << "job " << command.id << ' ' << describe_cancelled(read_job(*json)) << '\n';
    }
    return {};
}

}  // namespace cli
