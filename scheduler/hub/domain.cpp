#include "scheduler/hub/domain.hpp"

#include "scheduler/hub/audit_trail.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hub {

namespace {

jobs::JobRunner::Options runner_options(std::function<void()> wake, const base::Log& log) {
    jobs::JobRunner::Options options;
    options.wake = std::move(wake);
    options.log = &log;
    return options;
}

}  // namespace

Domain::Domain(std::unique_ptr<Database> opened, const base::Clock& clock, const base::Log& log,
               Options options)
    : database_(std::move(opened)),
      database(*database_),
      audit(database, clock, options.audit),
      policies(database),
      registry(database, clock),
      twins(database, connections, clock),
      authorization(registry, policies, clock, {.grace = options.token_grace}),
      sessions(database, connections, registry, twins, clock, log),
      calls(sessions, registry, clock, {}),
      job_store(database),
      event_log(database, clock, options.events),
      events(database, event_log, clock),
      messages(database, connections, registry, sessions, events, clock, {}),
      recorder(events, sessions, twins, calls, job_store, clock),
      queries(twins, job_store),
      job_gateway(sessions, calls, twins, queries),
      runner(job_store, job_gateway, job_gateway, clock, runner_options(std::move(options.wake), log)) {
    database.rolled_back.connect([this] {
        runner.store_failed({base::Errc::io, "the database took back what was not committed"});
    });
    audit_jobs(audit, job_store);
    recorder.follow([this](const std::string& id) {
        auto job = runner.find(id);
        return job ? std::move(*job) : std::nullopt;
    });
    sessions.callable.connect([this](const std::string& device) { runner.device_online(device); });
}

std::optional<base::SteadyTime> Domain::next_due() const {
    std::optional<base::SteadyTime> due = std::min(events.next_due(), messages.next_due());
    for (const auto& other : {calls.next_due(), runner.next_due(), recorder.next_due(), audit.next_due()}) {
        if (other) due = std::min(*due, *other);
    }
    return due;
}

void Domain::tick() {
    calls.tick();
    runner.tick();
    recorder.tick();
    messages.tick();
    events.tick();
    audit.tick();
}

}  // namespace hub
