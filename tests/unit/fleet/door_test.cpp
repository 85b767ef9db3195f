#include "scheduler/fleet/door.hpp"

#include "base/json.hpp"

#include <gtest/gtest.h>

namespace fleet {
namespace {

class FleetDoorTest : public ::testing::Test {
  protected:
    Answer call(Door& door, std::string_view method, std::string_view payload = "null") {
        return door.call(method, payload, clock.steady_now(), clock.system_now()).value_or(Answer{0, ""});
    }
    static std::string state(const Door& door) {
        return std::string(base::Json::parse(door.lock_json())->find("state").as_string().value_or(""));
    }
    base::ManualClock clock;
    Door willing{Temper::willing};
};

TEST_F(FleetDoorTest, AnswersLockDoorAsTheRealOneDoes) {
    const Answer answer = call(willing, "lockDoor", R"({"lockTime":"10m"})");
    EXPECT_EQ(answer.status, 200);
    const auto body = base::Json::parse(answer.payload);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->find("Response").as_string(), "lockDoor called successfully");
    EXPECT_EQ(body->find("lock").find("state").as_string(), "locked");
    EXPECT_EQ(body->find("lock").find("hold").find("target").as_string(), "locked");
    EXPECT_EQ(body->find("lock").find("hold").find("until").as_string(), "2026-11-20T00:10:00.0000000Z");
}

TEST_F(FleetDoorTest, UnlocksForATimeAndGoesBackToRest) {
    EXPECT_EQ(call(willing, "unlockDoor", R"({"unlockTime":5})").status, 200);
    EXPECT_EQ(state(willing), "unlocked");
    EXPECT_TRUE(willing.take_change());
    EXPECT_EQ(willing.hold_ends(), clock.steady_now() + std::chrono::seconds(5));
    clock.advance(std::chrono::seconds(5));
    willing.let_go(clock.steady_now());
    EXPECT_EQ(state(willing), "locked");
    EXPECT_TRUE(willing.take_change());
    EXPECT_FALSE(willing.take_change());
    EXPECT_FALSE(willing.hold_ends());
}

TEST_F(FleetDoorTest, TakesTheArgumentsAsATextToo) {
    EXPECT_EQ(call(willing, "lockDoor", R"("{\"lockTime\":\"10m\"}")").status, 200);
}

TEST_F(FleetDoorTest, ARepeatedCommandIdGetsTheFirstAnswerAndMovesNothing) {
    const Answer first = call(willing, "lockDoor", R"({"commandId":"a","lockTime":"1m"})");
    clock.advance(std::chrono::seconds(3));
    EXPECT_EQ(call(willing, "lockDoor", R"({"commandId":"a","lockTime":"1m"})"), first);
    EXPECT_EQ(willing.actuations(), 1U);
    EXPECT_EQ(call(willing, "lockDoor", R"({"commandId":"b"})").status, 200);
    EXPECT_EQ(willing.actuations(), 2U);
}

TEST_F(FleetDoorTest, ARefusingOneStandsOpenAndTellsItsStatus) {
    Door door(Temper::refusing);
    const Answer answer = call(door, "lockDoor");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(door.actuations(), 0U);
    EXPECT_FALSE(door.take_change());
    EXPECT_EQ(call(door, "getStatus").status, 200);
}

TEST_F(FleetDoorTest, ASilentOneSaysNothing) {
    Door door(Temper::silent);
    EXPECT_FALSE(door.call("getStatus", "null", clock.steady_now(), clock.system_now()));
}

TEST_F(FleetDoorTest, BadArgumentsAndUnknownMethodsAreRefused) {
    EXPECT_EQ(call(willing, "lockDoor", "[1]").status, 400);
    EXPECT_EQ(call(willing, "lockDoor", "{").status, 400);
    EXPECT_EQ(call(willing, "lockDoor", R"({"lockTime":"soon"})").status, 400);
    EXPECT_EQ(call(willing, "lockDoor", R"({"commandId":")" + std::string(200, 'x') + "\"}").status, 400);
    EXPECT_EQ(call(willing, "openSesame").status, 404);
    EXPECT_EQ(call(willing, "reboot").status, 202);
    EXPECT_EQ(willing.actuations(), 0U);
}

}  // namespace
}  // namespace fleet
