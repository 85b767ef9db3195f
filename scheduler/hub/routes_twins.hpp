#pragma once

#include "scheduler/hub/method_calls.hpp"
#include "scheduler/hub/query_service.hpp"
#include "scheduler/hub/router.hpp"
#include "scheduler/hub/twin_store.hpp"

namespace hub {

// What a service does with devices: twins (iothub-protocol.md §2.5), queries and direct methods (§2.6).
void add_twin_routes(Router& router, TwinStore& twins);
void add_query_routes(Router& router, QueryService& queries);
void add_method_routes(Router& router, MethodCalls& calls);

}  // namespace hub
