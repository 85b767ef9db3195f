#pragma once

#include "scheduler/jobs/job.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jobs {

// The job as JSON: the answer to PUT, GET and cancel, and an element of GET /jobs/v2/query (JobResponse,
// §2.7). All known members in every state; endTime, failureReason and statusMessage only when there is one.
[[nodiscard]] std::string job_record(const Job& job);

// The row as JSON: an element of `SELECT * FROM devices.jobs` (DeviceJob, §2.7).
[[nodiscard]] std::string device_job_record(const Job& job, const Row& row);
[[nodiscard]] std::string device_job_record(JobType type, const Row& row);

// `outcome` of a method row: {"deviceMethodResponse":{"status":200,"payload":…}} with the device's own bytes.
[[nodiscard]] std::string method_outcome(int status, std::string_view payload);
// The device's status in such a text; nothing in any other.
[[nodiscard]] std::optional<int> answered_status(std::string_view outcome);

}  // namespace jobs
