#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/router.hpp"
#include "scheduler/jobs/runner.hpp"

namespace hub {

// Jobs v2 (iothub-protocol.md §2.7): /jobs/v2/{id}, …/cancel, /jobs/v2/query. Beyond IoT Hub, a cancel with
// force=true ends a running job too.
void add_job_routes(Router& router, jobs::JobRunner& runner, const base::Clock& clock);

}  // namespace hub
