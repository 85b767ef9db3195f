#include "scheduler/hub/events.hpp"

#include <chrono>
#include <utility>

namespace hub {
namespace {

constexpr std::chrono::minutes between_looks{1};
constexpr std::chrono::milliseconds between_steps{20};  // while there is more to remove

}  // namespace

Events::Events(Database& database, EventLog& log, const base::Clock& clock)
    : database_(database),
      log_(log),
      clock_(clock),
      last_(log.newest()),
      due_(clock.steady_now() + between_looks) {}

void Events::record(EventKind kind, const std::string& device_id, std::string data) {
    const std::int64_t id = log_.append(kind, device_id, data);
    database_.after_commit(
        [this, event = Event{id, kind, device_id, std::move(data)}](const base::Result<void>& committed) {
            if (!committed) return;
            last_ = event.id;
            published.emit(event);
        });
}

void Events::tell(EventKind kind, const std::string& device_id, std::string data) {
    published.emit(Event{0, kind, device_id, std::move(data)});
}

void Events::tick() {
    const base::SteadyTime now = clock_.steady_now();
    if (now < due_) return;
    due_ = now + (log_.prune() ? std::chrono::milliseconds(between_steps)
                               : std::chrono::milliseconds(between_looks));
}

}  // namespace hub
