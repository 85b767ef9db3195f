#include "scheduler/jobs/members.hpp"

#include "scheduler/jobs/request.hpp"
#include "scheduler/jobs/rollout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace jobs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const base::SystemTime now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20};

std::string method_with(const std::string& members) {
    return R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"m"},"queryCondition":"*",)" +
           members + "}";
}

std::string twin_body(const std::string& twin) {
    return R"({"type":"scheduleUpdateTwin","queryCondition":"*","updateTwin":)" + twin + "}";
}

// Why it is refused; empty if it is not.
std::string refusal(const std::string& body) {
    const auto answer = parse_job_request("j1", body, now);
    const auto* refused = std::get_if<Refusal>(&answer);
    if (refused == nullptr) return {};
    EXPECT_EQ(refused->status, 400);
    EXPECT_EQ(refused->name, "ArgumentInvalid");
    return refused->error.message;
}

std::string remark(const std::string& body) {
    const auto answer = parse_job_request("j1", body, now);
    const auto* job = std::get_if<Job>(&answer);
    return job == nullptr ? "refused" : job->status_message;
}

TEST(OwnMembersTest, AMisspeltMemberIsRefusedWithTheRightOnes) {
    EXPECT_EQ(refusal(method_with(R"("abort":{"failedCount":3,"failedPrecent":20})")),
              "abort has no member 'failedPrecent'; it may have: failedCount, failedPercent");
    EXPECT_EQ(refusal(method_with(R"("retry":{"count":3,"back_off":1})")),
              "retry has no member 'back_off'; it may have: count, backoff, causes");
    EXPECT_THAT(refusal(method_with(R"("retry":{"count":3,"Causes":["refused"]})")), HasSubstr("'Causes'"));
    EXPECT_THAT(refusal(method_with(R"("waves":[{"devices":1}])")), HasSubstr("waves must be an array"));
    EXPECT_THAT(refusal(method_with(R"("abort":5)")), HasSubstr("abort must be an object"));
}

TEST(OwnMembersTest, OneOfTheBodyThatIsNearlyOneOfOursIsRefused) {
    const std::pair<const char*, const char*> slips[] = {
        {R"("abrot":{"failedCount":1})", "'abort' may be meant"},
        {R"("wave":[1])", "'waves' may be meant"},
        {R"("inflight":5)", "'inFlight' may be meant"},
        {R"("Retry":{"count":1})", "'retry' may be meant"},
        {R"("retries":{"count":1})", ""},  // too far away to be sure
        {R"("rates":5)", "'rate' may be meant"},
        {R"("rollout":{"rate":5})", "stand in the job itself: rate, inFlight, abort, waves, retry"},
    };
    for (const auto& [member, says] : slips) {
        const std::string said = refusal(method_with(member));
        if (*says == '\0') {
            EXPECT_EQ(said, "") << member;
        } else {
            EXPECT_THAT(said, HasSubstr(says)) << member;
        }
    }
}

// §2.7: clients of IoT Hub send what they have read, and what later versions of the API may have.
TEST(OwnMembersTest, WhatIoTHubsClientsSendBesideGoesOnWorking) {
    EXPECT_EQ(remark(method_with(R"("createdTime":"2026-11-20T00:00:00Z","status":"unknown","jobId":"x",)"
                                 R"("failureReason":null,"deviceJobStatistics":{},"etag":null)")),
              "");
    EXPECT_EQ(remark(twin_body(R"({"deviceId":null,"etag":"*","version":3,"tags":{"a":1},"properties":)"
                               R"({"desired":{},"reported":{}},"capabilities":{"iotEdge":false}})")),
              "");
    EXPECT_EQ(refusal(method_with(R"("date":1,"priority":2)")), "");
}

TEST(OwnMembersTest, WhatNoJobHasIsIgnoredAndSaid) {
    EXPECT_EQ(remark(method_with(R"("abortAfter":3)")), "ignored, for no job has such a member: abortAfter");
    EXPECT_EQ(remark(twin_body(R"({"etag":"*","tags":{"a":1},"desired":{"b":2}})")),
              "ignored, for no job has such a member: updateTwin.desired");
    EXPECT_EQ(remark(method_with(R"("a":1,"b":1,"c":1,"d":1,")" + std::string(500, 'e') + R"(":1)")),
              "ignored, for no job has such a member: a, b, c, …");
}

TEST(OwnMembersTest, AChangeThatNamesNothingToChangeIsRefused) {
    for (const auto* twin :
         {R"({"etag":"*"})", R"({"etag":"*","properties":null})", R"({"etag":"*","properties":{}})",
          R"({"etag":"*","properties":{"reported":{"a":1}}})"}) {
        EXPECT_THAT(refusal(twin_body(twin)), HasSubstr("it must have tags, properties.desired, or both"))
            << twin;
    }
    EXPECT_THAT(refusal(twin_body(R"({"etag":"*","desired":{"a":1}})")),
                HasSubstr("updateTwin changes nothing (it has desired)"));
}

// §2.7: as azure-iot-sdk-node's own end-to-end test of cancelJob has it.
TEST(OwnMembersTest, AChangeWithEmptySectionsIsTakenAndSaid) {
    EXPECT_EQ(remark(twin_body(R"({"etag":"*","tags":{},"properties":{"desired":{},"reported":{}}})")),
              "the job changes nothing: its tags and desired properties are empty");
}

TEST(OwnMembersTest, ASectionThatIsNullIsEmptiedAndThatIsAChange) {
    EXPECT_EQ(remark(twin_body(R"({"etag":"*","tags":null})")), "");
}

// What an older hub has taken goes on as it was.
TEST(OwnMembersTest, AStoredRolloutIsReadAsItWasTaken) {
    const auto rollout = parse_rollout(R"({"abort":{"failedCount":3,"failedPrecent":20}})");
    ASSERT_TRUE(rollout);
    EXPECT_EQ(rollout->abort_at(100), 3U);
}

}  // namespace
}  // namespace jobs
