#include "scheduler/jobs/request.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "scheduler/jobs/command_id.hpp"
#include "scheduler/jobs/members.hpp"
#include "scheduler/jobs/portability.hpp"
#include "scheduler/jobs/rollout.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jobs {
namespace {

using Members = std::vector<base::RawMember>;
constexpr base::JsonLimits request_limits{.bytes = max_request};

base::Error invalid(std::string message) {
    return {base::Errc::invalid_argument, std::move(message)};
}

// A member that is there and not null; IoT Hub's clients write null for what was not given.
base::JsonView given(base::JsonView object, std::string_view name) {
    const base::JsonView value = object.find(name);
    return value.is_null() ? base::JsonView() : value;
}

std::string shown(base::JsonView value) {
    constexpr std::size_t longest = 60;
    std::string text = value.dump();
    if (text.size() <= longest) return text;
    return "a value of " + std::to_string(text.size()) + " bytes";
}

base::Result<std::chrono::seconds> seconds_of(base::JsonView value, std::string_view name,
                                              std::chrono::seconds fallback, std::chrono::seconds least,
                                              std::chrono::seconds most) {
    if (!value.exists()) return fallback;
    const auto number = value.as_integer();
    if (!number || *number < least.count() || *number > most.count()) {
        return invalid(std::string(name) + " is " + shown(value) + "; it must be a whole number from " +
                       std::to_string(least.count()) + " to " + std::to_string(most.count()));
    }
    return std::chrono::seconds(*number);
}

bool is_id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::optional<Refusal> refuse_id(std::string_view id) {
    if (!id.empty() && id.size() <= max_job_id && std::ranges::all_of(id, is_id_char)) return std::nullopt;
    return invalid_argument("the job id must have 1 to " + std::to_string(max_job_id) +
                            " characters out of A-Z a-z 0-9 - _");
}

base::Result<Action> parse_method(std::string_view text) {
    const auto members = base::raw_members(text, request_limits);
    if (!members) return members.error();
    const auto object = base::Json::parse(text, request_limits);
    if (!object) return object.error();

    const auto name = object->find("methodName").as_string();
    if (!name || name->empty() || name->find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return invalid("methodName is missing; it must be the name of a device's method");
    }
    if (name->size() > max_method_name) {
        return invalid("methodName has " + std::to_string(name->size()) + " bytes; at most " +
                       std::to_string(max_method_name) + " are allowed");
    }
    const std::string_view payload = base::find_raw(*members, "payload").value_or("null");
    if (payload.size() > max_payload) {
        return base::Error{base::Errc::too_large, "payload has " + std::to_string(payload.size()) +
                                                      " bytes; at most " + std::to_string(max_payload) +
                                                      " are allowed"};
    }
    using std::chrono::seconds;
    const auto response = seconds_of(given(*object, "responseTimeoutInSeconds"), "responseTimeoutInSeconds",
                                     seconds(30), seconds(5), seconds(300));
    if (!response) return response.error();
    const auto connect = seconds_of(given(*object, "connectTimeoutInSeconds"), "connectTimeoutInSeconds",
                                    seconds(0), seconds(0), seconds(300));
    if (!connect) return connect.error();
    return Action(MethodAction{.name = std::string(*name),
                               .payload = std::string(payload),
                               .response_timeout = *response,
                               .connect_timeout = *connect,
                               .text = std::string(text)});
}

base::Result<Action> parse_twin(std::string_view text) {
    const auto object = base::Json::parse(text, request_limits);
    if (!object) return object.error();
    if (!object->is_object()) return invalid("updateTwin is " + shown(*object) + "; it must be an object");
    if (object->find("etag").as_string() != "*") {
        return invalid(
            "Missing or invalid etag for job type ScheduleUpdateTwin. ScheduleUpdateTwin job type is a force "
            "update, which only accepts '*' as the Etag.");
    }
    const base::JsonView properties = given(*object, "properties");
    const std::pair<std::string_view, base::JsonView> sections[] = {
        {"updateTwin.tags", given(*object, "tags")},
        {"updateTwin.properties", properties},
        {"updateTwin.properties.desired", given(properties, "desired")},
    };
    for (const auto& [name, section] : sections) {
        if (section.exists() && !section.is_object()) {
            return invalid(std::string(name) + " is " + shown(section) + "; it must be an object");
        }
    }
    return Action(TwinAction{.update_twin = std::string(text)});
}

base::Result<base::SystemTime> start_time_of(base::JsonView value, base::SystemTime now) {
    if (!value.exists()) return now;
    const auto text = value.as_string();
    if (!text) return invalid("startTime is " + shown(value) + "; it must be an ISO 8601 text");
    const auto time = base::parse_iso8601(*text);
    if (!time) return base::with_context(time.error(), "startTime");
    if (*time > now + max_start_ahead) {
        return invalid("startTime '" + std::string(*text) + "' is more than ten years ahead");
    }
    return std::max(*time, now);
}

// The member that holds the action; the other type's is ignored.
std::string_view action_member(JobType type) {
    return type == JobType::schedule_device_method ? "cloudToDeviceMethod" : "updateTwin";
}

std::optional<JobType> exact_type(base::JsonView value) {
    for (const JobType type : {JobType::schedule_device_method, JobType::schedule_update_twin}) {
        if (value.as_string() == to_text(type)) return type;
    }
    return std::nullopt;
}

// The members beyond IoT Hub's that are there, as an object of their own.
std::string rollout_of(const Members& members) {
    std::string object;
    for (const std::string_view name : rollout_members) {
        const auto value = base::find_raw(members, name);
        if (!value || *value == "null") continue;
        object += object.empty() ? "{\"" : ",\"";
        object.append(name).append("\":").append(*value);
    }
    return object.empty() ? object : object + "}";
}

// A retry must not make a door move twice.
std::optional<Refusal> refuse_retry(const Rollout::Retry& retry, const Action& action) {
    const auto* method = std::get_if<MethodAction>(&action);
    if (method == nullptr) {
        return invalid_argument(
            "retry: a twin job has nothing to call again; a device that is not connected gets its desired "
            "properties when it comes");
    }
    if (retry.timeout == true && !carries_command_id(method->payload)) {
        return invalid_argument(
            "retry.causes: a call that timed out may have been carried out, so \"timeout\" needs a commandId "
            "in the payload, by which the device knows the repeat");
    }
    return std::nullopt;
}

}  // namespace

base::Result<Action> parse_action(JobType type, std::string_view text) {
    return type == JobType::schedule_device_method ? parse_method(text) : parse_twin(text);
}

JobAnswer parse_job_request(std::string_view path_id, std::string_view body, base::SystemTime now) {
    if (auto refusal = refuse_id(path_id)) return *std::move(refusal);
    const auto members = base::raw_members(body, request_limits);
    if (!members) return invalid_argument("the body of the job: " + members.error().message);
    const auto request = base::Json::parse(body, request_limits);
    if (!request) return invalid_argument("the body of the job: " + request.error().message);

    const base::JsonView type_text = given(*request, "type");
    const auto type = exact_type(type_text);
    if (!type) {
        return bad_request((type_text.exists() ? "type is " + shown(type_text) : "type is missing") +
                           "; it must be \"scheduleDeviceMethod\" or \"scheduleUpdateTwin\"");
    }
    const std::string_view member = action_member(*type);
    if (!given(*request, member).exists()) {
        return missing_argument("a job of type " + std::string(to_text(*type)) + " needs the member '" +
                                std::string(member) + "'");
    }
    auto action = parse_action(*type, *base::find_raw(*members, member));
    if (!action) return invalid_argument(base::with_context(std::move(action).error(), member).message);

    const base::JsonView condition = given(*request, "queryCondition");
    if (!condition.exists()) {
        return missing_argument("queryCondition is missing; '*' means every device");
    }
    const auto condition_text = condition.as_string();
    if (!condition_text || condition_text->empty() || condition_text->size() > max_condition) {
        return invalid_argument("queryCondition is " + shown(condition) + "; it must be a text of 1 to " +
                                std::to_string(max_condition) + " bytes");
    }
    const auto start = start_time_of(given(*request, "startTime"), now);
    if (!start) return invalid_argument(start.error().message);
    const auto execution =
        seconds_of(given(*request, "maxExecutionTimeInSeconds"), "maxExecutionTimeInSeconds",
                   default_execution, std::chrono::seconds(1), max_execution);
    if (!execution) return invalid_argument(execution.error().message);

    if (const auto good = check_changes_something(*action); !good) {
        return invalid_argument(good.error().message);
    }
    if (const auto good = check_own_members(*members); !good) return invalid_argument(good.error().message);
    std::string rollout = rollout_of(*members);
    const auto good = parse_rollout(rollout);
    if (!good) return invalid_argument(good.error().message);
    if (good->retry) {
        if (auto refusal = refuse_retry(*good->retry, *action)) return *std::move(refusal);
    }

    Job job;
    job.id = path_id;
    job.action = *std::move(action);
    job.condition = *condition_text;
    job.created = now;
    job.start_time = *start;
    job.max_execution = *execution;
    job.rollout = std::move(rollout);
    job.status_message = portability_warning(job.action);
    if (const std::string remark = remark_on_members(*members, job.action); !remark.empty()) {
        job.status_message += (job.status_message.empty() ? "" : "; ") + remark;
    }
    return job;
}

}  // namespace jobs
