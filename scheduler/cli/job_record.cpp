#include "scheduler/cli/job_record.hpp"

#include "base/iso8601.hpp"

#include <algorithm>
#include <string_view>

namespace cli {

namespace {

std::string text(base::JsonView object, std::string_view name) {
    return std::string(object.find(name).as_string().value_or(""));
}

std::optional<base::SystemTime> time(base::JsonView object, std::string_view name) {
    const auto value = object.find(name).as_string();
    if (!value || value->starts_with("9999-") || value->starts_with("0001-")) return std::nullopt;
    const auto parsed = base::parse_iso8601(*value);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

std::int64_t count(base::JsonView statistics, std::string_view name) {
    return statistics.find(name).as_integer().value_or(0);
}

std::string describe_action(base::JsonView job) {
    if (const auto method = job.find("cloudToDeviceMethod"); method.exists()) {
        base::Json payload(method.find("payload"));
        if (payload.is_object()) payload.erase("commandId");  // it tells people nothing
        const bool says_something = payload.is_object() ? payload.size() > 0 : !payload.view().is_null();
        return text(method, "methodName") + (says_something ? " " + payload.dump() : "");
    }
    std::string out;
    const auto twin = job.find("updateTwin");
    const auto desired = twin.find("properties").find("desired");
    if (desired.size() > 0) out = "desired " + desired.dump();
    if (twin.find("tags").size() > 0) out += (out.empty() ? "tags " : ", tags ") + twin.find("tags").dump();
    return out.empty() ? text(job, "type") : out;
}

}  // namespace

bool JobRecord::was_cancelled() const {
    return status == "cancelled" || status == "canceled";
}

bool JobRecord::is_over() const {
    return status == "completed" || status == "failed" || was_cancelled();
}

JobRecord read_job(base::JsonView json) {
    JobRecord job;
    job.id = text(json, "jobId");
    job.status = text(json, "status");
    job.what = describe_action(json);
    job.condition = text(json, "queryCondition");
    job.failure_reason = text(json, "failureReason");
    job.status_message = text(json, "statusMessage");
    job.start = time(json, "startTime");
    job.end = time(json, "endTime");
    job.is_method = text(json, "type") == "scheduleDeviceMethod";
    const auto statistics = json.find("deviceJobStatistics");
    // Before it starts nobody knows its devices; lockhub tells noughts then.
    const bool waits = job.status == "queued" || job.status == "scheduled" || job.status == "enqueued";
    job.counted = statistics.is_object() && !waits;
    job.devices = count(statistics, "deviceCount");
    job.succeeded = count(statistics, "succeededCount");
    job.failed = count(statistics, "failedCount");
    job.running = count(statistics, "runningCount");
    job.pending = count(statistics, "pendingCount");
    job.cancelled = job.counted ? std::max<std::int64_t>(
                                      0, job.devices - job.succeeded - job.failed - job.running - job.pending)
                                : 0;
    return job;
}

std::string refusal_text(base::JsonView payload) {
    for (const std::string_view name : {"error", "message", "Message"}) {
        if (const auto said = payload.find(name).as_string()) return std::string(*said);
    }
    if (const auto said = payload.as_string()) return std::string(*said);
    return !payload.exists() || payload.is_null() ? std::string() : payload.dump();
}

bool DeviceJob::failed() const {
    return status == "failed" || (status == "completed" && method_status && *method_status >= 400);
}

bool DeviceJob::cancelled() const {
    return status == "canceled" || status == "cancelled";
}

bool DeviceJob::timed_out() const {
    return error_code == "JobRunPreconditionFailed" || error_code == "DeviceTimeout" ||
           error_code == "GatewayTimeout";
}

std::string DeviceJob::cause() const {
    if (method_status && *method_status >= 400) {
        const auto json = base::Json::parse(payload.empty() ? "null" : payload);
        const std::string said = json ? refusal_text(*json) : std::string();
        return std::to_string(*method_status) + (said.empty() ? "" : ": " + said);
    }
    if (error_code.empty()) return status;
    return error_code + (error_text.empty() ? "" : ": " + error_text);
}

std::string_view DeviceJob::hint() const {
    switch (method_status.value_or(0)) {
        case 0:
            break;
        case 400:
            return "the payload is not what the door takes; the answer names the member";
        case 404:
            return "the device has no such method; is doorlockd running there?";
        case 409:
            return "something at the door forbids it (open, fire, another command); see to it, or --retry 3";
        case 410:
            return "the command's notAfter had passed, or the door's clock is wrong";
        case 429:
            return "the door's actuator must cool down; --retry 3 asks again later";
        case 500:
            return "the bolt or its line failed; someone has to look at the door, then: lockctl job retry";
        case 503:
            return "the door cannot do that now (clock not set, disk full); lockctl status tells";
        default:
            if (*method_status >= 500)
                return "the device failed; its own log says more, then: lockctl job retry";
            if (*method_status >= 400) return "the device does not do that; its answer says why";
            return "";
    }
    if (error_code == "JobRunPreconditionFailed")
        return "not connected in the job's time; is doorlockd running there? --max-time waits longer";
    if (error_code == "DeviceTimeout" || error_code == "GatewayTimeout")
        return "connected, but silent; a longer --timeout, or the door's own log";
    if (error_code == "OutcomeUnknown")
        return "ask the door itself: lockctl status DEVICE; lockctl job retry repeats without moving it "
               "twice";
    if (error_code == "DeviceNotFound") return "removed since the job began";
    if (error_code == "DeviceMaximumInflightMethodExceeded" || error_code.starts_with("Throttling"))
        return "too much at once; --in-flight or --rate spreads it, then: lockctl job retry";
    if (error_code == "ServerError" || error_code == "ServiceUnavailable" ||
        error_code == "InternalServerError")
        return "the hub failed, not the door; the hub's log says more, then: lockctl job retry";
    if (error_code.find("TooLarge") != std::string::npos || error_code == "ArgumentInvalid")
        return "the device's twin cannot take this change; lockctl twin show tells what it has";
    return error_code.empty() ? "" : "when the cause is mended: lockctl job retry";
}

DeviceJob read_device_job(base::JsonView json) {
    DeviceJob row;
    row.device = text(json, "deviceId");
    row.job = text(json, "jobId");
    row.status = text(json, "status");
    const auto answer = json.find("outcome").find("deviceMethodResponse");
    if (const auto status = answer.find("status").as_integer()) row.method_status = static_cast<int>(*status);
    const auto payload = answer.find("payload");
    if (payload.exists() && !payload.is_null()) row.payload = payload.dump();
    row.error_code = text(json.find("error"), "code");
    row.error_text = text(json.find("error"), "description");
    return row;
}

}  // namespace cli
