#include "scheduler/jobs/active_job.hpp"

#include "scheduler/jobs/command_id.hpp"
#include "scheduler/jobs/records.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace jobs {
namespace {

constexpr std::chrono::milliseconds made_up{100};

bool is_repeatable(const Action& action) {
    const auto* method = std::get_if<MethodAction>(&action);
    return method == nullptr || carries_command_id(method->payload);
}

std::optional<std::string> take(std::deque<const std::string*>& queue) {
    if (queue.empty()) return std::nullopt;
    std::string id = *queue.front();
    queue.pop_front();
    return id;
}

}  // namespace

// A rollout was checked when the job was taken; one that a newer hub wrote and this one cannot read binds
// nothing.
ActiveJob::ActiveJob(Job job)
    : job_(std::move(job)),
      repeatable_(is_repeatable(job_.action)),
      rollout_(parse_rollout(job_.rollout).value_or({})) {
    job_.statistics = {};
}

void ActiveJob::add(const Row& row) {
    const auto [at, is_new] = open_.try_emplace(row.device_id);
    assert(is_new);
    at->second.sent = row.sent;
    at->second.attempts = row.attempts;
    at->second.created = row.created;
    if (!row.outcome.empty() || !row.error_code.empty()) remember(row);
    ++job_.statistics.device_count;
    ++job_.statistics.pending;
    const bool begun_before = row.attempts > 0;
    if (begun_before) ++opened_;
    if (begun_before || stopped()) return make_ready(*at);
    fresh_.push_back(&at->first);
}

void ActiveJob::count(RowStatus status, bool refused) {
    ++job_.statistics.device_count;
    ++opened_;
    tally(status, refused);
}

std::uint64_t ActiveJob::unheard() const {
    const auto open = std::ranges::count_if(open_, [](const Devices::value_type& entry) {
        return entry.second.sent && entry.second.place != Device::Place::begun;
    });
    return unheard_ + static_cast<std::uint64_t>(open);
}

void ActiveJob::tally(RowStatus status, bool refused) {
    assert(is_final(status));
    Statistics& counts = job_.statistics;
    if (status == RowStatus::completed) ++counts.succeeded;
    if (status == RowStatus::failed) ++counts.failed;
    if (status == RowStatus::canceled) ++counts.canceled;
    if (refused) ++counts.refused;
}

std::optional<std::string> ActiveJob::take_ready() {
    auto id = take(ready_);
    if (!id && may_open()) {
        id = take(fresh_);
        ++opened_;
    }
    if (!id) return id;
    device(*id).place = Device::Place::begun;
    --job_.statistics.pending;
    ++job_.statistics.running;
    return id;
}

std::optional<std::string> ActiveJob::take_closing() {
    return take(closing_);
}

bool ActiveJob::may_open() const {
    if (fresh_.empty()) return false;
    const Statistics& counts = job_.statistics;
    return opened_ <
           rollout_.may_begin(counts.device_count, counts.succeeded + counts.failed + counts.canceled);
}

bool ActiveJob::full() const {
    return rollout_.in_flight != 0 && job_.statistics.running >= rollout_.in_flight;
}

void ActiveJob::pace(base::SteadyTime now) {
    if (rollout_.rate == 0) return;
    const auto interval = std::chrono::duration_cast<base::SteadyTime::duration>(
        std::chrono::duration<double>(1 / rollout_.rate));
    // A little lateness is made up for, so that timers that fire late do not slow the job down.
    next_begin_ = std::max(next_begin_, now - made_up) + interval;
}

bool ActiveJob::abort_reached() const {
    const Statistics& counts = job_.statistics;
    const auto at = rollout_.abort_at(counts.device_count);
    return !stopped() && at && counts.failed + counts.refused >= *at;
}

void ActiveJob::wait(const std::string& device_id) {
    auto& [id, device] = entry(device_id);
    leave_begun(device);
    if (stopped()) return make_ready(entry(device_id));
    device.place = Device::Place::waiting;
}

void ActiveJob::delay(const std::string& device_id, base::SteadyTime until) {
    auto& [id, device] = entry(device_id);
    leave_begun(device);
    if (stopped()) return make_ready(entry(device_id));
    device.place = Device::Place::delayed;
    delayed_.emplace(until, &id);
}

bool ActiveJob::wake(const std::string& device_id) {
    const auto at = open_.find(device_id);
    if (at == open_.end() || at->second.place != Device::Place::waiting) return false;
    make_ready(*at);
    return true;
}

void ActiveJob::wake_delayed(base::SteadyTime now) {
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
        auto& due = entry(*delayed_.begin()->second);
        delayed_.erase(delayed_.begin());
        make_ready(due);
    }
}

std::optional<base::SteadyTime> ActiveJob::next_delayed() const {
    if (delayed_.empty()) return std::nullopt;
    return delayed_.begin()->first;
}

std::optional<std::chrono::seconds> ActiveJob::retry_after(const Row& row) const {
    if (!rollout_.retry || stopped() || row.attempts > rollout_.retry->count) return std::nullopt;
    const int answered = answered_status(row.outcome).value_or(0);
    const bool refused = answered == 409 || answered == 429 || answered == 503;
    const bool timed_out = row.error_code == error_timeout && repeatable_;
    if (!(refused && rollout_.retry->refused) && !(timed_out && rollout_.retry->timeout.value_or(true))) {
        return std::nullopt;
    }
    return rollout_.retry->pause(row.attempts);
}

void ActiveJob::remember(const Row& row) {
    device(row.device_id).last =
        std::make_unique<Device::Last>(Device::Last{row.outcome, row.error_code, row.error_description});
}

void ActiveJob::stop(StopCause cause) {
    assert(cause != StopCause::none && !stopped());
    job_.stop = cause;
    fresh_.clear();
    ready_.clear();
    delayed_.clear();
    for (auto& entry : open_) {
        if (entry.second.place != Device::Place::begun) make_ready(entry);
    }
}

ActiveJob::Device& ActiveJob::device(const std::string& device_id) {
    return entry(device_id).second;
}

void ActiveJob::finish(const std::string& device_id, RowStatus status, bool refused) {
    const auto at = open_.find(device_id);
    assert(at != open_.end());
    assert(at->second.place == Device::Place::begun || at->second.place == Device::Place::closing);
    --(at->second.place == Device::Place::begun ? job_.statistics.running : job_.statistics.pending);
    open_.erase(at);
    tally(status, refused);
}

Row ActiveJob::row(const std::string& device_id, RowStatus status, base::SystemTime now) const {
    const auto at = open_.find(device_id);
    assert(at != open_.end());
    Row row;
    row.job_id = job_.id;
    row.device_id = device_id;
    row.status = status;
    row.created = at->second.created;
    row.start = job_.start_time;
    row.deadline = job_.deadline();
    row.updated = std::max(now, row.created);  // dates of one row stay in order when the clock steps back
    row.sent = at->second.sent;
    row.attempts = at->second.attempts;
    if (const auto& last = at->second.last) {
        row.outcome = last->outcome;
        row.error_code = last->error_code;
        row.error_description = last->error_description;
    }
    return row;
}

ActiveJob::Devices::value_type& ActiveJob::entry(const std::string& device_id) {
    const auto at = open_.find(device_id);
    assert(at != open_.end());
    return *at;
}

void ActiveJob::make_ready(Devices::value_type& entry) {
    entry.second.place = stopped() ? Device::Place::closing : Device::Place::ready;
    (stopped() ? closing_ : ready_).push_back(&entry.first);
}

void ActiveJob::leave_begun(Device& device) {
    assert(device.place == Device::Place::begun);
    --job_.statistics.running;
    ++job_.statistics.pending;
}

}  // namespace jobs
