#include "scheduler/hub/routes_lockhub.hpp"

#include "endpoint_rig.hpp"
#include "scheduler/hub/answers.hpp"
#include "scheduler/hub/event_stream.hpp"
#include "scheduler/hub/metrics.hpp"
#include "scheduler/hub/routes_events.hpp"
#include "scheduler/hub/routes_health.hpp"
#include "scheduler/hub/routes_messages.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace hub {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class OwnRoutesTest : public testing::Test {
  protected:
    OwnRoutesTest() {
        add_message_routes(router_, rig_.domain.messages);
        add_event_routes(router_, streams_, rig_.domain.event_log, rig_.domain.events);
        health_.add_routes(router_);
        router_.answered.connect([this](int status) { metrics_.answered(status); });
        rig_.add_device("d1");
    }
    [[nodiscard]] http::Request request(std::string method, std::string path,
                                        std::string_view policy = "service") const {
        http::Request made;
        made.method = std::move(method);
        made.path = std::move(path);
        made.peer = "192.0.2.7:4711";
        made.headers["Authorization"] =
            token(rig_, "localhost", rig_.policies.find(policy)->keys.primary, 1h, policy);
        return made;
    }
    http::Response ask(const http::Request& made) {
        auto answer = std::make_shared<std::optional<http::Response>>();
        router_.handle(made,
                       http::Responder([answer](http::Response response) { *answer = std::move(response); }));
        rig_.commit();
        EXPECT_TRUE(*answer);
        return answer->value_or(http::Response{});
    }

    EndpointRig rig_;
    Answers answers_{rig_.clock};
    Router router_{rig_.database, rig_.authorization, answers_};
    EventStreams streams_{rig_.database, rig_.domain.event_log, rig_.domain.events, rig_.clock, {}};
    Metrics metrics_{rig_.domain, streams_, rig_.clock};
    bool listening_ = true;
    Health health_{rig_.database, metrics_, rig_.clock, [this] { return listening_; }};
};

TEST_F(OwnRoutesTest, QueueAMessageWithIoTHubsHeaders) {
    http::Request made = request("POST", "/lockhub/v1/devices/d1/messages");
    made.body = "open";
    made.headers["iothub-messageid"] = "m1";
    made.headers["iothub-app-Colour"] = "red";
    made.query["ttl"] = "60";
    const auto answer = ask(made);
    EXPECT_EQ(answer.status, 202);
    EXPECT_THAT(answer.body, HasSubstr(R"("messageId":"m1")"));
    FakeLink link;
    rig_.sessions.attach({"d1", {}, std::nullopt}, link, false, [](const auto&) {});
    rig_.sessions.subscribe("d1", link, {{"devices/+/messages/devicebound/#", 1}}, [](const auto&) {});
    rig_.commit();
    EXPECT_THAT(link.last().topic, AllOf(HasSubstr("%24.mid=m1"), HasSubstr("Colour=red")));
}

// §2.3
TEST_F(OwnRoutesTest, EmptyAQueue) {
    ask(request("POST", "/lockhub/v1/devices/d1/messages"));
    http::Request made = request("DELETE", "/devices/d1/commands");
    made.query["api-version"] = "2021-04-12";
    const auto answer = ask(made);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"totalMessagesPurged":1,"deviceId":"d1","moduleId":null})");
}

TEST_F(OwnRoutesTest, NameWhatIsWrongWithAMessage) {
    http::Request made = request("POST", "/lockhub/v1/devices/d1/messages");
    made.query["ttl"] = "never";
    EXPECT_EQ(ask(made).status, 400);
    made.query.clear();
    made.body = std::string(70'000, 'x');
    EXPECT_EQ(ask(made).status, 413);
    EXPECT_EQ(ask(request("POST", "/lockhub/v1/devices/d9/messages")).status, 404);
    EXPECT_EQ(ask(request("POST", "/lockhub/v1/devices/d1/messages", "registryRead")).status, 401);
}

TEST_F(OwnRoutesTest, PageThroughTelemetry) {
    const std::int64_t before = rig_.domain.event_log.newest();
    for (int i = 0; i < 5; ++i) {
        rig_.clock.advance(1s);
        rig_.domain.events.record(EventKind::telemetry, i == 2 ? "d2" : "d1",
                                  "{\"n\":" + std::to_string(i) + "}");
    }
    rig_.commit();
    http::Request made = request("GET", "/lockhub/v1/telemetry");
    made.query = {{"device", "d1"}, {"limit", "3"}};
    const auto page = ask(made);
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(parsed(page.body).size(), 3U);
    EXPECT_THAT(page.body, HasSubstr("{\"id\":" + std::to_string(before + 1) + ",\"n\":0}"));
    const std::string token_of_next(page.header("x-ms-continuation"));
    ASSERT_FALSE(token_of_next.empty());
    made.headers["x-ms-continuation"] = token_of_next;
    const auto rest = ask(made);
    EXPECT_THAT(rest.body, AllOf(HasSubstr("\"n\":4}"), Not(HasSubstr("\"n\":3}"))));
    EXPECT_EQ(rest.header("x-ms-continuation"), "");
}

TEST_F(OwnRoutesTest, AskForTelemetrySinceATime) {
    rig_.clock.set_system(base::SystemTime(std::chrono::seconds(1'700'000'000)));
    rig_.domain.events.record(EventKind::telemetry, "d1", R"({"n":0})");
    rig_.clock.advance(60s);
    rig_.domain.events.record(EventKind::telemetry, "d1", R"({"n":1})");
    rig_.commit();
    http::Request made = request("GET", "/lockhub/v1/telemetry");
    made.headers["Authorization"] = request("GET", "/").headers["Authorization"];
    made.query["since"] = "2023-11-14T22:13:50Z";
    EXPECT_THAT(ask(made).body, AllOf(HasSubstr("\"n\":1}"), Not(HasSubstr("\"n\":0}"))));
    made.query["since"] = "yesterday";
    EXPECT_EQ(ask(made).status, 400);
}

TEST_F(OwnRoutesTest, OpenAnEventStream) {
    const auto answer = ask(request("GET", "/lockhub/v1/events"));
    EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
    ASSERT_TRUE(answer.stream);
    http::Request made = request("GET", "/lockhub/v1/events");
    made.query["kind"] = "gossip";
    EXPECT_THAT(ask(made).body, HasSubstr("gossip"));
    made.query.clear();
    made.headers["Last-Event-ID"] = "x";
    EXPECT_EQ(ask(made).status, 400);
    EXPECT_EQ(ask(request("GET", "/lockhub/v1/events", "registryRead")).status, 401);
}

TEST_F(OwnRoutesTest, TellWhatTheLogHoldsSinceATimeAndEndThere) {
    rig_.clock.set_system(base::SystemTime(std::chrono::seconds(1'700'000'000)));
    rig_.domain.events.record(EventKind::telemetry, "d1", R"({"n":0})");
    rig_.clock.advance(60s);
    rig_.domain.events.record(EventKind::telemetry, "d1", R"({"n":1})");
    rig_.domain.events.record(EventKind::telemetry, "d2", R"({"n":2})");
    rig_.commit();
    http::Request made = request("GET", "/lockhub/v1/events");
    made.query = {{"device", "d1"}, {"since", "2023-11-14T22:14:00Z"}, {"follow", "false"}};
    const auto answer = ask(made);
    ASSERT_TRUE(answer.stream);
    std::string heard;
    for (int i = 0; i < 5; ++i) {
        heard += answer.stream->take();
        answer.stream->left();
        rig_.commit();
    }
    EXPECT_THAT(heard, AllOf(HasSubstr("\"n\":1}"), Not(HasSubstr("\"n\":0}")), Not(HasSubstr("\"n\":2}"))));
    EXPECT_TRUE(answer.stream->finished());
    EXPECT_EQ(streams_.has_room(), true);
    made.query["since"] = "yesterday";
    EXPECT_EQ(ask(made).status, 400);
    made.query = {{"follow", "perhaps"}};
    EXPECT_THAT(ask(made).body, HasSubstr("perhaps"));
}

TEST_F(OwnRoutesTest, ProbesNeedNoToken) {
    http::Request made;
    made.path = "/healthz";
    EXPECT_EQ(ask(made).status, 200);
    made.path = "/readyz";
    EXPECT_EQ(ask(made).status, 200);
    listening_ = false;
    EXPECT_EQ(ask(made).status, 503);
    listening_ = true;
    metrics_.loop_late(2s);
    EXPECT_THAT(ask(made).body, HasSubstr("\"loopInTime\":false"));
}

TEST_F(OwnRoutesTest, MetricsNeedATokenFromElsewhereOnly) {
    http::Request made;
    made.path = "/metrics";
    made.peer = "192.0.2.7:4711";
    EXPECT_EQ(ask(made).status, 401);
    made.peer = "127.0.0.1:4711";
    rig_.calls.call("d1", MethodRequest{.name = "lockDoor"}, [](const auto&) {});
    metrics_.certificate_ends("server.pem", base::SystemTime(std::chrono::seconds(1'900'000'000)));
    const auto answer = ask(made);
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("lockhub_certificate_end_seconds{file=\"server.pem\"} 1900000000\n"));
    EXPECT_THAT(answer.body, AllOf(HasSubstr("\nlockhub_devices 1\n"),
                                   HasSubstr("lockhub_methods_total{result=\"DeviceNotOnline\"} 1\n"),
                                   HasSubstr("lockhub_http_responses_total{status=\"401\"} 1\n"),
                                   HasSubstr("lockhub_commit_seconds_bucket{le=\"+Inf\"} "),
                                   ContainsRegex("\nlockhub_database_cache_bytes [1-9][0-9]+\n"),
                                   HasSubstr("\nprocess_open_fds ")));
    EXPECT_EQ(ask(request("GET", "/metrics")).status, 200);
}

}  // namespace
}  // namespace hub
