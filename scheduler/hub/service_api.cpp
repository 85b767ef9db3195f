#include "scheduler/hub/service_api.hpp"

#include "scheduler/hub/console.hpp"
#include "scheduler/hub/routes_audit.hpp"
#include "scheduler/hub/routes_bulk.hpp"
#include "scheduler/hub/routes_devices.hpp"
#include "scheduler/hub/routes_events.hpp"
#include "scheduler/hub/routes_jobs.hpp"
#include "scheduler/hub/routes_lockhub.hpp"
#include "scheduler/hub/routes_messages.hpp"
#include "scheduler/hub/routes_twins.hpp"

#include <string>

namespace hub {

ServiceApi::ServiceApi(const Parts& parts, std::uint16_t mqtt_port, const base::Clock& clock)
    : answers_(clock), router_(parts.domain.database, parts.domain.authorization, answers_) {
    Domain& domain = parts.domain;
    add_device_routes(router_, domain.registry, domain.connections);
    add_bulk_route(router_, domain.registry, domain.twins);
    add_twin_routes(router_, domain.twins);
    add_query_routes(router_, domain.queries);
    add_method_routes(router_, domain.calls);
    add_job_routes(router_, domain.runner, clock);
    add_message_routes(router_, domain.messages);
    add_event_routes(router_, parts.streams, domain.event_log, domain.events);
    add_lockhub_routes(router_, domain.policies, mqtt_port);
    parts.health.add_routes(router_);
    add_console_routes(router_);
    add_audit_route(router_, domain.audit.log());
    router_.keep_audit(domain.audit);
    domain.policies.changed.connect(
        [&streams = parts.streams](const std::string& name) { streams.policy_changed(name); });
    router_.answered.connect([&metrics = parts.metrics](int status) { metrics.answered(status); });
}

http::Response ServiceApi::refusal(int status, std::string_view text) const {
    router_.answered.emit(status);
    return answers_.below_routes(status, text);
}

}  // namespace hub
