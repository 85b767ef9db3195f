#pragma once

#include "base/clock.hpp"
#include "scheduler/jobs/job.hpp"
#include "scheduler/jobs/rollout.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace jobs {

// A job that is not final, in memory: its open rows, each in exactly one place, and its counts. Every step
// costs the same whether it has ten rows or a million. Knows no store and no devices.
class ActiveJob {
  public:
    // One open row. Rows that are final are counted and forgotten here; the store has them.
    struct Device {
        // What an earlier call of a row that is tried again brought.
        struct Last {
            std::string outcome;
            std::string error_code;
            std::string error_description;
        };
        enum class Place { ready, waiting, delayed, begun, closing };
        Place place = Place::ready;
        bool sent = false;
        std::uint32_t attempts = 0;
        base::SystemTime created;
        std::unique_ptr<Last> last;
    };

    explicit ActiveJob(Job job);
    ActiveJob(const ActiveJob&) = delete;  // the queues point into open_
    ActiveJob& operator=(const ActiveJob&) = delete;

    [[nodiscard]] const Job& job() const { return job_; }
    [[nodiscard]] Job& job() { return job_; }
    // The payload carries a commandId: a call whose outcome is unknown may be repeated.
    [[nodiscard]] bool repeatable() const { return repeatable_; }
    [[nodiscard]] bool stopped() const { return job_.stop != StopCause::none; }
    [[nodiscard]] bool done() const { return open_.empty(); }

    // When its time is over: a span is counted in steady time, whatever becomes of the date. Nothing until
    // its start has come.
    void limit(base::SteadyTime at) { limit_ = at; }
    [[nodiscard]] std::optional<base::SteadyTime> limit() const { return limit_; }
    [[nodiscard]] bool late(base::SteadyTime now) const { return limit_ && *limit_ <= now; }

    // A row that is to be done: ready, or closing when the job has been stopped.
    void add(const Row& row);
    // A row that is final already.
    void count(RowStatus status, bool refused);
    // Of such rows: the hub stopped before it heard the answer.
    void count_unheard() { ++unheard_; }
    // Calls that have left and whose answer nobody waits for: sent before the hub stopped, or given up.
    [[nodiscard]] std::uint64_t unheard() const;

    // The next row to begin; it is `begun` from here on. Nothing when none is ready, or the wave is out.
    std::optional<std::string> take_ready();
    // The next row to close, of a stopped job.
    std::optional<std::string> take_closing();
    [[nodiscard]] bool has_work() const { return !closing_.empty() || !ready_.empty() || may_open(); }

    // The job's own bounds (rollout.hpp): as many calls under way as it may have; when the next may begin;
    // and that one begins now.
    [[nodiscard]] bool full() const;
    [[nodiscard]] base::SteadyTime next_begin() const { return next_begin_; }
    void pace(base::SteadyTime now);
    // So many devices have failed that the job is to stop.
    [[nodiscard]] bool abort_reached() const;

    // Begun rows that come back, to wait for their device, for a moment in time, or to be closed.
    void wait(const std::string& device_id);
    void delay(const std::string& device_id, base::SteadyTime until);
    // The device has come online: true if its row waited for that and is ready now.
    bool wake(const std::string& device_id);
    // Makes the rows ready whose delay has passed.
    void wake_delayed(base::SteadyTime now);
    [[nodiscard]] std::optional<base::SteadyTime> next_delayed() const;

    // How long to wait before the device is called again, if its row, which has ended like this, is worth it.
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after(const Row& row) const;
    // Keeps what this row's call brought, for the case that no further one is made.
    void remember(const Row& row);

    // Nothing is begun any more; rows not begun are to be closed.
    void stop(StopCause cause);

    [[nodiscard]] bool has_open(const std::string& device_id) const { return open_.contains(device_id); }
    [[nodiscard]] Device& device(const std::string& device_id);
    // The row is final: counted, and forgotten.
    void finish(const std::string& device_id, RowStatus status, bool refused);

    // The row of an open device, as it is to be stored.
    [[nodiscard]] Row row(const std::string& device_id, RowStatus status, base::SystemTime now) const;

  private:
    using Devices = std::unordered_map<std::string, Device>;
    Devices::value_type& entry(const std::string& device_id);
    void make_ready(Devices::value_type& entry);
    void leave_begun(Device& device);
    void tally(RowStatus status, bool refused);
    [[nodiscard]] bool may_open() const;

    Job job_;
    bool repeatable_;
    Rollout rollout_;
    std::optional<base::SteadyTime> limit_;
    std::uint64_t unheard_ = 0;  // of the rows that are final
    std::uint64_t opened_ = 0;   // rows that have been taken at least once; a wave bounds them
    base::SteadyTime next_begin_ = base::SteadyTime::min();
    Devices open_;
    // Keys of open_, which stay where they are until erased. Only rows of the place are in its queue.
    std::deque<const std::string*> fresh_;  // ready, and never taken
    std::deque<const std::string*> ready_;  // ready again
    std::deque<const std::string*> closing_;
    std::multimap<base::SteadyTime, const std::string*> delayed_;
};

}  // namespace jobs
