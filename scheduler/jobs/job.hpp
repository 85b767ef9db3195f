#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace jobs {

// The texts on the wire are those of IoT Hub jobs v2 (iothub-protocol.md §2.7).
enum class JobType { schedule_device_method, schedule_update_twin };

// queued → scheduled → running → completed | failed | cancelled. `unknown` is never a job's status; it exists
// because clients may filter by it.
enum class JobStatus { unknown, queued, scheduled, running, completed, failed, cancelled };

enum class RowStatus { pending, scheduled, running, completed, failed, canceled };

// Why a running job sends nothing more, while calls under way may still be answered.
enum class StopCause { none, deadline, aborted, cancelled };

[[nodiscard]] std::string_view to_text(JobType type);      // "scheduleDeviceMethod"
[[nodiscard]] std::string_view to_text(JobStatus status);  // "cancelled", two l
[[nodiscard]] std::string_view to_text(RowStatus status);  // "canceled", one l
[[nodiscard]] std::string_view to_text(StopCause cause);   // "none", "deadline", "aborted", "cancelled"

// For filters and for stores; any case (C# sends "ScheduleUpdateTwin"). Both spellings of cancelled are read,
// "pending" and "enqueued" of a job mean queued.
[[nodiscard]] std::optional<JobType> parse_job_type(std::string_view text);
[[nodiscard]] std::optional<JobStatus> parse_job_status(std::string_view text);
[[nodiscard]] std::optional<RowStatus> parse_row_status(std::string_view text);
[[nodiscard]] std::optional<StopCause> parse_stop_cause(std::string_view text);

// completed, failed and cancelled do not change any more.
[[nodiscard]] constexpr bool is_final(JobStatus status) {
    return status == JobStatus::completed || status == JobStatus::failed || status == JobStatus::cancelled;
}
[[nodiscard]] constexpr bool is_final(RowStatus status) {
    return status == RowStatus::completed || status == RowStatus::failed || status == RowStatus::canceled;
}

struct MethodAction {
    std::string name;
    std::string payload;  // the caller's bytes, valid JSON; "null" if there were none
    std::chrono::seconds response_timeout{30};
    std::chrono::seconds connect_timeout{0};
    std::string text;  // cloudToDeviceMethod as sent, for the echo in the job record
};

struct TwinAction {
    std::string update_twin;  // the JSON object as sent: etag, tags, properties.desired
};

using Action = std::variant<MethodAction, TwinAction>;

// Counts of rows. The first five are on the wire and add up to device_count together with `canceled`.
struct Statistics {
    std::uint64_t device_count = 0;
    std::uint64_t failed = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t running = 0;
    std::uint64_t pending = 0;
    std::uint64_t canceled = 0;
    std::uint64_t refused = 0;  // of the succeeded ones: the device answered 400 or above

    bool operator==(const Statistics&) const = default;
};

struct Job {
    std::string id;
    Action action;
    std::string condition;        // the queryCondition as sent
    base::SystemTime start_time;  // as asked for; never before `created`
    std::chrono::seconds max_execution{3600};
    base::SystemTime created;
    std::optional<base::SystemTime> started;  // when the condition was evaluated
    std::optional<base::SystemTime> ended;
    // Of a running job, the date at which its time is over; deadline() at first, and moved along with the
    // system clock when that is set, so that what is left stays the same.
    std::optional<base::SystemTime> stop_at;
    JobStatus status = JobStatus::queued;
    StopCause stop = StopCause::none;
    std::string failure_reason;
    std::string status_message;
    Statistics statistics;
    // Members beyond IoT Hub's (rollout.hpp), one JSON object of them as sent; empty if none.
    std::string rollout;

    [[nodiscard]] JobType type() const {
        return std::holds_alternative<MethodAction>(action) ? JobType::schedule_device_method
                                                            : JobType::schedule_update_twin;
    }
    // cloudToDeviceMethod or updateTwin as sent; parse_action() (request.hpp) makes an Action of it again.
    [[nodiscard]] const std::string& action_text() const;
    // The end of its window, as its record and its rows tell it.
    [[nodiscard]] base::SystemTime deadline() const { return start_time + max_execution; }
};

// One device, or module of a device, of a running or finished job; its key is (job_id, device_id).
struct Row {
    std::string job_id;
    std::string device_id;  // of a module "device/module"
    RowStatus status = RowStatus::pending;
    base::SystemTime created;
    base::SystemTime start;     // the job's start_time
    base::SystemTime deadline;  // the job's deadline(), even if the row was final earlier
    base::SystemTime updated;
    bool sent = false;           // the call may have left; committed before it leaves
    std::uint32_t attempts = 0;  // calls begun so far
    std::string outcome;         // raw JSON of `outcome` in the row's record; empty while there is none
    std::string error_code;      // "JobRunPreconditionFailed", …; empty if the row has not failed
    std::string error_description;
};

// Error codes of rows beyond those that a gateway hands in.
inline constexpr std::string_view error_deadline = "JobRunPreconditionFailed";
inline constexpr std::string_view error_timeout = "DeviceTimeout";
inline constexpr std::string_view error_outcome_unknown = "OutcomeUnknown";

}  // namespace jobs
