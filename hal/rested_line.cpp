#include "hal/rested_line.hpp"

#include <cassert>
#include <utility>

namespace hal {

RestedLine::RestedLine(std::unique_ptr<OutputLine> line, const OnTimeLimit& limit, const base::Clock& clock)
    : line_(std::move(line)), on_time_(limit), clock_(clock) {
    assert(line_ && limit.longest_on.count() == 0);
    // One that was left under power by an earlier process.
    if (line_->active()) on_time_.switched_on(clock_.steady_now());
}

base::Result<void> RestedLine::put(bool active, bool at_once) {
    if (active) {
        if (auto may = on_time_.may_switch_on(clock_.steady_now(), at_once); !may) return may;
    }
    auto set = line_->set(active);
    if (!set) return set;
    active ? on_time_.switched_on(clock_.steady_now()) : on_time_.switched_off(clock_.steady_now());
    return set;
}

}  // namespace hal
