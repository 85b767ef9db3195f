#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/events.hpp"
#include "scheduler/hub/job_store.hpp"
#include "scheduler/hub/method_calls.hpp"
#include "scheduler/hub/twin_store.hpp"

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace hub {

// Turns what the parts of the hub say into events for back ends. Telemetry, connection and twin changes and
// what becomes of a job are kept; a method's result costs no write: it is told to those who listen.
class EventRecorder {
  public:
    EventRecorder(Events& events, DeviceSessions& sessions, TwinStore& twins, MethodCalls& calls,
                  JobStore& jobs, const base::Clock& clock);
    EventRecorder(const EventRecorder&) = delete;
    EventRecorder& operator=(const EventRecorder&) = delete;

    // Where a running job stands, by its id; then its progress is told, once a second at the most.
    using FindJob = std::function<std::optional<jobs::Job>(const std::string& id)>;
    void follow(FindJob find) { find_job_ = std::move(find); }
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();

  private:
    void presence(const std::string& device_id, bool connected);
    void twin(const TwinChange& change);
    void method(const MethodCalls::Ended& call);
    void job(const jobs::Job& job);

    Events& events_;
    const base::Clock& clock_;
    std::unordered_map<std::string, std::string> reasons_;  // of connections that are just ending
    std::unordered_map<std::string, std::string> jobs_;     // running ones: what was last said of each
    FindJob find_job_;
    base::SteadyTime due_{};
};

}  // namespace hub
