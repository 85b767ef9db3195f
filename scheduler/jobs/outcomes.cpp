#include "scheduler/jobs/core.hpp"
#include "scheduler/jobs/records.hpp"

#include <utility>

// What becomes of a row that was begun, or will not be.
namespace jobs {
namespace {

// Before a row whose device says it is online, but did not take the call, is tried again.
constexpr std::chrono::seconds back_off{1};

void set_error(Row& row, std::string_view code, std::string_view description) {
    row.status = RowStatus::failed;
    row.error_code = code.empty() ? "ServerError" : code;
    row.error_description = description;
}

}  // namespace

void JobRunner::Core::called(std::uint64_t id, const MethodOutcome& outcome) {
    const auto call = calls_.end(id);
    if (!call) return;
    ActiveJob& job = *call->job;
    ActiveJob::Device& device = job.device(call->device_id);
    using Kind = MethodOutcome::Kind;
    if (outcome.kind == Kind::not_sent) {
        device.sent = call->sent_before;
        --device.attempts;
        return come_back(job, call->device_id);
    }
    if (outcome.kind == Kind::connection_lost && job.repeatable() && device.attempts < options_.attempts) {
        return come_back(job, call->device_id);
    }
    Row row = job.row(call->device_id, RowStatus::completed, clock_.system_now());
    row.outcome.clear();
    row.error_code.clear();
    row.error_description.clear();
    switch (outcome.kind) {
        case Kind::answered:
            row.outcome = method_outcome(outcome.status, outcome.payload);
            break;
        case Kind::timed_out:
            set_error(row, error_timeout, "the device took the call and did not answer in time");
            break;
        case Kind::connection_lost:
            set_error(row, error_outcome_unknown,
                      "the device's connection ended before it answered; whether it acted is not known");
            break;
        default:
            set_error(row, outcome.error.code, outcome.error.description);
    }
    if (const auto pause = job.retry_after(row)) return call_again(job, std::move(row), *pause);
    finish_row(job, std::move(row));
    row_ended(job);
}

// The row is pending again, with what this call brought; a device that refused has not been acted upon.
void JobRunner::Core::call_again(ActiveJob& job, Row row, std::chrono::seconds pause) {
    job.remember(row);
    job.device(row.device_id).sent = row.sent = row.sent && row.outcome.empty();
    row.status = RowStatus::pending;
    const base::SteadyTime until = clock_.steady_now() + pause;
    job.delay(row.device_id, until);
    agenda_.after_wait(until, job.job().id);
    save_row(std::move(row));
    row_ended(job);
}

void JobRunner::Core::patched(std::uint64_t id, const std::optional<RowError>& error) {
    const auto call = calls_.end(id);
    if (!call) return;
    Row row = call->job->row(call->device_id, RowStatus::completed, clock_.system_now());
    if (error) set_error(row, error->code, error->description);
    finish_row(*call->job, std::move(row));
    row_ended(*call->job);
}

void JobRunner::Core::give_up(std::uint64_t id) {
    const Calls::Call* call = calls_.find(id);
    if (call->method) {
        called(id, {.kind = MethodOutcome::Kind::timed_out, .payload = {}, .error = {}});
    } else {
        patched(id, RowError{std::string(error_timeout), "the twin store did not answer in time"});
    }
}

// A row that was begun is pending again: it waits for its device, or for a moment if that is online.
void JobRunner::Core::come_back(ActiveJob& job, const std::string& device_id) {
    if (gateway_.is_online(device_id)) {
        const base::SteadyTime until = clock_.steady_now() + back_off;
        job.delay(device_id, until);
        agenda_.after_wait(until, job.job().id);
    } else {
        job.wait(device_id);
    }
    save_row(job.row(device_id, RowStatus::pending, clock_.system_now()));
    row_ended(job);
}

// A row of a stopped job that has not been begun, or has come back. If the device was to be called again,
// what it said last stands.
void JobRunner::Core::close(ActiveJob& job, const std::string& device_id) {
    Row row = job.row(device_id, RowStatus::canceled, clock_.system_now());
    if (!row.error_code.empty()) {
        row.status = RowStatus::failed;
    } else if (!row.outcome.empty()) {
        row.status = RowStatus::completed;
    } else if (row.sent) {
        set_error(row, error_outcome_unknown,
                  "the call was sent and its answer not heard before the job was stopped; whether the device "
                  "acted is not known");
    } else if (job.job().stop == StopCause::deadline) {
        set_error(row, error_deadline,
                  "the device did not come online inside the job's window, or the window had passed when the "
                  "hub could run the job");
    }
    finish_row(job, std::move(row));
}

void JobRunner::Core::finish_row(ActiveJob& job, Row row) {
    job.finish(row.device_id, row.status, answered_status(row.outcome).value_or(0) >= 400);
    save_row(std::move(row));
}

// A call has ended: another may begin, or the job is done, or it is to be aborted.
void JobRunner::Core::row_ended(ActiveJob& job) {
    if (recover_at_) return;
    if (!job.done() && job.abort_reached()) abort(job);
    if (job.done() || job.has_work()) rotation_.push(job);
    if (!rotation_.empty()) wake();
}

}  // namespace jobs
