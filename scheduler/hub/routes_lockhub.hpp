#pragma once

#include "scheduler/hub/policies.hpp"
#include "scheduler/hub/router.hpp"

#include <cstdint>

namespace hub {

// What IoT Hub does not have: under /lockhub/v1 the hub's capabilities and its policies, for
// callers who have all rights.
void add_lockhub_routes(Router& router, Policies& policies, std::uint16_t mqtt_port);

}  // namespace hub
