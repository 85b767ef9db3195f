#include "scheduler/hub/routes_health.hpp"

#include "scheduler/hub/object_text.hpp"

#include <chrono>
#include <utility>

namespace hub {

namespace {

constexpr std::chrono::seconds between_probes{1};
constexpr std::chrono::seconds latest_loop{1};

}  // namespace

Health::Health(Database& database, Metrics& metrics, const base::Clock& clock,
               std::function<bool()> listening)
    : database_(database),
      metrics_(metrics),
      clock_(clock),
      listening_(std::move(listening)),
      probe_(database.prepare("UPDATE probe SET at = ?")) {}

void Health::ready(const Reply& reply) {
    const bool listening = listening_();
    const bool in_time = metrics_.loop_latency() < latest_loop;
    if (!listening || !in_time) {
        ObjectText json;
        json.text("status", "not ready").boolean("listening", listening).boolean("loopInTime", in_time);
        reply.send(http::json_response(503, json.done()));
        return;
    }
    // The answer waits for the commit; if that fails, it is a 503 with the reason.
    const base::SteadyTime now = clock_.steady_now();
    if (!probed_ || now - *probed_ >= between_probes) {
        probed_ = now;
        probe_.start().bind(clock_.system_now()).run();
        database_.after_commit([this](const base::Result<void>& committed) {
            if (!committed) probed_.reset();  // the next one is to look again
        });
    }
    reply.json(R"({"status":"ready"})");
}

void Health::add_routes(Router& router) {
    router.add_open("GET", "/healthz",
                    [](const Call& /*call*/, const Reply& reply) { reply.json(R"({"status":"ok"})"); });
    router.add_open("GET", "/readyz", [this](const Call& /*call*/, const Reply& reply) { ready(reply); });
    router.add_local("GET", "/metrics", Rights::service_connect(),
                     [this](const Call& /*call*/, const Reply& reply) {
                         http::Response response;
                         response.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8";
                         response.body = metrics_.text();
                         reply.send(std::move(response));
                     });
}

}  // namespace hub
