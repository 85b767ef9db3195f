#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/event_log.hpp"
#include "scheduler/hub/signal.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hub {

// Tells what happened: kept in the log, and told to those who listen when it is durable.
class Events {
  public:
    Events(Database& database, EventLog& log, const base::Clock& clock);

    // Writes the event in this turn; it is published after the commit, and never if that fails.
    void record(EventKind kind, const std::string& device_id, std::string data);
    // Published now, kept nowhere: for what is too frequent to cost a write.
    void tell(EventKind kind, const std::string& device_id, std::string data);

    Signal<const Event&> published;
    // The number of the last event that was published; later ones in the log are not durable yet.
    [[nodiscard]] std::int64_t last_published() const { return last_; }

    // The log's upkeep.
    [[nodiscard]] base::SteadyTime next_due() const { return due_; }
    void tick();

  private:
    Database& database_;
    EventLog& log_;
    const base::Clock& clock_;
    std::int64_t last_;
    base::SteadyTime due_;
};

}  // namespace hub
