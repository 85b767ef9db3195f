#include "scheduler/jobs/agenda.hpp"

#include <algorithm>

namespace jobs {
namespace {

template <typename Time>
void take_until(std::set<std::pair<Time, std::string>>& entries, Time now, std::vector<std::string>& ids) {
    while (!entries.empty() && entries.begin()->first <= now) {
        ids.push_back(std::move(entries.extract(entries.begin()).value().second));
    }
}

}  // namespace

std::vector<std::string> Agenda::take_due(base::SystemTime date, base::SteadyTime now) {
    std::vector<std::string> ids;
    take_until(dates_, date, ids);
    take_until(waits_, now, ids);
    return ids;
}

std::optional<base::SteadyTime> Agenda::next_due(base::SystemTime date, base::SteadyTime now,
                                                 std::chrono::seconds clock_check) const {
    std::optional<base::SteadyTime> due;
    if (!waits_.empty()) due = waits_.begin()->first;
    if (!dates_.empty()) {
        const auto left = std::clamp<base::SystemTime::duration>(
            dates_.begin()->first - date, base::SystemTime::duration::zero(), clock_check);
        due = due ? std::min(*due, now + left) : now + left;
    }
    return due;
}

}  // namespace jobs
