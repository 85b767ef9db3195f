#include "scheduler/hub/console.hpp"

#include "endpoint_rig.hpp"
#include "scheduler/hub/answers.hpp"
#include "scheduler/hub/console_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace hub {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ConsoleTest : public testing::Test {
  protected:
    ConsoleTest() { add_console_routes(router_); }
    http::Response get(std::string path, std::string if_none_match = {}) {
        http::Request request;
        request.path = std::move(path);
        if (!if_none_match.empty()) request.headers["If-None-Match"] = std::move(if_none_match);
        auto answer = std::make_shared<std::optional<http::Response>>();
        router_.handle(request,
                       http::Responder([answer](http::Response response) { *answer = std::move(response); }));
        rig_.commit();
        EXPECT_TRUE(*answer);
        return answer->value_or(http::Response{});
    }

    EndpointRig rig_;
    Answers answers_{rig_.clock};
    Router router_{rig_.database, rig_.authorization, answers_};
};

TEST_F(ConsoleTest, TheRootLeadsToIt) {
    for (const char* path : {"/", "/console"}) {
        const auto response = get(path);
        EXPECT_EQ(response.status, 302) << path;
        EXPECT_EQ(response.header("Location"), "/console/") << path;
    }
}

TEST_F(ConsoleTest, ServesItsPageWithoutAToken) {
    const auto response = get("/console/");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_THAT(response.body, StartsWith("<!doctype html>"));
}

TEST_F(ConsoleTest, EveryFileHasItsTypeAndAStrictPolicy) {
    for (const ConsoleFile& file : console_files()) {
        const auto response = get("/console/" + std::string(file.name));
        EXPECT_EQ(response.status, 200) << file.name;
        EXPECT_EQ(response.header("Content-Type"), file.content_type);
        EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(response.header("Referrer-Policy"), "no-referrer");
        EXPECT_THAT(std::string(response.header("Content-Security-Policy")),
                    AllOf(StartsWith("default-src 'none'; "), HasSubstr("frame-ancestors 'none'"),
                          Not(HasSubstr("unsafe")), Not(HasSubstr("http"))));
    }
}

TEST_F(ConsoleTest, WhatTheBrowserHasIsNotSentAgain) {
    const std::string etag(get("/console/main.js").header("ETag"));
    ASSERT_THAT(etag, StartsWith("\""));
    for (const std::string& tags : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
        const auto again = get("/console/main.js", tags);
        EXPECT_EQ(again.status, 304) << tags;
        EXPECT_THAT(again.body, IsEmpty());
        EXPECT_EQ(again.header("ETag"), etag);
    }
    EXPECT_EQ(get("/console/main.js", "\"other\"").status, 200);
}

TEST_F(ConsoleTest, ServesNothingElse) {
    EXPECT_EQ(get("/console/hub.db").status, 404);
    EXPECT_EQ(get("/console/..%2Fhub.db").status, 400) << "a slash in a name";
    EXPECT_EQ(get("/console/main.js/x").status, 404);
}

TEST_F(ConsoleTest, LoadsNothingFromElsewhere) {
    for (const ConsoleFile& file : console_files()) {
        std::string text(file.body);
        for (const char* name : {"http://www.w3.org/2000/svg"}) {  // a name, nothing that is loaded
            for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
                text.erase(at, std::string_view(name).size());
        }
        EXPECT_THAT(text, AllOf(Not(HasSubstr("http://")), Not(HasSubstr("https://")))) << file.name;
    }
}

}  // namespace
}  // namespace hub
