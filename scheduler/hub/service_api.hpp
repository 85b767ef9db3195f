#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/answers.hpp"
#include "scheduler/hub/domain.hpp"
#include "scheduler/hub/event_stream.hpp"
#include "scheduler/hub/metrics.hpp"
#include "scheduler/hub/router.hpp"
#include "scheduler/hub/routes_health.hpp"

#include <cstdint>
#include <string_view>

namespace hub {

// Everything that a service can ask of the hub: one router with all its routes (iothub-protocol.md §2), over
// the domain and what watches it.
class ServiceApi {
  public:
    struct Parts {
        Domain& domain;
        EventStreams& streams;
        Metrics& metrics;
        Health& health;
    };

    // `mqtt_port` is where devices connect; callers are told of it.
    ServiceApi(const Parts& parts, std::uint16_t mqtt_port, const base::Clock& clock);

    [[nodiscard]] const Router& router() const { return router_; }

    // In the same words, what the server answers itself, before a route is found; counted as the others are.
    [[nodiscard]] http::Response refusal(int status, std::string_view text) const;

  private:
    Answers answers_;
    Router router_;
};

}  // namespace hub
