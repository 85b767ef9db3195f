#include "scheduler/jobs/job.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>
#include <utility>

namespace jobs {
namespace {

template <typename T>
using Name = std::pair<T, std::string_view>;

// The first name of a value is the one that is written; all are read.
constexpr std::array<Name<JobType>, 2> job_types{{
    {JobType::schedule_device_method, "scheduleDeviceMethod"},
    {JobType::schedule_update_twin, "scheduleUpdateTwin"},
}};
constexpr std::array<Name<JobStatus>, 10> job_statuses{{
    {JobStatus::unknown, "unknown"},
    {JobStatus::queued, "queued"},
    {JobStatus::scheduled, "scheduled"},
    {JobStatus::running, "running"},
    {JobStatus::completed, "completed"},
    {JobStatus::failed, "failed"},
    {JobStatus::cancelled, "cancelled"},
    {JobStatus::cancelled, "canceled"},
    {JobStatus::queued, "pending"},
    {JobStatus::queued, "enqueued"},
}};
constexpr std::array<Name<RowStatus>, 7> row_statuses{{
    {RowStatus::pending, "pending"},
    {RowStatus::scheduled, "scheduled"},
    {RowStatus::running, "running"},
    {RowStatus::completed, "completed"},
    {RowStatus::failed, "failed"},
    {RowStatus::canceled, "canceled"},
    {RowStatus::canceled, "cancelled"},
}};
constexpr std::array<Name<StopCause>, 4> stop_causes{{
    {StopCause::none, "none"},
    {StopCause::deadline, "deadline"},
    {StopCause::aborted, "aborted"},
    {StopCause::cancelled, "cancelled"},
}};

template <typename T>
std::string_view name_of(std::span<const Name<T>> names, T value) {
    const auto* found = std::ranges::find(names.data(), names.data() + names.size(), value, &Name<T>::first);
    assert(found != names.data() + names.size());
    return found->second;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <typename T>
std::optional<T> value_of(std::span<const Name<T>> names, std::string_view text) {
    for (const auto& [value, name] : names) {
        if (std::ranges::equal(name, text, {}, lower, lower)) return value;
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_text(JobType type) {
    return name_of<JobType>(job_types, type);
}
std::string_view to_text(JobStatus status) {
    return name_of<JobStatus>(job_statuses, status);
}
std::string_view to_text(RowStatus status) {
    return name_of<RowStatus>(row_statuses, status);
}
std::string_view to_text(StopCause cause) {
    return name_of<StopCause>(stop_causes, cause);
}

std::optional<JobType> parse_job_type(std::string_view text) {
    return value_of<JobType>(job_types, text);
}
std::optional<JobStatus> parse_job_status(std::string_view text) {
    return value_of<JobStatus>(job_statuses, text);
}
std::optional<RowStatus> parse_row_status(std::string_view text) {
    return value_of<RowStatus>(row_statuses, text);
}
std::optional<StopCause> parse_stop_cause(std::string_view text) {
    return value_of<StopCause>(stop_causes, text);
}

const std::string& Job::action_text() const {
    if (const auto* method = std::get_if<MethodAction>(&action)) return method->text;
    return std::get<TwinAction>(action).update_twin;
}

}  // namespace jobs
