#include "scheduler/jobs/request.hpp"

#include "base/iso8601.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace jobs {
namespace {

const base::SystemTime now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20};

Job accepted(std::string_view body, std::string_view id = "j1") {
    const auto answer = parse_job_request(id, body, now);
    if (const auto* refusal = std::get_if<Refusal>(&answer)) {
        ADD_FAILURE() << refusal->error.message;
        return {};
    }
    return std::get<Job>(answer);
}

Refusal refused(std::string_view body, std::string_view id = "j1") {
    const auto answer = parse_job_request(id, body, now);
    if (std::holds_alternative<Job>(answer)) {
        ADD_FAILURE() << "accepted: " << body;
        return {};
    }
    return std::get<Refusal>(answer);
}

std::string method_with(std::string_view members) {
    return R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"m"},"queryCondition":"*",)" +
           std::string(members) + "}";
}

std::string method_body(std::string_view method) {
    return R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":)" + std::string(method) +
           R"(,"queryCondition":"*"})";
}

std::string twin_body(std::string_view twin) {
    return R"({"type":"scheduleUpdateTwin","updateTwin":)" + std::string(twin) + R"(,"queryCondition":"*"})";
}

TEST(JobRequestTest, ReadsAMethodJobWithEveryMember) {
    const Job job = accepted(
        R"({"jobId":"other","type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"lockDoor",)"
        R"("payload":{"lockTime":"10m"},"responseTimeoutInSeconds":45,"connectTimeoutInSeconds":7},)"
        R"("queryCondition":"deviceId IN ['d1']","startTime":"2026-11-20T01:00:00.000Z","maxExecutionTimeInSeconds":300})");

    EXPECT_EQ(job.id, "j1");  // the path's, not the body's
    EXPECT_EQ(job.status, JobStatus::queued);
    EXPECT_EQ(job.condition, "deviceId IN ['d1']");
    EXPECT_EQ(job.created, now);
    EXPECT_EQ(job.start_time, now + std::chrono::hours(1));
    EXPECT_EQ(job.max_execution, std::chrono::seconds(300));
    EXPECT_EQ(job.deadline(), now + std::chrono::minutes(65));
    const auto& method = std::get<MethodAction>(job.action);
    EXPECT_EQ(method.name, "lockDoor");
    EXPECT_EQ(method.payload, R"({"lockTime":"10m"})");
    EXPECT_EQ(method.response_timeout, std::chrono::seconds(45));
    EXPECT_EQ(method.connect_timeout, std::chrono::seconds(7));
    EXPECT_EQ(job.status_message, "");
}

// §2.7 CHOICE: null is as good as nothing.
TEST(JobRequestTest, ReadsWhatTheNodeSdkSendsForItsShortOverloads) {
    const Job job = accepted(
        R"({"jobId":"j1","type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"m","payload":null,)"
        R"("responseTimeoutInSeconds":30},"startTime":null,"queryCondition":"deviceId IN ['d1']"})");
    EXPECT_EQ(job.start_time, now);
    EXPECT_EQ(job.max_execution, std::chrono::hours(1));
    EXPECT_EQ(std::get<MethodAction>(job.action).payload, "null");
    EXPECT_EQ(std::get<MethodAction>(job.action).connect_timeout, std::chrono::seconds(0));
}

TEST(JobRequestTest, ReadsATwinJobAndKeepsTheTextOfThePatch) {
    const std::string twin = R"({"etag":"*",  "tags":{"x":9007199254740993}})";
    const Job job = accepted(twin_body(twin));
    EXPECT_EQ(job.type(), JobType::schedule_update_twin);
    EXPECT_EQ(std::get<TwinAction>(job.action).update_twin, twin);
    EXPECT_EQ(job.action_text(), twin);
}

TEST(JobRequestTest, KeepsThePayloadByteForByte) {
    const Job job = accepted(method_body(R"({"methodName":"m","payload": [9007199254740993, 1.50 ]})"));
    EXPECT_EQ(std::get<MethodAction>(job.action).payload, "[9007199254740993, 1.50 ]");
}

TEST(JobRequestTest, AnActionReadsItsOwnTextBack) {
    const Job job =
        accepted(method_body(R"({"methodName":"m","payload":{"a":1},"responseTimeoutInSeconds":9})"));
    const auto again = parse_action(job.type(), job.action_text());
    ASSERT_TRUE(again);
    const auto& method = std::get<MethodAction>(*again);
    EXPECT_EQ(method.payload, R"({"a":1})");
    EXPECT_EQ(method.response_timeout, std::chrono::seconds(9));
    EXPECT_EQ(method.text, job.action_text());
}

// §2.7
TEST(JobRequestTest, AStartInThePastMeansNow) {
    EXPECT_EQ(accepted(method_with(R"("startTime":"1970-01-01T00:00:00.000Z")")).start_time, now);
}

// §2.7
TEST(JobRequestTest, AStartWithoutZoneIsUtc) {
    EXPECT_EQ(accepted(method_with(R"("startTime":"2026-11-20T00:10:00.123456")")).start_time,
              now + std::chrono::minutes(10) + std::chrono::microseconds(123456));
}

TEST(JobRequestTest, RefusesAStartThatIsNoDateOrTooFarAway) {
    for (const auto* start : {R"("soon")", "17", R"("2050-01-01T00:00:00Z")", "\"\""}) {
        const Refusal refusal = refused(method_with(std::string(R"("startTime":)") + start));
        EXPECT_EQ(refusal.name, "ArgumentInvalid") << start;
        EXPECT_NE(refusal.error.message.find("startTime"), std::string::npos) << refusal.error.message;
    }
}

// §2.7
TEST(JobRequestTest, RefusesOtherTypesAsIoTHubDoes) {
    for (const auto* type :
         {R"("scheduleDirectMethod")", R"("scheduleTwinUpdate")", R"("ScheduleDeviceMethod")", "null", "3"}) {
        const Refusal refusal =
            refused(R"({"cloudToDeviceMethod":{"methodName":"m"},"queryCondition":"*","type":)" +
                    std::string(type) + "}");
        EXPECT_EQ(refusal.status, 400);
        EXPECT_EQ(refusal.name, "GenericBadRequest");
        EXPECT_NE(refusal.error.message.find("scheduleDeviceMethod"), std::string::npos);
    }
}

// §2.7
TEST(JobRequestTest, ATwinJobNeedsTheEtagStar) {
    for (const auto* twin : {R"({"tags":{}})", R"({"etag":"AAAAAAAAAAE=","tags":{}})", R"({"etag":null})"}) {
        const Refusal refusal = refused(twin_body(twin));
        EXPECT_EQ(refusal.name, "ArgumentInvalid");
        EXPECT_NE(
            refusal.error.message.find("Missing or invalid etag for job type ScheduleUpdateTwin. "
                                       "ScheduleUpdateTwin job type is a force update, which only accepts "
                                       "'*' as the Etag."),
            std::string::npos);
    }
}

TEST(JobRequestTest, ATwinJobMayCarryEmptySections) {
    accepted(twin_body(R"({"etag":"*","tags":null,"properties":{"desired":{},"reported":{}}})"));
}

TEST(JobRequestTest, TwinSectionsAreObjects) {
    EXPECT_NE(refused(twin_body(R"({"etag":"*","tags":5})")).error.message.find("updateTwin.tags is 5"),
              std::string::npos);
    EXPECT_NE(refused(twin_body(R"({"etag":"*","properties":{"desired":[]}})"))
                  .error.message.find("updateTwin.properties.desired"),
              std::string::npos);
    EXPECT_EQ(refused(twin_body("[]")).name, "ArgumentInvalid");
}

TEST(JobRequestTest, WhatIsMissingIsNamed) {
    const auto no_condition =
        refused(R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"m"}})");
    EXPECT_EQ(no_condition.name, "ArgumentNull");
    EXPECT_NE(no_condition.error.message.find("queryCondition"), std::string::npos);
    const auto no_action = refused(R"({"type":"scheduleUpdateTwin","queryCondition":"*"})");
    EXPECT_EQ(no_action.name, "ArgumentNull");
    EXPECT_NE(no_action.error.message.find("updateTwin"), std::string::npos);
    EXPECT_NE(refused(method_body(R"({"payload":1})")).error.message.find("methodName"), std::string::npos);
    EXPECT_NE(refused(method_body(R"({"methodName":"  "})")).error.message.find("methodName"),
              std::string::npos);
}

TEST(JobRequestTest, NumbersHaveTheRangesOfIoTHub) {
    EXPECT_EQ(refused(method_body(R"({"methodName":"m","responseTimeoutInSeconds":4})")).error.message,
              "cloudToDeviceMethod: responseTimeoutInSeconds is 4; it must be a whole number from 5 to 300");
    for (const auto* method : {R"({"methodName":"m","responseTimeoutInSeconds":301})",
                               R"({"methodName":"m","connectTimeoutInSeconds":-1})",
                               R"({"methodName":"m","connectTimeoutInSeconds":301})",
                               R"({"methodName":"m","responseTimeoutInSeconds":"9"})",
                               R"({"methodName":"m","responseTimeoutInSeconds":7.5})"}) {
        EXPECT_EQ(refused(method_body(method)).name, "ArgumentInvalid") << method;
    }
    for (const auto* most : {"0", "-5", "1e300", "\"60\"", "1.5"}) {
        EXPECT_EQ(refused(method_with(std::string(R"("maxExecutionTimeInSeconds":)") + most)).name,
                  "ArgumentInvalid")
            << most;
    }
    accepted(method_with(R"("maxExecutionTimeInSeconds":null)"));
}

// §2.7
TEST(JobRequestTest, TheIdHasItsAlphabetAndItsBound) {
    const std::string body = method_with(R"("x":1)");
    accepted(body, "Job_Test-0b9f");
    accepted(body, std::string(64, 'a'));
    for (const std::string& id : {std::string(), std::string(65, 'a'), std::string("j 2"), std::string("j/2"),
                                  std::string("j\xc3\xa9")}) {
        EXPECT_EQ(refused(body, id).name, "ArgumentInvalid") << id;
    }
}

TEST(JobRequestTest, TextsAndPayloadsAreBounded) {
    EXPECT_EQ(refused(method_body(R"({"methodName":")" + std::string(101, 'm') + "\"}")).name,
              "ArgumentInvalid");
    accepted(method_body(R"({"methodName":"m","payload":")" + std::string(max_payload - 2, 'x') + "\"}"));
    refused(method_body(R"({"methodName":"m","payload":")" + std::string(max_payload - 1, 'x') + "\"}"));
    const std::string head =
        R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"m"},"queryCondition":")";
    accepted(head + std::string(max_condition, '*') + "\"}");
    refused(head + std::string(max_condition + 1, '*') + "\"}");
    refused(head + std::string(max_request, '*') + "\"}");
}

TEST(JobRequestTest, BrokenBodiesAreRefusedWithThePlace) {
    const Refusal refusal = refused("{\n  \"type\" 3}");
    EXPECT_EQ(refusal.name, "ArgumentInvalid");
    EXPECT_NE(refusal.error.message.find("line 2"), std::string::npos) << refusal.error.message;
    for (const auto* body : {"", "[]", "null", "{\"a\":1,\"a\":2}", "{}x"}) {
        EXPECT_EQ(refused(body).status, 400) << body;
    }
}

TEST(JobRequestTest, AConditionIsNotLookedAt) {
    // IoT Hub reports a bad one as a failed job, not as a failed PUT.
    EXPECT_EQ(accepted(R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"m"},)"
                       R"("queryCondition":"SELECT nonsense"})")
                  .condition,
              "SELECT nonsense");
}

// §2.7 CHOICE
TEST(JobRequestTest, WarnsOfCharactersThatIoTHubForbids) {
    EXPECT_NE(accepted(method_body(R"({"methodName":"m","payload":"{\"lockTime\":\"10m\"}"})"))
                  .status_message.find("cloudToDeviceMethod.payload"),
              std::string::npos);
    EXPECT_NE(accepted(twin_body(R"({"etag":"*","properties":{"desired":{"a":[1,{"b":"x y"}]}}})"))
                  .status_message.find("updateTwin.properties.desired.a[1].b"),
              std::string::npos);
    EXPECT_NE(accepted(twin_body("{\"etag\":\"*\",\"tags\":{\"stra\xc3\x9f\x65\":1}}"))
                  .status_message.find("updateTwin.tags."),
              std::string::npos);
    EXPECT_EQ(accepted(twin_body(R"({"etag":"*","tags":{"a":"x-1_2.3+4"}})")).status_message, "");
}

}  // namespace
}  // namespace jobs
