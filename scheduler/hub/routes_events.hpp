#pragma once

#include "scheduler/hub/event_log.hpp"
#include "scheduler/hub/event_stream.hpp"
#include "scheduler/hub/events.hpp"
#include "scheduler/hub/router.hpp"

namespace hub {

// What happened and what happens, for callers with ServiceConnect:
//   GET /lockhub/v1/events?kind=telemetry,twin&device=ID   server-sent events; Last-Event-ID (or `after`)
//                                                          goes on behind that one, `since` begins at a time;
//                                                          follow=false ends it where the log does
//   GET /lockhub/v1/telemetry?device=ID&since=TIME&limit=N stored telemetry, oldest first, a JSON array;
//                                                          x-ms-continuation leads on (also as `after`)
void add_event_routes(Router& router, EventStreams& streams, EventLog& log, const Events& events);

}  // namespace hub
