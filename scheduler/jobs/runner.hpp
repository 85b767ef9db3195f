#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/jobs/gateway.hpp"
#include "scheduler/jobs/job.hpp"
#include "scheduler/jobs/refusal.hpp"
#include "scheduler/jobs/store.hpp"
#include "scheduler/jobs/targets.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobs {

// Runs jobs: starts them at their time, freezes the set of devices, calls or patches each, keeps a durable
// row for each, and ends the job when every row is final. Pure: it sleeps never, and knows no sockets, files
// or threads; one thread calls it.
//
// The owner's duties:
//  - recover() once, before anything else;
//  - tick() when next_due() has come, and soon after Options::wake was called; next_due() may change with
//  every
//    call into the runner and with every `done`;
//  - device_online() when a device has connected and subscribed to methods;
//  - commit the store at the end of each turn of its loop; answers to clients leave after that commit
//    (JobStore::after_commit).
//
// Rules (design.md §6): a method row is committed as sent before its call leaves. After a crash a sent row
// without outcome is called again only if its payload carries a commandId, else it fails with OutcomeUnknown.
// A start time is a date: it follows the system clock when that is set. From the start time on max_execution
// is a span, and a clock that is set makes it neither longer nor shorter; only while nothing runs the clock
// counts as it is, and at most max_execution is left (job_time.cpp). A start time missed while nothing ran is
// made up for at once if the deadline has not passed; else every row fails with JobRunPreconditionFailed. A
// call that is under way at the deadline is still waited for, within its own response time-out; nothing new
// is sent.
class JobRunner {
  public:
    struct Options {
        std::size_t in_flight = 1000;    // calls under way at once, of all jobs together
        std::size_t per_tick = 256;      // rows begun or closed in one tick, so that a loop turn stays short
        std::size_t active_jobs = 1000;  // jobs that are not final; more are refused
        std::uint32_t attempts = 5;      // calls of one row whose outcome stays unknown, with a commandId
        std::chrono::hours history{24 * 30};
        std::chrono::seconds call_grace{5};   // over the call's own time-outs, before the gateway is given up
        std::chrono::seconds clock_check{5};  // next_due() is never later while a date is waited for
        std::chrono::seconds store_retry{2};  // after a write has failed
        std::function<void()> wake;           // tick() has something to do now; never calls back from inside
        const base::Log* log = nullptr;
    };

    JobRunner(JobStore& store, TargetSource& targets, DeviceGateway& gateway, const base::Clock& clock,
              Options options);
    ~JobRunner();
    JobRunner(const JobRunner&) = delete;
    JobRunner& operator=(const JobRunner&) = delete;

    // Takes the job, status queued; the answer holds what was stored. Refused: an id that is in use (also by
    // a job of the history), too many active jobs, a store that fails. A job that contradicts others on the
    // same devices (conflicts.hpp) is taken, and its statusMessage says which and on how many.
    [[nodiscard]] JobAnswer submit(Job job);

    enum class Cancel { if_not_started, force };
    // A queued or scheduled job is cancelled at once. A running one is refused (405102), unless forced: then
    // nothing more is sent, rows not yet begun are canceled, and the job is cancelled when the calls under
    // way have ended. A final one is refused.
    [[nodiscard]] JobAnswer cancel(std::string_view id, Cancel how = Cancel::if_not_started);

    // With the statistics of this moment; the store's are those of the last change of status.
    [[nodiscard]] base::Result<std::optional<Job>> find(std::string_view id) const;
    struct Page {
        std::vector<Job> jobs;
        std::string continuation;  // for the next page; empty if this is the last
    };
    // Newest first. A continuation that is not one of ours is invalid_argument.
    [[nodiscard]] base::Result<Page> list(const JobFilter& filter, std::string_view continuation,
                                          std::size_t limit) const;

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();
    void device_online(const std::string& device_id);

    // Forgets everything in memory, answers of calls under way included, and goes on from what the store
    // holds. Says so and tries again by itself (next_due()) if the store cannot be read.
    void recover();

    // A commit has failed, so what was written since the one before is gone. Nothing is done until recover(),
    // which comes by itself after Options::store_retry: a disk that stays full is not tried in a circle.
    void store_failed(const base::Error& error);

  private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace jobs
