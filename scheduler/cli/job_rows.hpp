#pragma once

#include "base/result.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/service.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cli {

// While a job runs, IoT Hub is asked for its rows only if they are no more than this: all of them have to be
// read, and they change all the time. lockhub tells the failed ones alone.
inline constexpr std::int64_t most_rows_while_running = 200;

// The rows of a job that failed, those included in which the door answered 400 or above.
[[nodiscard]] base::Result<std::vector<DeviceJob>> read_failed_rows(const std::string& id, Service& service);
// And those whose turn never came, because the job was cancelled or aborted.
[[nodiscard]] base::Result<std::vector<DeviceJob>> read_undone_rows(const std::string& id, Service& service);

}  // namespace cli
