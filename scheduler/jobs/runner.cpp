#include "scheduler/jobs/runner.hpp"

#include "scheduler/jobs/core.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace jobs {
namespace {

// "Running": how IoT Hub names a status in a sentence.
std::string capitalised(std::string_view text) {
    std::string out(text);
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
    return out;
}

std::string to_continuation(const Job& job) {
    return std::to_string(job.created.time_since_epoch().count()) + "." + job.id;
}

std::optional<JobCursor> parse_continuation(std::string_view text) {
    base::SystemTime::rep ticks = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), ticks);
    if (problem != std::errc() || end == text.data() + text.size() || *end != '.') return std::nullopt;
    const auto id = text.substr(static_cast<std::size_t>(end - text.data()) + 1);
    return JobCursor{base::SystemTime(base::SystemTime::duration(ticks)), std::string(id)};
}

}  // namespace

JobRunner::JobRunner(JobStore& store, TargetSource& targets, DeviceGateway& gateway, const base::Clock& clock,
                     Options options)
    : core_(std::make_unique<Core>(store, targets, gateway, clock, std::move(options))) {}
JobRunner::~JobRunner() = default;

JobAnswer JobRunner::submit(Job job) {
    return core_->submit(std::move(job));
}
JobAnswer JobRunner::cancel(std::string_view id, Cancel how) {
    return core_->cancel(id, how);
}
base::Result<std::optional<Job>> JobRunner::find(std::string_view id) const {
    return core_->find(id);
}
base::Result<JobRunner::Page> JobRunner::list(const JobFilter& filter, std::string_view continuation,
                                              std::size_t limit) const {
    return core_->list(filter, continuation, limit);
}
std::optional<base::SteadyTime> JobRunner::next_due() const {
    return core_->next_due();
}
void JobRunner::tick() {
    core_->tick();
}
void JobRunner::device_online(const std::string& device_id) {
    core_->device_online(device_id);
}
void JobRunner::recover() {
    core_->recover();
}
void JobRunner::store_failed(const base::Error& error) {
    core_->broken(error);
}

JobAnswer JobRunner::Core::submit(Job job) {
    if (recover_at_) return store_unavailable(store_error_);
    if (jobs_.contains(job.id)) return job_exists(job.id);
    const auto old = store_.find_job(job.id);
    if (!old) return store_unavailable(old.error());
    if (*old) return job_exists(job.id);
    if (jobs_.size() >= options_.active_jobs) {
        return too_many_jobs("there are " + std::to_string(jobs_.size()) +
                             " jobs that have not ended, which is the most this hub takes");
    }
    job.status = JobStatus::queued;
    if (const std::string conflicts = conflicts_of(job); !conflicts.empty()) {
        if (!job.status_message.empty()) job.status_message += "; ";
        job.status_message += conflicts;
    }
    if (!save_job(job)) return store_unavailable(store_error_);
    fresh_.push_back(job.id);
    log("job_queued", job);
    const auto at = jobs_.emplace(job.id, std::move(job)).first;
    wake();
    return at->second.job();
}

JobAnswer JobRunner::Core::cancel(std::string_view id, Cancel how) {
    if (recover_at_) return store_unavailable(store_error_);
    const auto at = jobs_.find(id);
    if (at == jobs_.end()) {
        const auto old = store_.find_job(id);
        if (!old) return store_unavailable(old.error());
        if (!*old) return job_not_found(id);
        return wrong_state("Job cannot be cancelled in '" + capitalised(to_text((*old)->status)) +
                           "' status.");
    }
    ActiveJob& job = at->second;
    if (job.job().status != JobStatus::running) {
        Job cancelled = job.job();
        cancelled.status = JobStatus::cancelled;
        cancelled.ended = std::max(clock_.system_now(), cancelled.created);
        end(job, JobStatus::cancelled);
        if (recover_at_) return store_unavailable(store_error_);
        return cancelled;
    }
    if (how != Cancel::force || (job.stopped() && job.job().stop != StopCause::cancelled)) {
        return wrong_state("Job cannot be cancelled in 'Running' status.");
    }
    if (!job.stopped()) stop(job, StopCause::cancelled);
    if (recover_at_) return store_unavailable(store_error_);
    return job.job();
}

base::Result<std::optional<Job>> JobRunner::Core::find(std::string_view id) const {
    const auto at = jobs_.find(id);
    if (at != jobs_.end() && !recover_at_) return std::optional(at->second.job());
    return store_.find_job(id);
}

base::Result<JobRunner::Page> JobRunner::Core::list(const JobFilter& filter, std::string_view continuation,
                                                    std::size_t limit) const {
    std::optional<JobCursor> after;
    if (!continuation.empty()) {
        after = parse_continuation(continuation);
        if (!after) {
            return base::Error{base::Errc::invalid_argument,
                               "the continuation token is not one of this hub's"};
        }
    }
    limit = std::max<std::size_t>(limit, 1);
    auto found = store_.list_jobs(filter, after, limit + 1);  // one more tells whether there is a next page
    if (!found) return std::move(found).error();
    Page page;
    if (found->size() > limit) {
        found->resize(limit);
        page.continuation = to_continuation(found->back());
    }
    page.jobs = *std::move(found);
    if (recover_at_) return page;
    for (Job& job : page.jobs) {
        const auto at = jobs_.find(job.id);
        if (at != jobs_.end()) job = at->second.job();
    }
    return page;
}

}  // namespace jobs
