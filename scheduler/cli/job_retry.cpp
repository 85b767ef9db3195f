#include "scheduler/cli/job_retry.hpp"

#include "base/json.hpp"
#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/job_guard.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/job_rows.hpp"
#include "scheduler/cli/new_job_id.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/table.hpp"
#include "scheduler/cli/watch.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

namespace {

using base::Errc;

constexpr std::size_t most_devices = 5000;  // of one job's condition
// Members of a job that its repetition takes over; the others are the first one's own.
constexpr std::string_view kept[] = {
    "type", "maxExecutionTimeInSeconds", "rate", "inFlight", "abort", "waves", "retry"};

// Nobody heard whether the door acted.
bool unheard(const DeviceJob& row) {
    return row.error_code == "OutcomeUnknown" || row.error_code == "DeviceTimeout" ||
           row.error_code == "GatewayTimeout";
}

std::string condition_for(const std::vector<std::string>& devices) {
    std::string condition = "deviceId IN [";
    for (const auto& id : devices) {
        if (condition.back() != '[') condition += ",";
        condition += quote_literal(id);
    }
    return condition + "]";
}

// The object with one member's value replaced, all other bytes unchanged; as it is if it has no such member.
std::string replaced(std::string_view object, std::string_view name, std::string_view value) {
    const auto members = base::raw_members(object, {.bytes = object.size()});
    if (!members) return std::string(object);
    for (const auto& member : *members) {
        if (member.name != name) continue;
        std::string out(object);
        return out.replace(member.offset, member.value.size(), value);
    }
    return std::string(object);
}

// The call with a fresh commandId, if its payload has one.
std::string with_new_id(std::string_view call, const std::string& command_id) {
    const auto members = base::raw_members(call, {.bytes = call.size()});
    const auto payload = members ? base::find_raw(*members, "payload") : std::nullopt;
    if (!payload) return std::string(call);
    return replaced(call, "payload", replaced(*payload, "commandId", base::quote_json(command_id)));
}

// What a new job takes over.
struct Part {
    std::vector<std::string> devices = {};  // empty: the condition of the first one
    bool new_command = true;                // and not the commandId, by which a door knows a repetition
    // Keeps the threshold and the waves; not on devices that have failed already, for another failure of
    // theirs says nothing about those that are to come.
    bool guarded = true;
    std::string_view words = {};
};

class Repetition {
  public:
    Repetition(const JobRetry& command, Context& context)
        : command_(command), context_(context), elements_(context.output, {}) {}

    Outcome run() {
        const auto record = context_.service.call(get_job(command_.id));
        if (!record) {
            if (record.error().code != Errc::not_found) return failed(record.error());
            return {Exit::failure,
                    "there is no job '" + command_.id + "'; 'lockctl job list' shows those there are"};
        }
        const auto json = base::Json::parse(record->body, {.bytes = record->body.size()});
        if (!json) return failed(base::with_context(json.error(), "the hub's answer"));
        const JobRecord job = read_job(*json);
        if (!job.is_over()) {
            return {Exit::failure,
                    "job " + command_.id + " is " + job.status +
                        "; it can be retried when it is over ('lockctl job watch' waits for that)"};
        }
        const auto rows = read_undone_rows(command_.id, context_.service);
        if (!rows) return failed(rows.error());
        record_ = record->body;
        return rows->empty() ? repeat_whole(job) : repeat_on(job, *rows);
    }

  private:
    Outcome repeat_on(const JobRecord& job, const std::vector<DeviceJob>& rows) {
        Part silent{.new_command = false, .guarded = false, .words = "whose answer was not heard"};
        Part refusing{.guarded = false, .words = "that failed"};
        Part fresh{.words = "that had not begun"};
        for (const auto& row : rows) {
            Part& part = row.cancelled() ? fresh : job.is_method && unheard(row) ? silent : refusing;
            part.devices.push_back(row.device);
        }
        for (const Part* part : {&silent, &refusing, &fresh}) {
            if (part->devices.empty()) continue;
            if (auto bad = create(*part)) return std::move(*bad);
        }
        return end();
    }

    // There is no row of it.
    Outcome repeat_whole(const JobRecord& job) {
        const std::string name = "job " + command_.id;
        if (!job.was_cancelled() || job.devices > 0) {
            if (job.status == "failed" && job.devices == 0) {
                return {Exit::nothing_matched,
                        name + " failed before it reached a device" +
                            (job.failure_reason.empty() ? "" : ": " + job.failure_reason) +
                            "\nmend that, and create it anew"};
            }
            return {Exit::nothing_matched,
                    name + (job.devices == 0 ? " matched no device" : " failed on no device") +
                        ", so there is nothing to do again"};
        }
        if (job.condition == "*" && !command_.yes) {
            const auto count = count_devices(job.condition, context_.service);
            if (!count) return failed(base::with_context(count.error(), "counting the devices"));
            return {Exit::refused, name +
                                       " was cancelled before it began, and '*' means every device of the "
                                       "hub, now " +
                                       std::to_string(*count) + "; repeat with --yes"};
        }
        condition_ = job.condition;
        if (auto bad = create({.words = "as the one that was cancelled before it began"})) {
            return std::move(*bad);
        }
        return end();
    }

    // As many jobs as their conditions need.
    std::optional<Outcome> create(const Part& part) {
        for (std::size_t from = 0; from == 0 || from < part.devices.size(); from += most_devices) {
            const std::size_t to = std::min(from + most_devices, part.devices.size());
            const std::vector<std::string> devices(part.devices.begin() + static_cast<std::ptrdiff_t>(from),
                                                   part.devices.begin() + static_cast<std::ptrdiff_t>(to));
            const std::string uuid = context_.new_id();
            const std::string id = new_job_id(context_.clock.system_now(), uuid);
            const auto response = context_.service.call(put_job(id, body_of(id, devices, part, uuid)));
            if (!response) return failed(base::with_context(response.error(), "job " + id));
            created_.push_back(id);
            tell_remark(response->body, context_);
            if (context_.output.as_json()) {
                if (!command_.wait) elements_.add(response->body, {});
                continue;
            }
            const std::string whom = devices.empty() ? "for devices where " + printable(condition_) + ", "
                                                     : "for " + std::to_string(devices.size()) +
                                                           (devices.size() == 1 ? " device " : " devices ");
            context_.output.out << "job " << id << " queued " << whom << part.words << std::endl;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::string body_of(const std::string& id, const std::vector<std::string>& devices,
                                      const Part& part, const std::string& command_id) const {
        std::string body = "{" + member("jobId", base::quote_json(id));
        const auto members = base::raw_members(record_, {.bytes = record_.size()});
        for (const std::string_view name : kept) {
            if (!part.guarded && (name == "abort" || name == "waves")) continue;
            if (const auto raw = base::find_raw(*members, name)) body += "," + member(name, *raw);
        }
        if (const auto call = base::find_raw(*members, "cloudToDeviceMethod")) {
            body += "," + member("cloudToDeviceMethod",
                                 part.new_command ? with_new_id(*call, command_id) : std::string(*call));
        }
        if (const auto twin = base::find_raw(*members, "updateTwin"))
            body += "," + member("updateTwin", *twin);
        const std::string condition = devices.empty() ? condition_ : condition_for(devices);
        return body + "," + member("queryCondition", base::quote_json(condition)) + "}";
    }

    // The worst of them, if they are waited for.
    Outcome end() {
        Outcome worst;
        if (!command_.wait && !context_.output.as_json()) {
            for (const auto& id : created_)
                context_.output.out << "follow it with: lockctl job watch " << id << '\n';
        }
        for (const auto& id : command_.wait ? created_ : std::vector<std::string>()) {
            Watched watched = follow_job(id, context_);
            if (context_.output.format == Format::json && !watched.last.empty()) {
                elements_.add(watched.last, {});
            }
            if (watched.outcome.exit == Exit::interrupted || watched.outcome.exit == Exit::reader_gone)
                return std::move(watched.outcome);
            if (watched.outcome.exit != Exit::ok) worst = std::move(watched.outcome);
        }
        if (context_.output.as_json()) elements_.finish();
        return worst;
    }

    const JobRetry& command_;
    Context& context_;
    Elements elements_;
    std::string record_;     // of the job that is repeated
    std::string condition_;  // if it is repeated as a whole
    std::vector<std::string> created_;
};

}  // namespace

Outcome run(const JobRetry& command, Context& context) {
    return Repetition(command, context).run();
}

}  // namespace cli
