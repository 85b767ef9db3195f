#include "scheduler/jobs/calls.hpp"

namespace jobs {

std::uint64_t Calls::begin_method(ActiveJob& job, std::string device_id, bool sent_before) {
    calls_.emplace(++last_, Call{&job, std::move(device_id), true, sent_before, std::nullopt});
    ++methods_;
    return last_;
}

std::uint64_t Calls::begin_patch(ActiveJob& job, std::string device_id) {
    calls_.emplace(++last_, Call{&job, std::move(device_id), false, false, std::nullopt});
    return last_;
}

void Calls::set_give_up(std::uint64_t id, base::SteadyTime at) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    if (found->second.give_up) give_ups_.erase({*found->second.give_up, id});
    found->second.give_up = at;
    give_ups_.emplace(at, id);
}

const Calls::Call* Calls::find(std::uint64_t id) const {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : &found->second;
}

std::optional<Calls::Call> Calls::end(std::uint64_t id) {
    const auto node = calls_.extract(id);
    if (node.empty()) return std::nullopt;
    Call& call = node.mapped();
    if (call.give_up) give_ups_.erase({*call.give_up, id});
    if (call.method) --methods_;
    return std::move(call);
}

std::optional<std::uint64_t> Calls::overdue(base::SteadyTime now) const {
    if (give_ups_.empty() || give_ups_.begin()->first > now) return std::nullopt;
    return give_ups_.begin()->second;
}

std::optional<base::SteadyTime> Calls::next_due() const {
    if (give_ups_.empty()) return std::nullopt;
    return give_ups_.begin()->first;
}

}  // namespace jobs
