#include "firmware/bolt.hpp"

#include <optional>
#include <utility>

namespace firmware {

namespace {

using std::chrono::milliseconds;

// The controller switches off in time; the cut-off is for when it does not get to it.
constexpr milliseconds grace{100};

// The dead time is exact: the controller counts it from when the line is known to be off, and so later.
hal::OnTimeLimit limit_of(const LockSettings& lock) {
    const LockTimings& timings = lock.timings;
    switch (lock.kind) {
        case LockKind::motor_bolt:
            return {.longest_on = timings.travel + grace, .dead_time = timings.dead_time};
        case LockKind::latching_solenoid:
            return {.longest_on = timings.pulse + grace, .dead_time = timings.dead_time};
        default:
            break;
    }
    // The controller keeps the exact cool-down; this one must not quarrel with it over a millisecond.
    const auto off = timings.min_off > grace ? timings.min_off - grace : milliseconds(0);
    const auto on = timings.max_on.count() > 0 ? timings.max_on + grace : milliseconds(0);
    return {.longest_on = on, .shortest_off = off, .dead_time = timings.dead_time};
}

base::Result<std::unique_ptr<hal::OutputLine>> request(hal::LineSource& source, const Bolt::Guard& guard,
                                                       const hal::LineConfig& config,
                                                       const hal::OnTimeLimit& limit) {
    auto line = source.request_output(config, false);
    if (!line) return base::with_context(line.error(), config.consumer);
    return guard(std::move(*line), limit);
}

}  // namespace

base::Result<std::unique_ptr<Bolt>> Bolt::open(hal::LineSource& source, const Guard& guard,
                                               const LockSettings& lock, const DoorLines& lines) {
    std::unique_ptr<Bolt> bolt(new Bolt);
    const auto limit = limit_of(lock);
    const auto take = [&](const std::optional<hal::LineConfig>& config,
                          std::unique_ptr<hal::OutputLine>& into) -> base::Result<void> {
        if (!config) return {};
        auto line = request(source, guard, *config, limit);
        if (!line) return line.error();
        into = std::move(*line);
        return {};
    };
    bolt->held_ = powered_side(lock.kind) == Target::locked;
    auto& powered = powered_side(lock.kind) == Target::locked ? bolt->toward_locked_ : bolt->toward_unlocked_;
    if (auto taken = take(lines.lock, bolt->toward_locked_); !taken) return taken.error();
    if (auto taken = take(lines.unlock, bolt->toward_unlocked_); !taken) return taken.error();
    if (auto taken = take(lines.power, powered); !taken) return taken.error();
    return bolt;
}

Bolt::~Bolt() {
    // Nobody is left to be told; `doorlockd safe` follows.
    if (!left_) (void)set(Drive::off);
}

const hal::OutputLine* Bolt::held_by_power() const {
    const bool holds = held_ && toward_locked_ && toward_locked_->active();
    return holds && toward_locked_->descriptor() >= 0 ? toward_locked_.get() : nullptr;
}

bool Bolt::powered() const {
    return (toward_locked_ && toward_locked_->active()) || (toward_unlocked_ && toward_unlocked_->active());
}

base::Result<void> Bolt::set(Drive drive, Urgency urgency) {
    base::Result<void> result;
    const auto apply = [&](const std::unique_ptr<hal::OutputLine>& line, bool active) {
        if (!line || line->active() == active) return;
        const bool hurries = active && urgency == Urgency::at_once;
        if (auto set = hurries ? line->set_active_at_once() : line->set(active); !set && result) result = set;
    };
    if (drive != Drive::toward_locked) apply(toward_locked_, false);
    if (drive != Drive::toward_unlocked) apply(toward_unlocked_, false);
    if (result && drive == Drive::toward_locked) apply(toward_locked_, true);
    if (result && drive == Drive::toward_unlocked) apply(toward_unlocked_, true);
    if (result || drive == Drive::off) return result;
    (void)set(Drive::off);  // the first error says what is wrong
    return result;
}

}  // namespace firmware
