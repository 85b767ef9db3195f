#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "scheduler/jobs/job.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jobs {

struct JobFilter {
    std::optional<JobType> type;
    std::optional<JobStatus> status;
};

// A place in the list of jobs, which is ordered newest first: by `created` descending, then `id` ascending.
struct JobCursor {
    base::SystemTime created;
    std::string id;
};

// Where jobs and rows are kept. Writes take effect at once for the reads below and become durable together,
// in order, when the owner of the store commits. After a crash the store holds what the last commit covered.
//
// When a write or a commit has failed, what was written since the last commit may be gone; the owner then
// logs why and calls JobRunner::store_failed(), or ends the process (the runner itself recovers after a write
// that returned an error).
class JobStore {
  public:
    virtual ~JobStore() = default;

    // Insert or replace; the key is `id`.
    virtual base::Result<void> save_job(const Job& job) = 0;
    // Insert or replace; the key is (job_id, device_id). One call may carry the rows of several jobs, and of
    // a starting job all of them (10,000 and more).
    virtual base::Result<void> save_rows(std::span<const Row> rows) = 0;

    [[nodiscard]] virtual base::Result<std::optional<Job>> find_job(std::string_view id) const = 0;
    // At most `limit` jobs behind `after` (from the newest if there is none).
    [[nodiscard]] virtual base::Result<std::vector<Job>> list_jobs(const JobFilter& filter,
                                                                   const std::optional<JobCursor>& after,
                                                                   std::size_t limit) const = 0;
    // Every job whose status is not final.
    [[nodiscard]] virtual base::Result<std::vector<Job>> unfinished_jobs() const = 0;
    // At most `limit` rows of the job, ordered by device id (bytewise), behind `after` (from the first if it
    // is empty).
    [[nodiscard]] virtual base::Result<std::vector<Row>> load_rows(std::string_view job_id,
                                                                   std::string_view after,
                                                                   std::size_t limit) const = 0;
    // Removes finished jobs with `ended` before this time, and their rows; at most `limit` jobs. Returns how
    // many were removed.
    virtual base::Result<std::size_t> remove_ended_before(base::SystemTime time, std::size_t limit) = 0;

    // Runs `then` once, when everything written before this call is durable; never if that commit fails, and
    // never from inside this call.
    virtual void after_commit(std::function<void()> then) = 0;

  protected:
    JobStore() = default;
    JobStore(const JobStore&) = default;
    JobStore& operator=(const JobStore&) = default;
};

}  // namespace jobs
