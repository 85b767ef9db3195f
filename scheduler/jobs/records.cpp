#include "scheduler/jobs/records.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

namespace jobs {
namespace {

constexpr std::string_view outcome_head = "{\"deviceMethodResponse\":{\"status\":";

// Builds an object by appending; values are JSON texts already, so that raw ones keep their bytes.
class ObjectText {
  public:
    void raw(std::string_view name, std::string_view value) {
        text_ += text_.size() == 1 ? "\"" : ",\"";
        text_.append(name).append("\":").append(value);
    }
    void text(std::string_view name, std::string_view value) { raw(name, base::quote_json(value)); }
    void number(std::string_view name, std::uint64_t value) { raw(name, std::to_string(value)); }
    void time(std::string_view name, base::SystemTime value) { text(name, base::format_iso8601(value)); }
    [[nodiscard]] std::string close() && {
        text_ += '}';
        return std::move(text_);
    }

  private:
    std::string text_ = "{";
};

std::string statistics_record(const Statistics& statistics) {
    ObjectText record;
    record.number("deviceCount", statistics.device_count);
    record.number("failedCount", statistics.failed);
    record.number("succeededCount", statistics.succeeded);
    record.number("runningCount", statistics.running);
    record.number("pendingCount", statistics.pending);
    return std::move(record).close();
}

// IoT Hub puts "deviceId":null in front of what was sent, when that names no device.
std::string twin_echo(std::string_view update_twin) {
    const auto members = base::raw_members(update_twin, {.bytes = update_twin.size()});
    const std::size_t brace = update_twin.find('{');
    if (!members || members->empty() || base::find_raw(*members, "deviceId")) return std::string(update_twin);
    return "{\"deviceId\":null," + std::string(update_twin.substr(brace + 1));
}

void add_action(ObjectText& record, const Job& job) {
    if (job.type() == JobType::schedule_device_method) {
        record.raw("cloudToDeviceMethod", job.action_text());
    } else {
        record.raw("updateTwin", twin_echo(job.action_text()));
    }
}

void add_rollout(ObjectText& record, const Job& job) {
    if (job.rollout.empty()) return;
    const auto members = base::raw_members(job.rollout, {.bytes = job.rollout.size()});
    if (!members) return;
    for (const base::RawMember& member : *members) {
        record.raw(member.name, member.value);
    }
}

}  // namespace

std::string job_record(const Job& job) {
    ObjectText record;
    record.text("jobId", job.id);
    record.text("queryCondition", job.condition);
    record.time("createdTime", job.created);
    record.time("startTime", job.start_time);
    if (job.ended) record.time("endTime", *job.ended);
    record.number("maxExecutionTimeInSeconds", static_cast<std::uint64_t>(job.max_execution.count()));
    record.text("type", to_text(job.type()));
    add_action(record, job);
    add_rollout(record, job);
    record.text("status", to_text(job.status));
    if (!job.failure_reason.empty()) record.text("failureReason", job.failure_reason);
    if (!job.status_message.empty()) record.text("statusMessage", job.status_message);
    record.raw("deviceJobStatistics", statistics_record(job.statistics));
    return std::move(record).close();
}

std::string device_job_record(const Job& job, const Row& row) {
    return device_job_record(job.type(), row);
}

std::string device_job_record(JobType type, const Row& row) {
    ObjectText record;
    const std::size_t slash = row.device_id.find('/');
    record.text("deviceId", std::string_view(row.device_id).substr(0, slash));
    if (slash != std::string::npos) {
        record.text("moduleId", std::string_view(row.device_id).substr(slash + 1));
    }
    record.text("jobId", row.job_id);
    record.text("jobType", to_text(type));
    record.text("status", to_text(row.status));
    record.time("startTimeUtc", row.start);
    record.time("endTimeUtc", row.deadline);
    record.time("createdDateTimeUtc", row.created);
    record.time("lastUpdatedDateTimeUtc", row.updated);
    record.raw("outcome", row.outcome.empty() ? "{}" : row.outcome);
    if (!row.error_code.empty()) {
        ObjectText error;
        error.text("code", row.error_code);
        error.text("description", row.error_description);
        record.raw("error", std::move(error).close());
    }
    return std::move(record).close();
}

std::string method_outcome(int status, std::string_view payload) {
    std::string outcome(outcome_head);
    outcome += std::to_string(status);
    outcome += ",\"payload\":";
    outcome += payload.empty() ? "null" : payload;
    outcome += "}}";
    return outcome;
}

std::optional<int> answered_status(std::string_view outcome) {
    if (!outcome.starts_with(outcome_head)) return std::nullopt;
    int status = 0;
    const auto [end, problem] =
        std::from_chars(outcome.data() + outcome_head.size(), outcome.data() + outcome.size(), status);
    if (problem != std::errc()) return std::nullopt;
    return status;
}

}  // namespace jobs
