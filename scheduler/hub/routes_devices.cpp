#include "scheduler/hub/routes_devices.hpp"

#include "base/json.hpp"
#include "scheduler/hub/device.hpp"
#include "scheduler/hub/etag.hpp"

#include <algorithm>
#include <string>

namespace hub {

namespace {

void list(Registry& registry, const Connections& connections, const Call& call, const Reply& reply) {
    const auto most = parse_count("top", call.request.parameter("top"), Registry::max_listed);
    if (!most) {
        reply.fault(most.error());
        return;
    }
    std::string body = "[";
    for (const Device& device : registry.list(std::min(*most, Registry::max_listed))) {
        if (body.size() > 1) body += ',';
        body += device_json(device, connections);
    }
    reply.json(body + "]");
}

void get(Registry& registry, const Connections& connections, const Call& call, const Reply& reply) {
    const auto device = registry.get(call.names[0]);
    if (device) {
        reply.json(device_json(*device, connections));
    } else {
        reply.fault(device.error());
    }
}

void put(Registry& registry, const Connections& connections, const Call& call, const Reply& reply) {
    const std::string& id = call.names[0];
    const auto draft = parse_device(id, call.request.body);
    if (!draft) {
        reply.fault(draft.error());
        return;
    }
    const auto device = registry.put(id, *draft, IfMatch::parse(call.request.header("If-Match")));
    if (device) {
        reply.json(device_json(*device, connections));
    } else {
        reply.fault(device.error());
    }
}

void remove(Registry& registry, const Call& call, const Reply& reply) {
    const auto removed = registry.remove(call.names[0], IfMatch::parse(call.request.header("If-Match")));
    if (removed) {
        reply.no_content();
    } else {
        reply.fault(removed.error());
    }
}

std::string registry_statistics(Registry& registry) {
    const RegistryStatistics counted = registry.statistics();
    return base::Json::object({{"totalDeviceCount", counted.total},
                               {"enabledDeviceCount", counted.enabled},
                               {"disabledDeviceCount", counted.disabled()}})
        .dump();
}

}  // namespace

void add_device_routes(Router& router, Registry& registry, const Connections& connections) {
    const Rights read = Rights::registry_read();
    const Rights write = Rights::registry_write();
    router.add("GET", "/devices", read, [&registry, &connections](const Call& call, const Reply& reply) {
        list(registry, connections, call, reply);
    });
    router.add("GET", "/devices/{}", read, [&registry, &connections](const Call& call, const Reply& reply) {
        get(registry, connections, call, reply);
    });
    router.add("PUT", "/devices/{}", write, [&registry, &connections](const Call& call, const Reply& reply) {
        put(registry, connections, call, reply);
    });
    router.add("DELETE", "/devices/{}", write,
               [&registry](const Call& call, const Reply& reply) { remove(registry, call, reply); });
    router.add("GET", "/statistics/devices", read, [&registry](const Call& /*call*/, const Reply& reply) {
        reply.json(registry_statistics(registry));
    });
    router.add("GET", "/statistics/service", Rights::service_connect(),
               [&connections](const Call& /*call*/, const Reply& reply) {
                   const auto connected = static_cast<std::int64_t>(connections.size());
                   reply.json(base::Json::object({{"connectedDeviceCount", connected}}).dump());
               });
}

}  // namespace hub
