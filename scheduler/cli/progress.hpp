#pragma once

#include "base/clock.hpp"
#include "scheduler/cli/exit.hpp"
#include "scheduler/cli/job_record.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// How a job that is being watched is told; pure.
namespace cli {

// A job's counts as people mean them: with the rows known, a door that answered 400 or above counts as
// failed.
void recount(JobRecord& job, const std::vector<DeviceJob>& rows);

// How fast a job goes: devices done per second over the last few seconds that were looked at.
class Pace {
  public:
    void look(base::SteadyTime now, std::int64_t done);
    // Nothing: too little was seen, or nothing moves.
    [[nodiscard]] std::optional<double> per_second() const;

  private:
    std::deque<std::pair<base::SteadyTime, std::int64_t>> seen_;  // bounded by time and number
};

struct Drawing {
    std::size_t columns = 100;
    bool colour = false;
    std::optional<double> per_second = {};
};

// For a terminal: a bar, counts, pace and time left, or how long until it starts. One line, at most `columns`
// wide; two (with '\n' between them) where counts beside the bar might be cut off.
[[nodiscard]] std::string progress_line(const JobRecord& job, base::SystemTime now, const Drawing& drawing);
// That, and below it the most frequent causes of failure with what cures them; lines end in '\n'.
[[nodiscard]] std::string progress_view(const JobRecord& job, const std::vector<DeviceJob>& rows,
                                        base::SystemTime now, const Drawing& drawing);

// One JSON object without a line end, for who reads the output of a pipe. With the end of the job come up to
// 100 of its failures.
[[nodiscard]] std::string progress_json(const JobRecord& job, const std::vector<DeviceJob>& rows,
                                        base::SystemTime now);

// What became of it: one sentence, then the failures grouped by cause, most frequent first, each with what
// cures it. Lines end in '\n'.
[[nodiscard]] std::string summary(const JobRecord& job, const std::vector<DeviceJob>& rows);

// The exit status of a job that is over.
[[nodiscard]] Exit exit_of(const JobRecord& job, const std::vector<DeviceJob>& rows);

}  // namespace cli
