#include "scheduler/hub/routes_lockhub.hpp"

#include "base/json.hpp"
#include "scheduler/jobs/rollout.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace hub {

namespace {

std::string capabilities(const Caller& caller, std::uint16_t mqtt_port) {
    base::Json features = base::Json::array();
    features.push_back("policies");
    features.push_back("cancelRunningJob");
    features.push_back("cloudToDeviceMessages");
    features.push_back("events");
    features.push_back("telemetry");
    features.push_back("console");
    features.push_back("audit");
    for (const std::string_view member : jobs::rollout_members) {
        features.push_back(member);
    }
    base::Json answer = base::Json::object({{"name", "lockhub"}, {"version", DOORLOCK_VERSION}});
    answer.set("mqttPort", static_cast<std::int64_t>(mqtt_port));
    answer.set("features", std::move(features));
    answer.set("policy", caller.policy);
    answer.set("rights", to_text(caller.rights));
    return answer.dump();
}

void list(Policies& policies, const Reply& reply) {
    std::string body = "[";
    for (const Policy& policy : policies.list()) {
        if (body.size() > 1) body += ',';
        body += policy_json(policy);
    }
    reply.json(body + "]");
}

void show(Policies& policies, const Call& call, const Reply& reply) {
    if (const Policy* policy = policies.find(call.names[0])) {
        reply.json(policy_json(*policy));
    } else {
        reply.refusal(404, "PolicyNotFound", "there is no policy '" + call.names[0] + "'");
    }
}

void put(Policies& policies, const Call& call, const Reply& reply) {
    const auto draft = parse_policy(call.names[0], call.request.body);
    if (!draft) {
        reply.fault(draft.error());
        return;
    }
    const auto policy = policies.put(call.names[0], *draft);
    if (policy) {
        reply.json(policy_json(*policy));
    } else {
        reply.fault(policy.error());
    }
}

void remove(Policies& policies, const Call& call, const Reply& reply) {
    const auto removed = policies.remove(call.names[0]);
    if (removed) {
        reply.no_content();
    } else {
        reply.fault(removed.error());
    }
}

}  // namespace

void add_lockhub_routes(Router& router, Policies& policies, std::uint16_t mqtt_port) {
    router.add_own("GET", "/lockhub/v1/capabilities", Rights(),
                   [mqtt_port](const Call& call, const Reply& reply) {
                       reply.json(capabilities(call.caller, mqtt_port));
                   });
    const Rights all = Rights::all();
    router.add_own("GET", "/lockhub/v1/policies", all,
                   [&policies](const Call& /*call*/, const Reply& reply) { list(policies, reply); });
    router.add_own("GET", "/lockhub/v1/policies/{}", all,
                   [&policies](const Call& call, const Reply& reply) { show(policies, call, reply); });
    router.add_own("PUT", "/lockhub/v1/policies/{}", all,
                   [&policies](const Call& call, const Reply& reply) { put(policies, call, reply); });
    router.add_own("DELETE", "/lockhub/v1/policies/{}", all,
                   [&policies](const Call& call, const Reply& reply) { remove(policies, call, reply); });
}

}  // namespace hub
