#pragma once

#include "base/clock.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/service.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace cli {

// A hub that gives prepared answers and keeps what it was asked. For each "METHOD path" the answers are given
// in order, the last one again and again; what nobody prepared is a 404.
class FakeHub {
  public:
    void answer(const std::string& route, int status, std::string body, http::Headers headers = {}) {
        answers_[route].push_back(
            {http::Response{status, std::move(headers), std::move(body)}, std::nullopt});
    }
    void fail(const std::string& route, base::Error error) {
        answers_[route].push_back({http::Response(), std::move(error)});
    }
    // A hub with lockhub's extras.
    void be_lockhub() {
        answer(
            "GET /lockhub/v1/capabilities", 200,
            R"({"name":"lockhub","version":"0.1.0","mqttPort":18883,"features":["policies","audit","cancelRunningJob","rate","inFlight","abort","waves","retry"]})");
    }

    base::Result<http::Response> operator()(const http::Request& request) {
        requests.push_back(request);
        auto& prepared = answers_[request.method + " " + request.path];
        if (prepared.empty()) {
            return http::Response{404, {}, R"({"Message":"ErrorCode:DeviceNotFound;not prepared"})"};
        }
        Prepared next = prepared.front();
        if (prepared.size() > 1) prepared.pop_front();
        if (next.error) return *next.error;
        return next.response;
    }
    // The requests of one route.
    [[nodiscard]] std::vector<http::Request> asked(const std::string& route) const {
        std::vector<http::Request> out;
        for (const auto& request : requests) {
            if (request.method + " " + request.path == route) out.push_back(request);
        }
        return out;
    }

    std::vector<http::Request> requests;

  private:
    struct Prepared {
        http::Response response;
        std::optional<base::Error> error;
    };
    std::map<std::string, std::deque<Prepared>> answers_;
};

// All that a command works with, over a FakeHub. Time passes in pause() only.
struct Bench {
    FakeHub hub;
    base::ManualClock clock;
    std::ostringstream out;
    std::ostringstream err;
    int pauses_until_interrupt = 1000;
    base::Result<std::vector<std::string>> addresses = std::vector<std::string>{"127.0.0.1"};
    Service service{{.host = "hub.local", .port = 8443, .policy = "service", .key = "MDEy"},
                    [this](const http::Request& request, std::chrono::milliseconds) { return hub(request); },
                    [this](const http::Request& request,
                           const http::Client::Listener& listener) -> base::Result<http::Response> {
                        auto response = hub(request);
                        if (response && response->status == 200) listener.take(response->body);
                        return response;
                    },
                    clock};
    Context context{.service = service,
                    .output = {.out = out, .err = err},
                    .clock = clock,
                    .new_id = [] { return std::string("0a1b2c3d-0000-4000-8000-000000000000"); },
                    .pause =
                        [this](std::chrono::milliseconds duration) {
                            clock.advance(duration);
                            return --pauses_until_interrupt > 0;
                        },
                    .resolve = [this](const std::string&) { return addresses; }};
};

}  // namespace cli
