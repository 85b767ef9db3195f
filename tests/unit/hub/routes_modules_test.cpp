// The routes of module identities, their twins and methods (iothub-protocol.md §2.3, §2.4, §2.5, §2.6).
#include "endpoint_rig.hpp"
#include "scheduler/hub/routes_bulk.hpp"
#include "scheduler/hub/routes_devices.hpp"
#include "scheduler/hub/routes_twins.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hub {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ModuleRoutesTest : public testing::Test {
  protected:
    ModuleRoutesTest() {
        add_device_routes(router_, rig_.registry, rig_.connections);
        add_bulk_route(router_, rig_.registry, rig_.twins);
        add_twin_routes(router_, rig_.twins);
        add_method_routes(router_, rig_.calls);
        rig_.add_device("d1");
    }
    http::Response ask(std::string method, std::string path, std::string body = {},
                       const std::string& if_match = {}) {
        http::Request made;
        made.method = std::move(method);
        made.path = std::move(path);
        made.body = std::move(body);
        made.query["api-version"] = "2021-04-12";
        made.headers["Authorization"] =
            token(rig_, "localhost", rig_.policies.find("iothubowner")->keys.primary, std::chrono::hours(1),
                  "iothubowner");
        if (!if_match.empty()) made.headers["If-Match"] = if_match;
        auto answer = std::make_shared<std::optional<http::Response>>();
        router_.handle(made,
                       http::Responder([answer](http::Response response) { *answer = std::move(response); }));
        rig_.commit();
        EXPECT_TRUE(*answer) << made.method << " " << made.path;
        return answer->value_or(http::Response{.status = 0, .headers = {}, .body = {}});
    }

    EndpointRig rig_;
    Answers answers_{rig_.clock};
    Router router_{rig_.database, rig_.authorization, answers_};
};

TEST_F(ModuleRoutesTest, AModuleIsMadeReadListedChangedAndRemoved) {
    const std::string path = "/devices/d1/modules/cam";
    const auto made = ask("PUT", path, R"({"deviceId":"d1","moduleId":"cam","managedBy":"me"})");
    ASSERT_EQ(made.status, 200);
    EXPECT_THAT(made.body, AllOf(HasSubstr(R"("moduleId":"cam")"), HasSubstr(R"("managedBy":"me")")));
    EXPECT_EQ(ask("GET", path).body, made.body);
    EXPECT_EQ(ask("GET", "/devices/d1/modules").body, "[" + made.body + "]");
    EXPECT_EQ(ask("PUT", path, "{}").status, 409);
    EXPECT_EQ(ask("PUT", path, "{}", "\"wrong\"").status, 412);
    EXPECT_THAT(ask("PUT", path, R"({"managedBy":"you"})", "*").body, HasSubstr(R"("managedBy":"you")"));
    EXPECT_EQ(ask("DELETE", path, {}, "*").status, 204);
    const auto gone = ask("GET", path);
    EXPECT_EQ(gone.status, 404);
    EXPECT_THAT(gone.body, HasSubstr("ErrorCode:ModuleNotFound;"));
    EXPECT_EQ(ask("GET", "/devices/d1/modules").body, "[]");
}

TEST_F(ModuleRoutesTest, WithoutTheDeviceThereIsNothing) {
    for (const char* path : {"/devices/no/modules", "/devices/no/modules/cam"}) {
        const auto answer = ask("GET", path);
        EXPECT_EQ(answer.status, 404);
        EXPECT_THAT(answer.body, HasSubstr("ErrorCode:DeviceNotFound;"));
    }
    EXPECT_EQ(ask("PUT", "/devices/no/modules/cam", "{}").status, 404);
}

TEST_F(ModuleRoutesTest, TheBodyMustSpeakOfThisModule) {
    EXPECT_EQ(ask("PUT", "/devices/d1/modules/cam", R"({"deviceId":"d2"})").status, 400);
    EXPECT_EQ(ask("PUT", "/devices/d1/modules/cam", R"({"moduleId":"can"})").status, 400);
    EXPECT_EQ(ask("PUT", "/devices/d1/modules/cam", R"({"managedBy":1})").status, 400);
}

// A name with a slash in it would be the key of a module.
TEST_F(ModuleRoutesTest, ASlashInANameIsRefused) {
    ask("PUT", "/devices/d1/modules/cam", "{}");
    for (const char* path : {"/devices/d1%2Fcam", "/twins/d1%2Fcam", "/devices/invalid%2Fname"}) {
        const auto answer = ask("GET", path);
        EXPECT_EQ(answer.status, 400) << path;
        EXPECT_THAT(answer.body, HasSubstr("ErrorCode:ArgumentInvalid;"));
    }
    EXPECT_THAT(ask("POST", "/devices", R"([{"id":"d1/new","importMode":"create"}])").body,
                HasSubstr("ArgumentInvalid"));
    EXPECT_FALSE(rig_.registry.find("d1/new"));
}

TEST_F(ModuleRoutesTest, ABulkRequestNamesModulesToo) {
    EXPECT_THAT(ask("POST", "/devices", R"([{"id":"d1","moduleId":"cam","importMode":"create"}])").body,
                HasSubstr(R"("isSuccessful":true)"));
    EXPECT_TRUE(rig_.registry.find("d1/cam"));
    EXPECT_THAT(ask("POST", "/devices", R"([{"id":"d1","moduleId":"cam","importMode":"create"}])").body,
                AllOf(HasSubstr(R"("moduleId":"cam")"), HasSubstr("ModuleAlreadyExistsOnDevice")));
}

TEST_F(ModuleRoutesTest, TheTwinOfAModuleIsReadPatchedAndReplaced) {
    ask("PUT", "/devices/d1/modules/cam", "{}");
    const std::string path = "/twins/d1/modules/cam";
    EXPECT_THAT(ask("PATCH", path, R"({"tags":{"a":1}})").body, HasSubstr(R"("tags":{"a":1})"));
    EXPECT_EQ(ask("PATCH", path, R"({"tags":{"a":2}})", "\"wrong\"").status, 412);
    EXPECT_THAT(ask("PUT", path, R"({"tags":{"b":1}})").body, HasSubstr(R"("tags":{"b":1})"));
    EXPECT_THAT(ask("GET", path).body,
                AllOf(HasSubstr(R"("deviceId":"d1")"), HasSubstr(R"("moduleId":"cam")")));
    EXPECT_EQ(ask("GET", "/twins/d1/modules/no").status, 404);
}

TEST_F(ModuleRoutesTest, AMethodReachesTheModule) {
    ask("PUT", "/devices/d1/modules/cam", "{}");
    EXPECT_THAT(ask("POST", "/twins/d1/modules/cam/methods", R"({"methodName":"snap"})").body,
                HasSubstr("404103"));
    EXPECT_THAT(ask("POST", "/twins/d1/modules/no/methods", R"({"methodName":"snap"})").body,
                HasSubstr("ModuleNotFound"));
}

}  // namespace
}  // namespace hub
