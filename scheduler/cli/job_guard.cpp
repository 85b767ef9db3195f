#include "scheduler/cli/job_guard.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/table.hpp"
#include "scheduler/query/query.hpp"

#include <set>
#include <string>
#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;

// A hub takes a condition that cannot be read, and the job fails when it starts. Lockhub's language is ours,
// so it is told now; of another hub it is only said that it may fail.
std::optional<Outcome> bad_condition(const std::string& condition, Context& context) {
    const auto parsed = ql::parse_condition(condition);
    if (parsed) return std::nullopt;
    const auto capabilities = context.service.capabilities();
    if (!capabilities) return failed(capabilities.error());
    if (capabilities->lockhub) return failed(base::with_context(parsed.error(), "--where"));
    context.output.err << "this condition may fail: " << parsed.error().message << '\n';
    return std::nullopt;
}

// A date that is over is a slip of the pen more often than it means now. Clocks may differ by a minute.
std::optional<Outcome> bad_start(const JobCreate& command, base::SystemTime now) {
    if (!command.at || now - *command.at <= std::chrono::minutes(1)) return std::nullopt;
    const auto ago = std::chrono::floor<std::chrono::seconds>(now - *command.at);
    return Outcome{Exit::failure, "--at: " + base::format_iso8601(*command.at).substr(0, 19) + "Z was " +
                                      base::format_duration(ago) +
                                      " ago; leave --at out to start the job now"};
}

// An option that vanishes could send ten thousand commands at once.
std::optional<Outcome> ignored_option(const JobCreate& job, Context& context) {
    if (job.rollout.empty()) return std::nullopt;
    const auto capabilities = context.service.capabilities();
    if (!capabilities) return failed(capabilities.error());
    for (const auto& [name, json] : job.rollout) {
        if (capabilities->features.contains(name)) continue;
        return Outcome{Exit::refused,
                       "this hub would ignore '" + name + "' (" +
                           (capabilities->lockhub ? "it is an older lockhub" : "it is no lockhub") +
                           "), and begin every device at once; leave the option out if that is meant"};
    }
    return std::nullopt;
}

std::string devices_in_words(std::uint64_t count) {
    return std::to_string(count) + (count == 1 ? " device" : " devices");
}

// A name that is wrong makes a job smaller, and nobody would notice. It may be registered until the job
// starts.
void warn_of_unknown_names(const JobCreate& job, Context& context) {
    std::set<std::string> unknown(job.named.begin(), job.named.end());
    if (unknown.empty()) return;
    const auto read = context.service.query(
        "SELECT deviceId FROM devices WHERE " + job.condition, [&unknown](const Page& page) {
            for (const base::JsonView row : page.items)
                unknown.erase(std::string(row.find("deviceId").as_string().value_or("")));
        });
    if (!read) return;  // who cannot ask is told when the job is made
    for (const std::string& id : unknown)
        context.output.err << "there is no device '" << printable(id)
                           << "' now; 'lockctl device list' shows those there are\n";
}

std::optional<Outcome> unexpected_devices(const JobCreate& job, Context& context) {
    const bool all = job.condition == "*";
    if (!job.expect && (!all || job.yes)) return std::nullopt;
    const auto count = count_devices(job.condition, context.service);
    if (!count) return failed(base::with_context(count.error(), "counting the devices"));
    if (job.expect) {
        if (*count == *job.expect) return std::nullopt;
        return Outcome{Exit::refused, "the condition means " + devices_in_words(*count) + " now, not " +
                                          std::to_string(*job.expect) +
                                          "; 'lockctl job plan' with the same options lists them"};
    }
    return Outcome{Exit::refused, "'*' means every device of the hub, now " + devices_in_words(*count) +
                                      "; repeat with --expect " + std::to_string(*count) + " or --yes"};
}

}  // namespace

void tell_remark(const std::string& answer, Context& context) {
    const auto json = base::Json::parse(answer, {.bytes = answer.size()});
    if (!json) return;
    const JobRecord job = read_job(*json);
    if (!job.status_message.empty())
        context.output.err << "the hub remarks: " << printable(job.status_message) << '\n';
}

base::Result<std::uint64_t> count_devices(const std::string& condition, Service& service) {
    if (condition.starts_with("FROM ")) {
        return Error{Errc::invalid_argument, "the devices behind a condition that names its source (" +
                                                 condition.substr(0, 40) + "…) cannot be counted"};
    }
    std::optional<std::int64_t> count;
    const auto done = service.query(count_query(condition), [&count](const Page& page) {
        for (const base::JsonView row : page.items) {
            count = row.find("devices").as_integer();
        }
    });
    if (!done) return done.error();
    // A hub may answer a count of nothing with no row.
    return static_cast<std::uint64_t>(count.value_or(0));
}

std::optional<Outcome> objection(const JobCreate& job, Context& context) {
    if (auto no = bad_start(job, context.clock.system_now())) return no;
    if (auto no = bad_condition(job.condition, context)) return no;
    if (auto no = ignored_option(job, context)) return no;
    warn_of_unknown_names(job, context);
    return unexpected_devices(job, context);
}

}  // namespace cli
