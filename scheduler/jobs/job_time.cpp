#include "scheduler/jobs/core.hpp"

#include <algorithm>
#include <utility>

// maxExecutionTime is a span: it is counted in steady time, and a clock that is set makes no job longer or
// shorter. Steady time ends with the process, so a date is stored, and moved along when the clock is set.
// Only while no hub runs the clock cannot be watched: then it counts as it is, and no job gets more time than
// it had at first.
namespace jobs {
namespace {

// Less than this is a clock that is being slewed; it adds up until it counts.
constexpr std::chrono::seconds a_step{1};

std::chrono::nanoseconds offset_of(const base::Clock& clock) {
    return clock.system_now().time_since_epoch() - clock.steady_now().time_since_epoch();
}

}  // namespace

// By how much the system clock has been set since this was asked last; zero for less than a second.
base::SystemTime::duration JobRunner::Core::clock_step() {
    clock_seen_ = clock_.steady_now();
    const std::chrono::nanoseconds offset = offset_of(clock_);
    const std::chrono::nanoseconds step = offset - clock_offset_;
    if (step < a_step && step > -a_step) return base::SystemTime::duration::zero();
    clock_offset_ = offset;
    return std::chrono::duration_cast<base::SystemTime::duration>(step);
}

// From now on the job has so much time left.
void JobRunner::Core::begin_time(ActiveJob& active, base::SystemTime::duration left) {
    Job& job = active.job();
    const base::SystemTime::duration most = job.max_execution;
    left = std::clamp(left, base::SystemTime::duration::zero(), most);
    const base::SteadyTime limit = clock_.steady_now() + left;
    active.limit(limit);
    job.stop_at = clock_.system_now() + left;
    agenda_.after_wait(limit, job.id);
}

// The job goes on with what was left by the stored date. `step` is by how much the clock has been set since
// that date was written, as far as this process has seen it.
void JobRunner::Core::restore_time(ActiveJob& active, base::SystemTime::duration step) {
    const Job& job = active.job();
    const base::SystemTime stored = job.stop_at.value_or(job.deadline());
    begin_time(active, stored - (clock_.system_now() - step));
    // A window that had passed leaves its date alone: the rows are closed now.
    if (job.stop_at != stored && !active.late(clock_.steady_now())) (void)save_job(job);
}

// What is left of each job's time stays; the date at which it is over moves with the clock, and is stored.
void JobRunner::Core::follow_clock() {
    if (clock_step() == base::SystemTime::duration::zero()) return;
    for (auto& [id, active] : jobs_) {
        if (active.stopped() || !active.limit()) continue;
        active.job().stop_at = clock_.system_now() + (*active.limit() - clock_.steady_now());
        if (active.job().status != JobStatus::running) continue;
        if (!save_job(active.job())) return;
        log("job_follows_clock", active.job());
    }
}

}  // namespace jobs
