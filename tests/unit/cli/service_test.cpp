#include "scheduler/cli/service.hpp"

#include "protocol/sas.hpp"
#include "scheduler/cli/requests.hpp"
#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ServiceTest : public ::testing::Test, protected Bench {
  protected:
    base::Error error_for(int status, const std::string& body) {
        hub.answer("GET /devices/d", status, body);
        const auto answer = service.call(get_device("d"));
        EXPECT_FALSE(answer);
        return answer ? base::Error{} : answer.error();
    }
};

TEST_F(ServiceTest, SignsEachRequestForTheHostWithoutItsPort) {
    hub.answer("GET /devices/d", 200, "{}");
    ASSERT_TRUE(service.call(get_device("d")));
    const auto token = protocol::parse_sas_token(hub.requests.at(0).header("Authorization"));
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->resource, "hub.local");
    EXPECT_EQ(token->policy, "service");
    EXPECT_TRUE(protocol::signature_matches(*token, "MDEy"));
    EXPECT_GT(token->expiry, clock.system_now());
    EXPECT_THAT(std::string(hub.requests.at(0).header("User-Agent")), HasSubstr("lockctl/"));
}

TEST_F(ServiceTest, ErrorsSayWhatTheHubSaid) {
    const auto error = error_for(400, R"({"Message":"ErrorCode:ArgumentInvalid;no such thing as that"})");
    EXPECT_EQ(error.code, base::Errc::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("no such thing as that"));
}

TEST_F(ServiceTest, ARefusedPolicyIsNamed) {
    const auto error = error_for(401, R"({"Message":"ErrorCode:IotHubUnauthorizedAccess;Unauthorized"})");
    EXPECT_EQ(error.code, base::Errc::unauthorized);
    EXPECT_THAT(error.message, HasSubstr("'service'"));
    EXPECT_THAT(error.message, HasSubstr("lacks the right"));
}

TEST_F(ServiceTest, AHubThatNamesTheCauseIsTakenAtItsWord) {
    const auto error = error_for(
        401, R"({"Message":"ErrorCode:IotHubUnauthorizedAccess;the token expired at 2026-11-19T00:00:00Z"})");
    EXPECT_EQ(error.message, "the hub refused policy 'service': the token expired at 2026-11-19T00:00:00Z");
}

TEST_F(ServiceTest, ADeviceThatIsNotConnectedIsToldWithTheCure) {
    const auto error = error_for(404, R"({"Message":"{\"errorCode\":404103,\"message\":\"Timed out\"}"})");
    EXPECT_EQ(error.code, base::Errc::conflict);
    EXPECT_THAT(error.message, HasSubstr("not connected"));
    EXPECT_THAT(error.message, HasSubstr("--connect-timeout"));
}

TEST_F(ServiceTest, ADeviceThatWentWhileItWasCalledIsNoDeviceThatIsNotThere) {
    EXPECT_EQ(error_for(404, R"({"Message":"{\"errorCode\":404104,\"message\":\"ended\"}"})").code,
              base::Errc::io);
}

TEST_F(ServiceTest, KindsOfErrors) {
    EXPECT_EQ(error_for(404, "{}").code, base::Errc::not_found);
    Bench other;
    const auto kind = [&other](int status) {
        other.hub = FakeHub();
        other.hub.answer("GET /devices/d", status, "oops");
        return other.service.call(get_device("d")).error().code;
    };
    EXPECT_EQ(kind(403), base::Errc::unauthorized);
    EXPECT_EQ(kind(409), base::Errc::conflict);
    EXPECT_EQ(kind(412), base::Errc::conflict);
    EXPECT_EQ(kind(405), base::Errc::conflict);
    EXPECT_EQ(kind(413), base::Errc::too_large);
    EXPECT_EQ(kind(429), base::Errc::busy);
    EXPECT_EQ(kind(504), base::Errc::timeout);
    EXPECT_EQ(kind(500), base::Errc::unavailable);
    EXPECT_EQ(kind(301), base::Errc::invalid_argument);
}

TEST_F(ServiceTest, ReadsAllPages) {
    hub.answer("POST /devices/query", 200, R"([{"deviceId":"a"}])",
               {{"x-ms-continuation", "t1"}, {"x-ms-item-type", "Twin"}});
    hub.answer("POST /devices/query", 200, R"([{"deviceId":"b"}])", {{"x-ms-item-type", "Twin"}});
    std::vector<std::string> seen;
    ASSERT_TRUE(service.query("SELECT * FROM devices", [&seen](const Page& page) {
        EXPECT_EQ(page.type, "Twin");
        for (const auto item : page.items)
            seen.emplace_back(item.find("deviceId").as_string().value());
    }));
    EXPECT_THAT(seen, ElementsAre("a", "b"));
    EXPECT_EQ(hub.requests.at(1).header("x-ms-continuation"), "t1");
}

TEST_F(ServiceTest, APageThatNeverEndsIsAnError) {
    hub.answer("POST /devices/query", 200, "[]", {{"x-ms-continuation", "same"}});
    const auto done = service.query("SELECT * FROM devices", [](const Page&) {});
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("same page"));
}

TEST_F(ServiceTest, AnAnswerThatIsNoListIsAnError) {
    hub.answer("POST /devices/query", 200, R"({"items":[]})");
    EXPECT_FALSE(service.query("SELECT * FROM devices", [](const Page&) {}));
}

TEST_F(ServiceTest, CapabilitiesAreAskedForOnce) {
    hub.be_lockhub();
    const auto found = service.capabilities();
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->lockhub);
    EXPECT_EQ(found->mqtt_port, 18883);
    EXPECT_TRUE(found->features.contains("policies"));
    ASSERT_TRUE(service.capabilities());
    EXPECT_EQ(hub.requests.size(), 1U);
}

TEST_F(ServiceTest, AHubThatDoesNotKnowTheQuestionIsAPlainIotHub) {
    const auto found = service.capabilities();
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->lockhub);
    EXPECT_EQ(found->mqtt_port, 8883);
    EXPECT_TRUE(found->features.empty());
}

TEST_F(ServiceTest, AHubThatIsAwayIsNoPlainIotHub) {
    hub.fail("GET /lockhub/v1/capabilities", {base::Errc::unavailable, "refused"});
    EXPECT_FALSE(service.capabilities());
}

}  // namespace
}  // namespace cli
