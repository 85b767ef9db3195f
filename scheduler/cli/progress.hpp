#pragma once

#include "base/clock.hpp"
#include "scheduler/cli/exit.hpp"
#include "scheduler/cli/job_record.hpp"

#include <cstddef>
#include <string>
#include <vector>

// How a job that is being watched is told; pure.
namespace cli {

// A job's counts as people mean them: with the rows known, a door that answered 400 or above counts as
// failed.
void recount(JobRecord& job, const std::vector<DeviceJob>& rows);

// One line for a terminal, at most `columns` wide: a bar and counts, or how long until it starts.
[[nodiscard]] std::string progress_line(const JobRecord& job, base::SystemTime now, std::size_t columns);

// One JSON object without a line end, for who reads the output of a pipe. With the end of the job come up to
// 100 of its failures.
[[nodiscard]] std::string progress_json(const JobRecord& job, const std::vector<DeviceJob>& rows,
                                        base::SystemTime now);

// What became of it: one sentence, then the failures grouped by cause, most frequent first. Lines end in
// '\n'.
[[nodiscard]] std::string summary(const JobRecord& job, const std::vector<DeviceJob>& rows);

// The exit status of a job that is over.
[[nodiscard]] Exit exit_of(const JobRecord& job, const std::vector<DeviceJob>& rows);

}  // namespace cli
