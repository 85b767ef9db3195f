#include "scheduler/hub/job_gateway.hpp"

#include "scheduler/hub/etag.hpp"

#include <optional>
#include <utility>

namespace hub {
namespace {

using jobs::MethodOutcome;
using protocol::HubError;

jobs::RowError row_error(const Fault& fault) {
    return {std::string(protocol::error_name(fault.code)), fault.message};
}

// Of a call that was sent, or refused before it was.
MethodOutcome outcome_of(const Outcome<MethodResult>& result) {
    MethodOutcome outcome;
    if (result) {
        outcome.status = result->status;
        outcome.payload = result->payload;
        return outcome;
    }
    outcome.error = row_error(result.error());
    switch (result.error().code) {
        case HubError::gateway_timeout:
            outcome.kind = MethodOutcome::Kind::timed_out;
            break;
        case HubError::device_not_online:
            outcome.kind = MethodOutcome::Kind::not_sent;
            break;
        case HubError::device_connection_closed_remotely:
            outcome.kind = MethodOutcome::Kind::connection_lost;
            break;
        default:
            outcome.kind = MethodOutcome::Kind::rejected;
            break;
    }
    return outcome;
}

}  // namespace

JobGateway::JobGateway(DeviceSessions& sessions, MethodCalls& calls, TwinStore& twins, QueryService& queries)
    : sessions_(sessions), calls_(calls), twins_(twins), queries_(queries) {}

bool JobGateway::is_online(const std::string& device_id) const {
    return sessions_.can_call(device_id);
}

void JobGateway::call_method(const std::string& device_id, const jobs::MethodAction& action,
                             jobs::MethodDone done) {
    // A device that was removed is not waited for; call() says so.
    if (!sessions_.can_call(device_id) && twins_.exists(device_id)) {
        MethodOutcome outcome;
        outcome.kind = MethodOutcome::Kind::not_sent;
        return done(std::move(outcome));
    }
    MethodRequest request{action.name, action.payload, action.response_timeout, std::chrono::seconds(0)};
    calls_.call(device_id, std::move(request),
                [done = std::move(done)](const Outcome<MethodResult>& result) { done(outcome_of(result)); });
}

void JobGateway::patch_twin(const std::string& device_id, const jobs::TwinAction& action,
                            jobs::TwinDone done) {
    const auto patched = twins_.patch(device_id, action.update_twin, IfMatch());
    done(patched ? std::nullopt : std::optional(row_error(patched.error())));
}

base::Result<std::vector<std::string>> JobGateway::targets(std::string_view condition) {
    auto ids = queries_.device_ids(condition);
    if (ids) return std::move(*ids);
    const Fault& fault = ids.error();
    if (fault.code == HubError::service_unavailable)
        return base::Error{base::Errc::unavailable, fault.message};
    return base::Error{base::Errc::invalid_argument,
                       "SQL query parse failed due to following errors: " + fault.message};
}

}  // namespace hub
