#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/metrics.hpp"
#include "scheduler/hub/router.hpp"

#include <functional>
#include <optional>

namespace hub {

// For who watches over the hub:
//   GET /healthz   200 as long as the process answers at all
//   GET /readyz    200 if it can do its work, else 503: both listeners up, the loop not later than a second,
//                  and the disk takes a write. It writes at most once a second, however often it is asked.
//   GET /metrics   Prometheus; callers on this machine need no token, all others ServiceConnect
class Health {
  public:
    // `listening` says whether devices and services can connect.
    Health(Database& database, Metrics& metrics, const base::Clock& clock, std::function<bool()> listening);
    void add_routes(Router& router);

  private:
    void ready(const Reply& reply);

    Database& database_;
    Metrics& metrics_;
    const base::Clock& clock_;
    std::function<bool()> listening_;
    Statement probe_;
    std::optional<base::SteadyTime> probed_;
};

}  // namespace hub
