#include "scheduler/jobs/core.hpp"
#include "scheduler/jobs/records.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace jobs {
namespace {

constexpr std::size_t rows_at_once = 1000;
constexpr std::size_t pruned_at_once = 100;
constexpr std::chrono::hours prune_interval{1};
constexpr std::chrono::seconds prune_again{1};

bool may_pass(base::Errc code) {
    using base::Errc;
    return code == Errc::busy || code == Errc::unavailable || code == Errc::timeout || code == Errc::io;
}

void say(Job& job, std::string_view sentence) {
    if (!job.status_message.empty()) job.status_message += "; ";
    job.status_message += sentence;
}

// What a stop cannot call back.
std::string what_had_left(const ActiveJob& job, StopCause cause) {
    const std::uint64_t under_way = job.job().statistics.running;
    std::string sentence = std::string(to_text(cause)) + " with " + std::to_string(under_way) +
                           (under_way == 1 ? " call under way, whose row tells how it ended"
                                           : " calls under way, whose rows tell how they ended");
    const std::uint64_t unheard = job.unheard();
    if (unheard == 0) return sentence;
    return sentence + ", and " + std::to_string(unheard) +
           (unheard == 1 ? " sent before, whose answer was not heard"
                         : " sent before, whose answers were not heard");
}

// A call whose outcome nobody heard, by the rule of design.md §6.
void mark_outcome_unknown(Row& row) {
    row.status = RowStatus::failed;
    row.outcome.clear();
    row.error_code = error_outcome_unknown;
    row.error_description =
        "the hub stopped between sending this call and hearing its answer; whether the device acted is not "
        "known";
}

}  // namespace

// A date or a wait of this job has come, or it is new.
void JobRunner::Core::advance(const std::string& id) {
    const auto at = jobs_.find(id);
    if (at == jobs_.end()) return;  // it has ended meanwhile
    ActiveJob& job = at->second;
    if (job.job().status != JobStatus::running) return schedule_or_start(job);
    job.wake_delayed(clock_.steady_now());
    if (!job.stopped() && job.late(clock_.steady_now())) return stop(job, StopCause::deadline);
    rotation_.push(job);
}

void JobRunner::Core::schedule_or_start(ActiveJob& job) {
    const bool has_come = job.limit().has_value();  // and stays so when the clock is set back
    if (has_come || job.job().start_time <= clock_.system_now()) return start(job);
    if (job.job().status == JobStatus::queued) {
        job.job().status = JobStatus::scheduled;
        if (!save_job(job.job())) return;
        log("job_scheduled", job.job());
    }
    agenda_.at_date(job.job().start_time, job.job().id);
}

void JobRunner::Core::start(ActiveJob& job) {
    if (!job.limit()) begin_time(job, job.job().deadline() - clock_.system_now());
    auto devices = targets_.targets(job.job().condition);
    if (devices) return freeze(job, *std::move(devices));
    if (!may_pass(devices.error().code) || job.late(clock_.steady_now())) {
        return fail(job, devices.error().message);
    }
    agenda_.after_wait(clock_.steady_now() + options_.store_retry, job.job().id);
}

// The set of devices is decided here, once, and durable in one piece with the status: a crash before the
// commit evaluates the condition again, one after it never.
void JobRunner::Core::freeze(ActiveJob& active, std::vector<std::string> devices) {
    std::sort(devices.begin(), devices.end());
    devices.erase(std::unique(devices.begin(), devices.end()), devices.end());

    Job& job = active.job();
    job.started = std::max(clock_.system_now(), job.created);
    job.status = JobStatus::running;
    if (devices.empty()) say(job, "the condition matched no device");
    for (const std::string& device : devices) {
        Row row;
        row.device_id = device;
        row.created = *job.started;
        active.add(row);
    }
    if (!save_job(job)) return;
    for (std::size_t from = 0; from < devices.size(); from += rows_at_once) {
        std::vector<Row> rows;
        for (std::size_t i = from; i < std::min(from + rows_at_once, devices.size()); ++i) {
            rows.push_back(active.row(devices[i], RowStatus::pending, *job.started));
        }
        if (!write_rows(rows)) return;
    }
    log("job_started", job);
    if (active.late(clock_.steady_now())) return stop(active, StopCause::deadline);  // before a row is begun
    rotation_.push(active);
}

void JobRunner::Core::stop(ActiveJob& job, StopCause cause) {
    if (cause != StopCause::deadline) say(job.job(), what_had_left(job, cause));
    job.stop(cause);
    if (!save_job(job.job())) return;
    log("job_stopped", job.job());
    rotation_.push(job);
    wake();
}

void JobRunner::Core::abort(ActiveJob& job) {
    const Statistics& counts = job.job().statistics;
    job.job().failure_reason = "aborted: " + std::to_string(counts.failed + counts.refused) + " of " +
                               std::to_string(counts.device_count) + " devices had failed";
    stop(job, StopCause::aborted);
}

void JobRunner::Core::complete(ActiveJob& job) {
    switch (job.job().stop) {
        case StopCause::none:
        case StopCause::deadline:
            return end(job, JobStatus::completed);
        case StopCause::aborted:
            return end(job, JobStatus::failed);
        case StopCause::cancelled:
            return end(job, JobStatus::cancelled);
    }
}

void JobRunner::Core::fail(ActiveJob& job, const std::string& reason) {
    job.job().failure_reason = reason;
    end(job, JobStatus::failed);
}

// `job` is gone after this.
void JobRunner::Core::end(ActiveJob& active, JobStatus status) {
    Job& job = active.job();
    agenda_.forget_date(job.start_time, job.id);
    if (active.limit()) agenda_.forget_wait(*active.limit(), job.id);
    rotation_.remove(active);
    job.status = status;
    job.ended = std::max(clock_.system_now(), job.started.value_or(job.created));
    if (!save_job(job)) return;
    log("job_ended", job);
    const std::string id = job.id;
    jobs_.erase(id);
}

void JobRunner::Core::recover() {
    life_ = std::make_shared<const bool>(true);
    recover_at_.reset();
    jobs_.clear();
    fresh_.clear();
    agenda_ = {};
    rotation_ = {};
    calls_ = {};
    begun_.clear();
    unsaved_.clear();
    prune_at_ = clock_.steady_now();

    const auto step = clock_step();
    auto unfinished = store_.unfinished_jobs();
    if (!unfinished) return unreadable(unfinished.error());
    for (Job& job : *unfinished) {
        restore(std::move(job), step);
        if (recover_at_) return;
    }
    wake();
}

// No commit fails because of it, so it is told here.
void JobRunner::Core::unreadable(const base::Error& error) {
    if (options_.log != nullptr) options_.log->error("jobs_unreadable", {{"reason", error.message}});
    broken(error);
}

void JobRunner::Core::restore(Job stored, base::SystemTime::duration step) {
    const std::string id = stored.id;
    ActiveJob& job = jobs_.emplace(id, std::move(stored)).first->second;
    switch (job.job().status) {
        case JobStatus::queued:
            fresh_.push_back(id);
            break;
        case JobStatus::scheduled:
            agenda_.at_date(job.job().start_time, id);
            break;
        default:
            restore_time(job, step);
            if (!recover_at_) restore_rows(job);
            if (recover_at_) return;
            if (!job.done() && job.abort_reached()) abort(job);  // by calls whose outcome is unknown
            rotation_.push(job);
    }
    log("job_recovered", job.job());
}

void JobRunner::Core::restore_rows(ActiveJob& job) {
    std::string after;
    while (true) {
        auto rows = store_.load_rows(job.job().id, after, rows_at_once);
        if (!rows) return unreadable(rows.error());
        if (rows->empty()) return;
        after = rows->back().device_id;
        const bool last = rows->size() < rows_at_once;
        for (Row& row : *rows) {
            restore_row(job, std::move(row));
        }
        if (recover_at_ || !flush() || last) return;
    }
}

void JobRunner::Core::restore_row(ActiveJob& job, Row row) {
    if (is_final(row.status)) {
        return job.count(row.status, answered_status(row.outcome).value_or(0) >= 400);
    }
    const bool changed = row.status != RowStatus::pending;
    if (row.sent && (!job.repeatable() || (changed && row.attempts >= options_.attempts))) {
        mark_outcome_unknown(row);
        job.count(row.status, false);
        job.count_unheard();
    } else {
        row.status = RowStatus::pending;
        job.add(row);
    }
    if (!changed && row.status == RowStatus::pending) return;
    row.updated = std::max(clock_.system_now(), row.updated);
    unsaved_.push_back(std::move(row));
}

void JobRunner::Core::prune() {
    if (clock_.steady_now() < prune_at_) return;
    const auto removed = store_.remove_ended_before(clock_.system_now() - options_.history, pruned_at_once);
    if (!removed) return broken(removed.error());
    prune_at_ = clock_.steady_now();
    prune_at_ += *removed == pruned_at_once ? prune_again : std::chrono::seconds(prune_interval);
}

}  // namespace jobs
