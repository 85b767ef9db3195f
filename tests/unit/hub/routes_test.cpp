#include "base/json.hpp"
#include "endpoint_rig.hpp"
#include "scheduler/hub/answers.hpp"
#include "scheduler/hub/router.hpp"
#include "scheduler/hub/routes_bulk.hpp"
#include "scheduler/hub/routes_devices.hpp"
#include "scheduler/hub/routes_jobs.hpp"
#include "scheduler/hub/routes_lockhub.hpp"
#include "scheduler/hub/routes_twins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hub {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Takes what the hub publishes to a device.
class SilentLink final : public DeviceLink {
  public:
    void publish(std::string_view topic, std::string_view /*payload*/, int /*qos*/) override {
        topics.emplace_back(topic);
    }
    void deliver(std::string_view topic, std::string_view /*payload*/, std::int64_t /*message*/,
                 bool /*again*/) override {
        topics.emplace_back(topic);
    }
    void close(std::string_view /*reason*/) override {}
    std::vector<std::string> topics;
};

class RoutesTest : public testing::Test {
  protected:
    RoutesTest() {
        add_device_routes(router_, rig_.registry, rig_.connections);
        add_bulk_route(router_, rig_.registry, rig_.twins);
        add_twin_routes(router_, rig_.twins);
        add_query_routes(router_, rig_.domain.queries);
        add_method_routes(router_, rig_.calls);
        add_job_routes(router_, rig_.domain.runner, rig_.clock);
        add_lockhub_routes(router_, rig_.policies, 8883);
        rig_.domain.runner.recover();
    }

    [[nodiscard]] std::string token_of(std::string_view policy) const {
        return token(rig_, "localhost", rig_.policies.find(policy)->keys.primary, 1h, policy);
    }
    [[nodiscard]] http::Request request(std::string method, std::string path, std::string body = {}) const {
        http::Request made;
        made.method = std::move(method);
        made.path = std::move(path);
        made.body = std::move(body);
        made.query["api-version"] = "2021-04-12";
        made.headers["Authorization"] = token_of("iothubowner");
        return made;
    }
    // The answer, if there is one by the end of the turn.
    std::optional<http::Response> ask_now(const http::Request& made) {
        auto answer = std::make_shared<std::optional<http::Response>>();
        router_.handle(made,
                       http::Responder([answer](http::Response response) { *answer = std::move(response); }));
        rig_.commit();
        return *answer;
    }
    http::Response ask(const http::Request& made) {
        auto answer = ask_now(made);
        EXPECT_TRUE(answer) << made.method << " " << made.path << " has no answer";
        return answer.value_or(http::Response{.status = 0, .headers = {}, .body = {}});
    }
    http::Response ask(std::string method, std::string path, std::string body = {}) {
        return ask(request(std::move(method), std::move(path), std::move(body)));
    }

    EndpointRig rig_;
    Answers answers_{rig_.clock};
    Router router_{rig_.database, rig_.authorization, answers_};
};

// ---- routing, §2.1 and §2.2 ----

TEST_F(RoutesTest, AnUnknownPathIs404) {
    EXPECT_EQ(ask("GET", "/devicez").status, 404);
    EXPECT_EQ(ask("GET", "/").status, 404);
    EXPECT_EQ(ask("GET", "//devices").status, 404);
    EXPECT_EQ(ask("GET", "/devices//").status, 404);
    EXPECT_EQ(ask("GET", std::string(4000, '/')).status, 404);
}

TEST_F(RoutesTest, AWrongMethodIs405AndNamesTheRightOnes) {
    const http::Response response = ask("DELETE", "/twins/door-1");
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.header("Allow"), "GET, PATCH, PUT");
}

TEST_F(RoutesTest, WithoutATokenNothingIsTold) {
    rig_.add_device("door-1");
    auto made = request("GET", "/devices/door-1");
    made.headers.erase("Authorization");
    const http::Response response = ask(made);
    EXPECT_EQ(response.status, 401);
    EXPECT_THAT(response.body, HasSubstr("ErrorCode:IotHubUnauthorizedAccess;"));
}

TEST_F(RoutesTest, EachRouteAsksForItsRight) {
    struct Case {
        std::string method, path, policy;
        bool allowed;
    };
    const std::vector<Case> cases{
        {"GET", "/devices", "registryRead", true},
        {"GET", "/devices", "service", false},
        {"PUT", "/devices/d", "registryRead", false},
        {"PUT", "/devices/d", "registryReadWrite", true},
        {"DELETE", "/devices/d", "registryRead", false},
        {"POST", "/devices", "registryRead", false},
        {"GET", "/twins/d", "registryReadWrite", false},
        {"GET", "/twins/d", "service", true},
        {"PATCH", "/twins/d", "registryReadWrite", false},
        {"PUT", "/twins/d", "device", false},
        {"POST", "/twins/d/methods", "registryRead", false},
        {"POST", "/devices/query", "registryRead", false},
        {"PUT", "/jobs/v2/j", "registryReadWrite", false},
        {"GET", "/jobs/v2/query", "service", true},
        {"GET", "/jobs/v2/j", "device", false},
        {"POST", "/jobs/v2/j/cancel", "registryRead", false},
        {"GET", "/statistics/devices", "device", false},
        {"GET", "/statistics/service", "service", true},
        {"GET", "/lockhub/v1/policies", "service", false},
        {"GET", "/lockhub/v1/capabilities", "service", true},
    };
    for (const Case& c : cases) {
        auto made = request(c.method, c.path, "{}");
        made.headers["Authorization"] = token_of(c.policy);
        EXPECT_EQ(ask(made).status != 401, c.allowed) << c.policy << " " << c.method << " " << c.path;
    }
}

TEST_F(RoutesTest, TheApiVersionIsAskedForButNotComparedToAList) {
    auto made = request("GET", "/devices");
    made.query["api-version"] = "2016-11-14";
    EXPECT_EQ(ask(made).status, 200);
    made.query.clear();
    const http::Response response = ask(made);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("api-version"));
}

TEST_F(RoutesTest, AnAnswerWaitsForTheCommitThatCoversIt) {
    std::optional<http::Response> answer;
    router_.handle(request("PUT", "/devices/door-1", "{}"),
                   http::Responder([&](http::Response response) { answer = std::move(response); }));
    EXPECT_FALSE(answer);
    rig_.commit();
    EXPECT_TRUE(answer);
}

// ---- registry, §2.4 ----

TEST_F(RoutesTest, ADeviceIsMadeReadListedAndRemoved) {
    EXPECT_EQ(ask("PUT", "/devices/door-1", R"({"deviceId":"door-1"})").status, 200);
    EXPECT_THAT(ask("GET", "/devices/door-1").body, HasSubstr(R"("deviceId":"door-1")"));
    EXPECT_THAT(ask("GET", "/devices/").body, StartsWith("[{"));
    const http::Response removed = ask("DELETE", "/devices/door-1");
    EXPECT_EQ(removed.status, 204);
    EXPECT_EQ(removed.body, "");
    const http::Response gone = ask("GET", "/devices/door-1");
    EXPECT_EQ(gone.status, 404);
    EXPECT_THAT(gone.body, HasSubstr(R"({"Message":"ErrorCode:DeviceNotFound;)"));
    EXPECT_EQ(gone.header("Content-Type"), "application/json; charset=utf-8");
}

TEST_F(RoutesTest, ANameIsDecodedBeforeItIsJudged) {
    EXPECT_EQ(ask("PUT", "/devices/door%231", R"({"deviceId":"door#1"})").status, 200);
    EXPECT_EQ(ask("PUT", "/devices/invalid%2Fname", R"({"deviceId":"invalid/name"})").status, 400);
    EXPECT_EQ(ask("PUT", "/devices/bad%zz", "{}").status, 400);
}

TEST_F(RoutesTest, AListIsAsShortAsItIsAskedToBe) {
    for (const char* id : {"a", "b", "c"})
        rig_.add_device(id);
    auto made = request("GET", "/devices");
    made.query["top"] = "2";
    EXPECT_EQ(base::Json::parse(ask(made).body)->size(), 2U);
    made.query["top"] = "0";
    EXPECT_EQ(ask(made).status, 400);
    made.query["top"] = "two";
    EXPECT_THAT(ask(made).body, AllOf(HasSubstr("top"), HasSubstr("two")));
}

TEST_F(RoutesTest, StatisticsCountDevicesAndConnections) {
    rig_.add_device("a");
    EXPECT_EQ(ask("GET", "/statistics/devices").body,
              R"({"totalDeviceCount":1,"enabledDeviceCount":1,"disabledDeviceCount":0})");
    EXPECT_EQ(ask("GET", "/statistics/service").body, R"({"connectedDeviceCount":0})");
}

TEST_F(RoutesTest, ABulkRequestTellsWhichOfItsDevicesFailed) {
    rig_.add_device("b");
    const http::Response response = ask("POST", "/devices", R"([
        {"id":"a","importMode":"create","tags":{"floor":3}},
        {"id":"b","importMode":"create"},
        {"id":"c","importMode":"Delete"},
        {"id":"d","importMode":"explode"}])");
    EXPECT_EQ(response.status, 200);
    const auto json = base::Json::parse(response.body);
    ASSERT_TRUE(json);
    EXPECT_EQ(json->find("isSuccessful").as_bool(), false);
    EXPECT_EQ(json->find("errors").size(), 3U);
    EXPECT_THAT(response.body,
                AllOf(HasSubstr(R"("deviceId":"b","errorCode":"DeviceAlreadyExists")"),
                      HasSubstr(R"("deviceId":"c","errorCode":"DeviceNotFound")"), HasSubstr("explode")));
    EXPECT_THAT(ask("GET", "/twins/a").body, HasSubstr(R"("tags":{"floor":3})"));
}

TEST_F(RoutesTest, ABulkRequestOfMoreThanAHundredIsRefused) {
    std::string body = "[";
    for (int i = 0; i < 101; ++i)
        body += (i == 0 ? "" : ",") + (R"({"id":"d)" + std::to_string(i) + "\"}");
    EXPECT_EQ(ask("POST", "/devices", body + "]").status, 400);
    EXPECT_EQ(ask("POST", "/devices", "{}").status, 400);
    EXPECT_EQ(ask("POST", "/devices", "[").status, 400);
    EXPECT_EQ(ask("POST", "/devices", "[1]").status, 200);
    EXPECT_EQ(rig_.registry.statistics().total, 0);
}

// ---- twins, queries, methods, §2.5 and §2.6 ----

TEST_F(RoutesTest, ATwinIsReadPatchedAndReplaced) {
    rig_.add_device("door-1");
    EXPECT_EQ(ask("PATCH", "/twins/door-1", R"({"tags":{"building":43}})").status, 200);
    EXPECT_EQ(ask("PUT", "/twins/door-1", R"({"tags":{"floor":3}})").status, 200);
    EXPECT_THAT(ask("GET", "/twins/door-1").body, HasSubstr(R"("tags":{"floor":3})"));
}

TEST_F(RoutesTest, AnOldEtagIsTold412) {
    rig_.add_device("door-1");
    auto made = request("PATCH", "/twins/door-1", R"({"tags":{"building":43}})");
    made.headers["If-Match"] = "\"AAAAAAAAAGM=\"";
    const http::Response response = ask(made);
    EXPECT_EQ(response.status, 412);
    EXPECT_THAT(response.body, HasSubstr("ErrorCode:PreconditionFailed;"));
}

TEST_F(RoutesTest, AQueryGivesPagesAndSaysWhenThereAreMore) {
    for (const char* id : {"a", "b", "c"})
        rig_.add_device(id);
    auto made = request("POST", "/devices/query", R"({"query":"SELECT * FROM devices"})");
    made.headers["x-ms-max-item-count"] = "2";
    http::Response page = ask(made);
    EXPECT_EQ(page.header("x-ms-item-type"), "Twin");
    EXPECT_EQ(base::Json::parse(page.body)->size(), 2U);
    ASSERT_NE(page.header("x-ms-continuation"), "");
    made.headers["x-ms-continuation"] = page.header("x-ms-continuation");
    page = ask(made);
    EXPECT_EQ(base::Json::parse(page.body)->size(), 1U);
    EXPECT_FALSE(page.headers.contains("x-ms-continuation"));
}

TEST_F(RoutesTest, AQueryWithoutTextOrWithABadPageSizeIsRefused) {
    EXPECT_THAT(ask("POST", "/devices/query", "{}").body, HasSubstr("ErrorCode:ArgumentNull;"));
    for (const char* empty : {R"({"query":""})", R"({"query":" \n"})"}) {
        EXPECT_THAT(ask("POST", "/devices/query", empty).body,
                    HasSubstr("the query is empty; write SELECT * FROM devices"));
    }
    auto made = request("POST", "/devices/query", R"({"query":"SELECT * FROM devices"})");
    made.headers["x-ms-max-item-count"] = "-1";
    EXPECT_THAT(ask(made).body, HasSubstr("x-ms-max-item-count"));
}

TEST_F(RoutesTest, ACallToADeviceThatIsNotThereHasTheNestedShape) {
    rig_.add_device("door-1");
    const http::Response response = ask("POST", "/twins/door-1/methods", R"({"methodName":"lockDoor"})");
    EXPECT_EQ(response.status, 404);
    const auto outer = base::Json::parse(response.body);
    ASSERT_TRUE(outer);
    const auto inner = base::Json::parse(outer->find("Message").as_string().value_or(""));
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->find("errorCode").as_integer(), 404103);
}

TEST_F(RoutesTest, ACallWhoseConnectionEndedHasTheNestedShapeAndItsOwnNumber) {
    rig_.add_device("door-1");
    SilentLink link;
    rig_.sessions.attach({.device_id = "door-1", .model_id = "", .until = std::nullopt}, link, true,
                         [](const auto&) {});
    rig_.sessions.subscribe("door-1", link, {{"$iothub/methods/POST/#", 0}}, [](const auto&) {});
    rig_.commit();
    std::optional<http::Response> answer;
    router_.handle(request("POST", "/twins/door-1/methods", R"({"methodName":"lockDoor"})"),
                   http::Responder([&](http::Response response) { answer = std::move(response); }));
    rig_.commit();
    rig_.sessions.detach("door-1", link);
    rig_.commit();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 404);
    const auto outer = base::Json::parse(answer->body);
    ASSERT_TRUE(outer);
    const auto inner = base::Json::parse(outer->find("Message").as_string().value_or(""));
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->find("errorCode").as_integer(), 404104);
}

TEST_F(RoutesTest, ACallIsAnsweredWhenTheDeviceHasAnswered) {
    const Device door = rig_.add_device("door-1");
    SilentLink link;
    rig_.sessions.attach({.device_id = "door-1", .model_id = "", .until = std::nullopt}, link, true,
                         [](const auto&) {});
    rig_.sessions.subscribe("door-1", link, {{"$iothub/methods/POST/#", 0}}, [](const auto&) {});
    rig_.commit();
    std::optional<http::Response> answer;
    router_.handle(request("POST", "/twins/door-1/methods", R"({"methodName":"lockDoor"})"),
                   http::Responder([&](http::Response response) { answer = std::move(response); }));
    rig_.commit();
    EXPECT_FALSE(answer);
    ASSERT_EQ(link.topics.size(), 1U);
    const std::string rid = link.topics[0].substr(link.topics[0].find("$rid=") + 5);
    protocol::Publish reply;
    reply.topic = "$iothub/methods/res/200/?$rid=" + rid;
    reply.payload = "true";
    ASSERT_TRUE(rig_.sessions.receive("door-1", link, reply, nullptr));
    rig_.commit();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, R"({"status":200,"payload":true})");
}

// ---- jobs, §2.7 ----

TEST_F(RoutesTest, AJobIsMadeReadListedAndCancelled) {
    rig_.add_device("door-1");
    const std::string body = R"({"type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":{"a":1}},)"
                             R"("queryCondition":"*","startTime":"2026-12-01T00:00:00Z"})";
    EXPECT_THAT(ask("PUT", "/jobs/v2/j1", body).body, HasSubstr(R"("status":"queued")"));
    EXPECT_EQ(ask("PUT", "/jobs/v2/j1", body).status, 409);
    EXPECT_THAT(ask("GET", "/jobs/v2/j1").body, HasSubstr(R"("jobId":"j1")"));
    const http::Response list = ask("GET", "/jobs/v2/query");
    EXPECT_EQ(list.header("x-ms-item-type"), "JobResponse");
    EXPECT_EQ(base::Json::parse(list.body)->size(), 1U);
    EXPECT_THAT(ask("POST", "/jobs/v2/j1/cancel").body, HasSubstr(R"("status":"cancelled")"));
    EXPECT_EQ(ask("POST", "/jobs/v2/j1/cancel").status, 405);
}

TEST_F(RoutesTest, AForceThatIsNeitherTrueNorFalseIsNamed) {
    auto cancel = request("POST", "/jobs/v2/j1/cancel");
    cancel.query["force"] = "yes";
    const http::Response response = ask(cancel);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("force: 'yes' is neither true nor false"));
}

TEST_F(RoutesTest, JobsAreFilteredInAnyCaseAndPaged) {
    for (const char* id : {"j1", "j2", "j3"}) {
        ask("PUT", std::string("/jobs/v2/") + id,
            R"({"type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":{}},"queryCondition":"*",)"
            R"("startTime":"2026-12-01T00:00:00Z"})");
    }
    auto made = request("GET", "/jobs/v2/query");
    made.query["jobType"] = "ScheduleUpdateTwin";
    made.query["pageSize"] = "2";
    const http::Response page = ask(made);
    EXPECT_EQ(base::Json::parse(page.body)->size(), 2U);
    made.query["continuationToken"] = page.header("x-ms-continuation");
    EXPECT_EQ(base::Json::parse(ask(made).body)->size(), 1U);
    made.query["continuationToken"] = "nonsense";
    EXPECT_EQ(ask(made).status, 400);
    made.query.erase("continuationToken");
    made.query["jobType"] = "ScheduleDeviceMethod";
    EXPECT_EQ(ask(made).body, "[]");
    made.query["jobType"] = "export";
    EXPECT_EQ(ask(made).status, 400);
    made.query.erase("jobType");
    made.query["jobStatus"] = "sleeping";
    EXPECT_THAT(ask(made).body, HasSubstr("sleeping"));
}

TEST_F(RoutesTest, AJobThatIsNotThereIs404) {
    const http::Response response = ask("GET", "/jobs/v2/none");
    EXPECT_EQ(response.status, 404);
    EXPECT_THAT(response.body, HasSubstr("ErrorCode:JobNotFound;"));
    EXPECT_EQ(ask("POST", "/jobs/v2/none/cancel").status, 404);
}

TEST_F(RoutesTest, ABadJobIsRefusedInIotHubsWords) {
    const http::Response response = ask("PUT", "/jobs/v2/j1", R"({"type":"scheduleTwinUpdate"})");
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("ErrorCode:GenericBadRequest;"));
}

TEST_F(RoutesTest, AJobThatCanNeverWorkIsRefusedWhenItIsMade) {
    const auto refusal = [this](const std::string& action) {
        const http::Response response = ask("PUT", "/jobs/v2/j1", R"({"queryCondition":"*",)" + action + "}");
        EXPECT_EQ(response.status, 400) << action;
        EXPECT_THAT(response.body, HasSubstr("ErrorCode:ArgumentInvalid;"));
        return response.body;
    };
    const auto twin = [&](const std::string& members) {
        return refusal(R"("type":"scheduleUpdateTwin","updateTwin":{"etag":"*",)" + members + "}");
    };
    EXPECT_THAT(twin(R"("tags":{"a.b":1})"), HasSubstr("tags"));
    EXPECT_THAT(twin(R"("properties":{"desired":{"a":[null]}})"), HasSubstr("desired.a"));
    EXPECT_THAT(twin(R"("tags":{"a":")" + std::string(4000, 'x') + R"(","b":")" + std::string(4000, 'x') +
                     R"(","c":")" + std::string(4000, 'x') + R"("})"),
                HasSubstr("tags"));
    EXPECT_THAT(refusal(R"("type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"lock/door"})"),
                HasSubstr("methodName"));
    EXPECT_EQ(ask("GET", "/jobs/v2/j1").status, 404);
}

// §2.5: what a client sends back of a twin it has read.
TEST_F(RoutesTest, AJobMaySendBackMetadataAndClearASection) {
    const http::Response response =
        ask("PUT", "/jobs/v2/j1",
            R"({"type":"scheduleUpdateTwin","queryCondition":"*","startTime":"2026-12-01T00:00:00Z",)"
            R"("updateTwin":{"etag":"*","tags":null,)"
            R"("properties":{"desired":{"a":1,"$version":3,"$metadata":{}},"reported":{"x.y":1}}}})");
    EXPECT_EQ(response.status, 200) << response.body;
}

// ---- the hub's own ----

TEST_F(RoutesTest, CapabilitiesNameTheHubAndItsPort) {
    auto made = request("GET", "/lockhub/v1/capabilities");
    made.query.clear();
    const auto json = base::Json::parse(ask(made).body);
    ASSERT_TRUE(json);
    EXPECT_EQ(json->find("name").as_string(), "lockhub");
    EXPECT_EQ(json->find("mqttPort").as_integer(), 8883);
    std::vector<std::string> features;
    for (const base::JsonView feature : json->find("features")) {
        features.emplace_back(feature.as_string().value_or(""));
    }
    EXPECT_THAT(features,
                testing::IsSupersetOf({"policies", "cancelRunningJob", "cloudToDeviceMessages", "events",
                                       "telemetry", "rate", "inFlight", "abort", "waves"}));
}

TEST_F(RoutesTest, APolicyIsMadeReadAndRemoved) {
    const std::string path = "/lockhub/v1/policies/serviceAndRegistryReadWrite";
    EXPECT_EQ(ask("GET", path).status, 404);
    const http::Response made =
        ask("PUT", path, R"({"rights":"ServiceConnect, RegistryRead, RegistryWrite"})");
    EXPECT_EQ(made.status, 200) << made.body;
    EXPECT_EQ(ask("GET", path).body, made.body);
    EXPECT_EQ(base::Json::parse(ask("GET", "/lockhub/v1/policies").body)->size(), 6U);
    EXPECT_EQ(ask("DELETE", path).status, 204);
    EXPECT_EQ(ask("PUT", path, R"({"rights":"Everything"})").status, 400);
}

}  // namespace
}  // namespace hub
