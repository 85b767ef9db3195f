#include "scheduler/jobs/core.hpp"

#include "scheduler/jobs/records.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

namespace jobs {
namespace {

// A gateway that answers a twin patch later has this long.
constexpr std::chrono::seconds patch_timeout{60};

}  // namespace

JobRunner::Core::Core(JobStore& store, TargetSource& targets, DeviceGateway& gateway,
                      const base::Clock& clock, Options options)
    : store_(store), targets_(targets), gateway_(gateway), clock_(clock), options_(std::move(options)) {
    assert(options_.in_flight > 0 && options_.per_tick > 0 && options_.active_jobs > 0 &&
           options_.attempts > 0);
    prune_at_ = clock_seen_ = clock_.steady_now();
    clock_offset_ = clock_.system_now().time_since_epoch() - clock_.steady_now().time_since_epoch();
}

std::optional<base::SteadyTime> JobRunner::Core::next_due() const {
    if (recover_at_) return recover_at_;
    const base::SteadyTime now = clock_.steady_now();
    if (woken_) return now;
    base::SteadyTime due = prune_at_;
    if (const auto next = calls_.next_due()) due = std::min(due, *next);
    if (const auto next = agenda_.next_due(clock_.system_now(), now, options_.clock_check)) {
        due = std::min(due, *next);
    }
    // A clock that is set is to be noticed while it counts.
    if (!jobs_.empty()) due = std::min<base::SteadyTime>(due, clock_seen_ + options_.clock_check);
    return due;
}

void JobRunner::Core::tick() {
    if (recover_at_) {
        if (clock_.steady_now() < *recover_at_) return;
        recover();
        if (recover_at_) return;
    }
    woken_ = false;
    ticking_ = true;
    follow_clock();
    while (const auto id = recover_at_ ? std::nullopt : calls_.overdue(clock_.steady_now())) {
        give_up(*id);
    }
    for (const std::string& id : std::exchange(fresh_, {})) {
        if (!recover_at_) advance(id);
    }
    for (const std::string& id : agenda_.take_due(clock_.system_now(), clock_.steady_now())) {
        if (!recover_at_) advance(id);
    }
    if (!recover_at_) work();
    if (!recover_at_) prune();
    ticking_ = false;
}

void JobRunner::Core::device_online(const std::string& device_id) {
    if (recover_at_) return;
    for (auto& [id, job] : jobs_) {
        if (!job.wake(device_id)) continue;
        rotation_.push(job);
        wake();
    }
}

void JobRunner::Core::work() {
    std::vector<ActiveJob*> blocked;
    for (std::size_t budget = options_.per_tick; budget > 0 && !rotation_.empty() && !recover_at_;) {
        ActiveJob& job = rotation_.pop();
        const Step done = step(job);
        if (done == Step::blocked) {  // costs nothing; left in the rotation it would ask for the next tick
            blocked.push_back(&job);
            continue;
        }
        --budget;
        if (done == Step::more) rotation_.push(job);
    }
    if (recover_at_ || !flush()) return;
    send_begun();
    if (!rotation_.empty()) wake();
    for (ActiveJob* job : blocked) {
        rotation_.push(*job);
    }
}

JobRunner::Core::Step JobRunner::Core::step(ActiveJob& job) {
    if (job.done()) {
        complete(job);
        return Step::idle;
    }
    if (const auto device = job.take_closing()) {
        close(job, *device);
        return Step::more;
    }
    if (!job.has_work() || job.full()) return Step::idle;
    if (job.next_begin() > clock_.steady_now()) {
        agenda_.after_wait(job.next_begin(), job.job().id);
        return Step::idle;
    }
    const bool method = job.job().type() == JobType::schedule_device_method;
    if ((method ? calls_.methods() : calls_.patches()) >= options_.in_flight) return Step::blocked;
    const auto device = job.take_ready();
    assert(device);
    if (method && !gateway_.is_online(*device)) {
        job.wait(*device);
        return Step::more;
    }
    job.pace(clock_.steady_now());
    if (method) {
        begin_method(job, *device);
    } else {
        begin_patch(job, *device);
    }
    return Step::more;
}

void JobRunner::Core::begin_method(ActiveJob& job, const std::string& device_id) {
    ActiveJob::Device& device = job.device(device_id);
    begun_.push_back(calls_.begin_method(job, device_id, device.sent));
    device.sent = true;
    ++device.attempts;
    save_row(job.row(device_id, RowStatus::running, clock_.system_now()));
}

void JobRunner::Core::begin_patch(ActiveJob& job, const std::string& device_id) {
    const std::uint64_t id = calls_.begin_patch(job, device_id);
    calls_.set_give_up(id, clock_.steady_now() + patch_timeout);
    gateway_.patch_twin(device_id, std::get<TwinAction>(job.job().action),
                        [this, id, life = std::weak_ptr(life_)](const std::optional<RowError>& error) {
                            if (!life.expired()) patched(id, error);
                        });
}

void JobRunner::Core::send_begun() {
    if (begun_.empty()) return;
    store_.after_commit([this, ids = std::exchange(begun_, {}), life = std::weak_ptr(life_)] {
        for (const std::uint64_t id : ids) {
            if (life.expired()) return;
            send(id);
        }
    });
}

// The row is durable as sent. The commit may have taken a while, and the job may have been stopped meanwhile.
void JobRunner::Core::send(std::uint64_t id) {
    const Calls::Call* call = calls_.find(id);
    if (call == nullptr) return;
    const Job& job = call->job->job();
    if (call->job->stopped() || call->job->late(clock_.steady_now())) {
        return called(id, {.kind = MethodOutcome::Kind::not_sent, .payload = {}, .error = {}});
    }
    const auto& action = std::get<MethodAction>(job.action);
    calls_.set_give_up(
        id, clock_.steady_now() + action.response_timeout + action.connect_timeout + options_.call_grace);
    gateway_.call_method(call->device_id, action,
                         [this, id, life = std::weak_ptr(life_)](const MethodOutcome& outcome) {
                             if (!life.expired()) called(id, outcome);
                         });
}

bool JobRunner::Core::save_job(const Job& job) {
    const auto saved = store_.save_job(job);
    if (!saved) broken(saved.error());
    return saved.has_value();
}

void JobRunner::Core::save_row(Row row) {
    unsaved_.push_back(std::move(row));
    if (!ticking_) (void)flush();  // a failure is kept in recover_at_
}

bool JobRunner::Core::flush() {
    if (unsaved_.empty()) return true;
    return write_rows(std::exchange(unsaved_, {}));
}

bool JobRunner::Core::write_rows(const std::vector<Row>& rows) {
    const auto saved = store_.save_rows(rows);
    if (!saved) broken(saved.error());
    return saved.has_value();
}

void JobRunner::Core::broken(const base::Error& error) {
    life_ = std::make_shared<const bool>(true);
    store_error_ = error;
    recover_at_ = clock_.steady_now() + options_.store_retry;
    wake();
}

void JobRunner::Core::wake() {
    if (woken_) return;
    woken_ = true;
    if (options_.wake) options_.wake();
}

void JobRunner::Core::log(std::string_view event, const Job& job) const {
    if (options_.log == nullptr) return;
    const Statistics& counts = job.statistics;
    options_.log->info(event, {{"job", job.id},
                               {"type", to_text(job.type())},
                               {"status", to_text(job.status)},
                               {"devices", counts.device_count},
                               {"succeeded", counts.succeeded},
                               {"failed", counts.failed}});
}

}  // namespace jobs
