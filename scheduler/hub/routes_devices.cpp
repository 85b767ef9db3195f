#include "scheduler/hub/routes_devices.hpp"

#include "base/json.hpp"
#include "scheduler/hub/device.hpp"
#include "scheduler/hub/etag.hpp"
#include "scheduler/hub/identity.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

namespace {

std::string key_of(const Call& call) {
    return identity_key(call.names[0], call.names.size() > 1 ? call.names[1] : std::string_view());
}

std::string array_of(const std::vector<Device>& devices, const Connections& connections) {
    std::string body = "[";
    for (const Device& device : devices) {
        if (body.size() > 1) body += ',';
        body += device_json(device, connections);
    }
    return body + "]";
}

void list(Registry& registry, const Connections& connections, const Call& call, const Reply& reply) {
    const auto most = parse_count("top", call.request.parameter("top"), Registry::max_listed);
    if (!most) {
        reply.fault(most.error());
        return;
    }
    reply.json(array_of(registry.list(std::min(*most, Registry::max_listed)), connections));
}

void list_modules(Registry& registry, const Connections& connections, const Call& call, const Reply& reply) {
    const auto modules = registry.modules(call.names[0]);
    if (modules) {
        reply.json(array_of(*modules, connections));
    } else {
        reply.fault(modules.error());
    }
}

void get(Registry& registry, const Connections& connections, const Call& call, const Reply& reply) {
    const auto device = registry.get(key_of(call));
    if (device) {
        reply.json(device_json(*device, connections));
    } else {
        reply.fault(device.error());
    }
}

void put(Registry& registry, const Connections& connections, const Call& call, const Reply& reply) {
    const std::string id = key_of(call);
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
    const auto removed = registry.remove(key_of(call), IfMatch::parse(call.request.header("If-Match")));
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
    router.add("GET", "/devices/{}/modules", read,
               [&registry, &connections](const Call& call, const Reply& reply) {
                   list_modules(registry, connections, call, reply);
               });
    for (const std::string_view identity : {"/devices/{}", "/devices/{}/modules/{}"}) {
        router.add("GET", identity, read, [&registry, &connections](const Call& call, const Reply& reply) {
            get(registry, connections, call, reply);
        });
        router.add("PUT", identity, write, [&registry, &connections](const Call& call, const Reply& reply) {
            put(registry, connections, call, reply);
        });
        router.add("DELETE", identity, write,
                   [&registry](const Call& call, const Reply& reply) { remove(registry, call, reply); });
    }
    router.add("GET", "/statistics/devices", read, [&registry](const Call& /*call*/, const Reply& reply) {
        reply.json(registry_statistics(registry));
    });
    router.add("GET", "/statistics/service", Rights::service_connect(),
               [&connections](const Call& /*call*/, const Reply& reply) {
                   const auto connected = static_cast<std::int64_t>(connections.devices());
                   reply.json(base::Json::object({{"connectedDeviceCount", connected}}).dump());
               });
}

}  // namespace hub
