#include "scheduler/cli/job_retry.hpp"

#include "base/json.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/job_rows.hpp"
#include "scheduler/cli/new_job_id.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/watch.hpp"

#include <string>
#include <vector>

namespace cli {

namespace {

using base::Errc;

constexpr std::size_t most_devices = 5000;  // of one job's condition
// Members of a job that its repetition takes over; the others are the first one's own.
constexpr const char* kept[] = {"type", "maxExecutionTimeInSeconds", "rate", "inFlight", "abort", "waves",
                                "retry"};

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

class Repetition {
  public:
    Repetition(const JobRetry& command, Context& context) : command_(command), context_(context) {}

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
        const auto failures = read_undone_rows(command_.id, context_.service);
        if (!failures) return failed(failures.error());
        if (failures->empty()) {
            return {Exit::nothing_matched, "job " + command_.id + " failed on no device"};
        }
        std::vector<std::string> again;
        std::vector<std::string> anew;
        for (const auto& row : *failures)
            (job.is_method && unheard(row) ? again : anew).push_back(row.device);
        if (auto bad = create(record->body, again, false)) return std::move(*bad);
        if (auto bad = create(record->body, anew, true)) return std::move(*bad);
        return command_.wait ? wait_for_all() : Outcome{};
    }

  private:
    // As many jobs as their conditions need.
    std::optional<Outcome> create(const std::string& record, const std::vector<std::string>& devices,
                                  bool new_command) {
        for (std::size_t from = 0; from < devices.size(); from += most_devices) {
            const std::size_t to = std::min(from + most_devices, devices.size());
            const std::vector<std::string> part(devices.begin() + static_cast<std::ptrdiff_t>(from),
                                                devices.begin() + static_cast<std::ptrdiff_t>(to));
            const std::string uuid = context_.new_id();
            const std::string id = new_job_id(context_.clock.system_now(), uuid);
            const auto response =
                context_.service.call(put_job(id, body_of(record, id, part, new_command ? uuid : "")));
            if (!response) return failed(base::with_context(response.error(), "job " + id));
            created_.push_back(id);
            if (context_.output.as_json()) {
                if (!command_.wait) context_.output.out << response->body << '\n';
            } else {
                context_.output.out << "job " << id << " queued for " << part.size()
                                    << (part.size() == 1 ? " device" : " devices")
                                    << (new_command ? "" : " whose answer was not heard") << '\n';
            }
        }
        return std::nullopt;
    }

    static std::string body_of(const std::string& record, const std::string& id,
                               const std::vector<std::string>& devices, const std::string& command_id) {
        std::string body = "{" + member("jobId", base::quote_json(id));
        const auto members = base::raw_members(record, {.bytes = record.size()});
        for (const char* name : kept) {
            if (const auto raw = base::find_raw(*members, name)) body += "," + member(name, *raw);
        }
        if (const auto call = base::find_raw(*members, "cloudToDeviceMethod")) {
            body += "," + member("cloudToDeviceMethod",
                                 command_id.empty() ? std::string(*call) : with_new_id(*call, command_id));
        }
        if (const auto twin = base::find_raw(*members, "updateTwin"))
            body += "," + member("updateTwin", *twin);
        return body + "," + member("queryCondition", base::quote_json(condition_for(devices))) + "}";
    }

    // The worst of them.
    Outcome wait_for_all() {
        Outcome worst;
        for (const auto& id : created_) {
            Outcome outcome = watch_job(id, context_);
            if (outcome.exit != Exit::ok) worst = std::move(outcome);
        }
        return worst;
    }

    const JobRetry& command_;
    Context& context_;
    std::vector<std::string> created_;
};

}  // namespace

Outcome run(const JobRetry& command, Context& context) {
    return Repetition(command, context).run();
}

}  // namespace cli
