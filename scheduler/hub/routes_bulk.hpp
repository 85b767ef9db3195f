#pragma once

#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/router.hpp"
#include "scheduler/hub/twin_store.hpp"

namespace hub {

// POST /devices: up to 100 identities made, changed or removed by one request (iothub-protocol.md §2.4). Each
// stands for itself; the answer is 200 and names those that failed.
void add_bulk_route(Router& router, Registry& registry, TwinStore& twins);

}  // namespace hub
