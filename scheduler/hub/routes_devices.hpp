#pragma once

#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/router.hpp"

namespace hub {

// The identity registry (iothub-protocol.md §2.4): /devices, /devices/{id}, /statistics/….
void add_device_routes(Router& router, Registry& registry, const Connections& connections);

}  // namespace hub
