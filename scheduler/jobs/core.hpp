#pragma once

#include "scheduler/jobs/active_job.hpp"
#include "scheduler/jobs/agenda.hpp"
#include "scheduler/jobs/calls.hpp"
#include "scheduler/jobs/rotation.hpp"
#include "scheduler/jobs/runner.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobs {

// The inside of JobRunner. Six files: runner.cpp answers requests, conflicts.cpp compares a new job with
// those there are, lifecycle.cpp takes jobs from one status to the next, job_time.cpp says when their time is
// over, core.cpp begins rows and writes them down, outcomes.cpp says what becomes of them.
//
// Events (an answer, a device that comes online) change one row and ask for a tick; whatever begins or ends
// something else happens in tick(), so no call comes back into a job that is being worked on.
//
// When a write fails, memory and store may disagree: everything stops, and recover() builds memory anew.
class JobRunner::Core {
  public:
    Core(JobStore& store, TargetSource& targets, DeviceGateway& gateway, const base::Clock& clock,
         Options options);

    JobAnswer submit(Job job);
    JobAnswer cancel(std::string_view id, Cancel how);
    [[nodiscard]] base::Result<std::optional<Job>> find(std::string_view id) const;
    [[nodiscard]] base::Result<Page> list(const JobFilter& filter, std::string_view continuation,
                                          std::size_t limit) const;
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();
    void device_online(const std::string& device_id);
    void recover();
    void broken(const base::Error& error);  // not logged: the owner tells of a commit that failed

  private:
    using Jobs = std::map<std::string, ActiveJob, std::less<>>;
    enum class Step { more, idle, blocked };

    // conflicts.cpp
    [[nodiscard]] std::string conflicts_of(const Job& job);

    // lifecycle.cpp
    void advance(const std::string& id);
    void schedule_or_start(ActiveJob& job);
    void start(ActiveJob& job);
    void freeze(ActiveJob& job, std::vector<std::string> devices);
    void stop(ActiveJob& job, StopCause cause);
    void abort(ActiveJob& job);
    void complete(ActiveJob& job);
    void fail(ActiveJob& job, const std::string& reason);
    void end(ActiveJob& job, JobStatus status);

    // job_time.cpp
    [[nodiscard]] base::SystemTime::duration clock_step();
    void begin_time(ActiveJob& job, base::SystemTime::duration left);
    void restore_time(ActiveJob& job, base::SystemTime::duration step);
    void follow_clock();

    // lifecycle.cpp
    void unreadable(const base::Error& error);
    void restore(Job stored, base::SystemTime::duration step);
    void restore_rows(ActiveJob& job);
    void restore_row(ActiveJob& job, Row row);
    void prune();

    // core.cpp
    void work();
    Step step(ActiveJob& job);
    void begin_method(ActiveJob& job, const std::string& device_id);
    void begin_patch(ActiveJob& job, const std::string& device_id);
    void send_begun();
    void send(std::uint64_t id);

    // outcomes.cpp
    void called(std::uint64_t id, const MethodOutcome& outcome);
    void patched(std::uint64_t id, const std::optional<RowError>& error);
    void give_up(std::uint64_t id);
    void call_again(ActiveJob& job, Row row, std::chrono::seconds pause);
    void come_back(ActiveJob& job, const std::string& device_id);
    void close(ActiveJob& job, const std::string& device_id);
    void finish_row(ActiveJob& job, Row row);
    void row_ended(ActiveJob& job);

    // core.cpp
    bool save_job(const Job& job);
    void save_row(Row row);
    bool write_rows(const std::vector<Row>& rows);
    bool flush();
    void wake();
    void log(std::string_view event, const Job& job) const;

    JobStore& store_;
    TargetSource& targets_;
    DeviceGateway& gateway_;
    const base::Clock& clock_;
    Options options_;

    Jobs jobs_;                       // every job that is not final
    std::vector<std::string> fresh_;  // queued, not looked at yet
    Agenda agenda_;
    Rotation rotation_;
    Calls calls_;
    std::vector<std::uint64_t> begun_;  // written as sent in this tick; to leave after the commit
    std::vector<Row> unsaved_;          // rows changed in this tick
    bool ticking_ = false;
    bool woken_ = false;
    base::SteadyTime prune_at_;
    // The system clock less the steady one, when last looked at; it changes when somebody sets the clock.
    std::chrono::nanoseconds clock_offset_;
    base::SteadyTime clock_seen_;
    std::optional<base::SteadyTime> recover_at_;  // set while the store is broken
    base::Error store_error_;
    // Ends with every recovery, and callbacks given out before it with it.
    std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);
};

}  // namespace jobs
