#pragma once

#include "scheduler/hub/database.hpp"
#include "scheduler/hub/signal.hpp"
#include "scheduler/jobs/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub {

// The jobs and their rows in the hub's database. When a turn is taken back (Database::rolled_back), the owner
// calls JobRunner::recover().
class JobStore final : public jobs::JobStore {
  public:
    explicit JobStore(Database& database);

    base::Result<void> save_job(const jobs::Job& job) override;
    base::Result<void> save_rows(std::span<const jobs::Row> rows) override;
    [[nodiscard]] base::Result<std::optional<jobs::Job>> find_job(std::string_view id) const override;
    [[nodiscard]] base::Result<std::vector<jobs::Job>> list_jobs(const jobs::JobFilter& filter,
                                                                 const std::optional<jobs::JobCursor>& after,
                                                                 std::size_t limit) const override;
    [[nodiscard]] base::Result<std::vector<jobs::Job>> unfinished_jobs() const override;
    [[nodiscard]] base::Result<std::vector<jobs::Row>> load_rows(std::string_view job_id,
                                                                 std::string_view after,
                                                                 std::size_t limit) const override;
    base::Result<std::size_t> remove_ended_before(base::SystemTime time, std::size_t limit) override;
    void after_commit(std::function<void()> then) override;

    // How many rows of the history have each status.
    [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> row_counts();

    // In the turn that writes a job, after it has been written.
    Signal<const jobs::Job&> saved;

    // In the turn that writes rows, after they have been written.
    Signal<std::span<const jobs::Row>> rows_saved;

    struct Place {
        std::string job_id;
        std::string device_id;
    };
    using Take = std::function<bool(jobs::JobType type, const jobs::Row& row)>;
    // The rows of all jobs, or of one device and its modules, by job and device, behind this place, until
    // `take` answers false. For queries over devices.jobs. `take` does not write.
    base::Result<void> each_row(const Place& after, const Take& take);
    base::Result<void> each_row_of_device(std::string_view device_id, const Place& after, const Take& take);

  private:
    base::Result<void> each(Statement& rows, const Take& take);
    [[nodiscard]] std::optional<std::int64_t> find_seq(std::string_view job_id);

    Database& database_;
    Statement save_job_;
    Statement find_seq_;
    Statement save_row_;
    Statement remove_jobs_;
    mutable Statement find_job_;
    mutable Statement list_jobs_;
    mutable Statement unfinished_;
    mutable Statement load_rows_;
    Statement each_row_;
    Statement each_row_of_device_;
    Statement row_counts_;
};

}  // namespace hub
