#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "scheduler/hub/audit.hpp"
#include "scheduler/hub/authorization.hpp"
#include "scheduler/hub/cloud_to_device.hpp"
#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/event_log.hpp"
#include "scheduler/hub/event_recorder.hpp"
#include "scheduler/hub/events.hpp"
#include "scheduler/hub/job_gateway.hpp"
#include "scheduler/hub/job_store.hpp"
#include "scheduler/hub/method_calls.hpp"
#include "scheduler/hub/policies.hpp"
#include "scheduler/hub/query_service.hpp"
#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/twin_store.hpp"
#include "scheduler/jobs/runner.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace hub {

// The hub without its wires: everything that it knows and decides, in the order of dependence. Sleeps never;
// the owner commits the database at the end of each turn and calls tick() at next_due().
class Domain {
  public:
    struct Options {
        std::chrono::seconds token_grace{300};  // how long a token is good after its end
        EventLog::Limits events = {};           // how much of what happened is kept
        Audit::Limits audit = {};
        std::function<void()> wake;  // tick() has something to do now
    };

    Domain(std::unique_ptr<Database> opened, const base::Clock& clock, const base::Log& log, Options options);
    Domain(const Domain&) = delete;
    Domain& operator=(const Domain&) = delete;

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();

  private:
    std::unique_ptr<Database> database_;

  public:
    Database& database;
    Audit audit;
    Policies policies;
    Connections connections;
    Registry registry;
    TwinStore twins;
    Authorization authorization;
    DeviceSessions sessions;
    MethodCalls calls;
    JobStore job_store;
    EventLog event_log;
    Events events;
    CloudToDevice messages;
    EventRecorder recorder;
    QueryService queries;
    JobGateway job_gateway;
    jobs::JobRunner runner;
};

}  // namespace hub
