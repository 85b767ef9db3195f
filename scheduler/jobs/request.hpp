#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "scheduler/jobs/job.hpp"
#include "scheduler/jobs/refusal.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace jobs {

inline constexpr std::size_t max_job_id = 64;
inline constexpr std::size_t max_request = std::size_t{1024} * 1024;
inline constexpr std::size_t max_condition = std::size_t{512} * 1024;
inline constexpr std::size_t max_method_name = 100;
inline constexpr std::size_t max_payload = std::size_t{128} * 1024;
inline constexpr std::chrono::seconds default_execution = std::chrono::hours(1);
inline constexpr std::chrono::seconds max_execution = std::chrono::hours(24 * 31);
inline constexpr std::chrono::seconds max_start_ahead = std::chrono::hours(24 * 366 * 10);

// The body of PUT /jobs/v2/{path_id} (iothub-protocol.md §2.7) as a job that is ready for
// JobRunner::submit(). The id in the path wins over jobId in the body; startTime that is absent, null or past
// means `now`. Members that IoT Hub does not know are ignored, as there, and the statusMessage says so; those
// that are one of ours misspelt are refused (members.hpp). The condition is not looked at: a bad one fails
// the job when it runs, as in IoT Hub. Rules for twin keys and sizes (§1.8) are the caller's: they belong to
// the twin, not to the job.
[[nodiscard]] JobAnswer parse_job_request(std::string_view path_id, std::string_view body,
                                          base::SystemTime now);

// The action in a cloudToDeviceMethod or updateTwin object; how a store reads Job::action_text() back.
[[nodiscard]] base::Result<Action> parse_action(JobType type, std::string_view text);

}  // namespace jobs
