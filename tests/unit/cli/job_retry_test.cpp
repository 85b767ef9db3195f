#include "scheduler/cli/job_retry.hpp"

#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class JobRetryTest : public ::testing::Test, protected Bench {
  protected:
    void job_is(const std::string& status,
                const std::string& payload = R"({"lockTime":1.50,"commandId":"old"})") {
        hub.answer(
            "GET /jobs/v2/j", 200,
            R"({"jobId":"j","queryCondition":"*","maxExecutionTimeInSeconds":300,)"
            R"("type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"lockDoor","payload":)" +
                payload + R"(,"responseTimeoutInSeconds":30},"rate":5,"status":")" + status + "\"}");
        hub.answer(route, 200, R"({"jobId":"n","status":"queued"})");
    }
    void rows_are(const std::string& rows) { hub.answer("POST /devices/query", 200, "[" + rows + "]"); }
    static std::string refused(const std::string& id) {
        return R"({"deviceId":")" + id +
               R"(","status":"completed","outcome":{"deviceMethodResponse":{"status":409}}})";
    }
    static std::string silent(const std::string& id) {
        return R"({"deviceId":")" + id + R"(","status":"failed","error":{"code":"DeviceTimeout"}})";
    }
    // By the clock of the bench and the id it makes up.
    const std::string route = "PUT /jobs/v2/20261120-000000-0a1b";
};

TEST_F(JobRetryTest, ARefusedCommandGetsANewIdBecauseTheDoorWouldAnswerTheOldOneAsBefore) {
    job_is("completed");
    rows_are(refused("a") + "," +
             R"({"deviceId":"b","status":"completed","outcome":{"deviceMethodResponse":{"status":200}}})");
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    const auto asked = hub.asked(route);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_THAT(
        asked.at(0).body,
        HasSubstr(R"("payload":{"lockTime":1.50,"commandId":"0a1b2c3d-0000-4000-8000-000000000000"})"));
    EXPECT_THAT(asked.at(0).body, HasSubstr(R"("queryCondition":"deviceId IN ['a']")"));
    EXPECT_THAT(asked.at(0).body, HasSubstr(R"("maxExecutionTimeInSeconds":300,"rate":5)"));
    EXPECT_THAT(out.str(), HasSubstr("queued for 1 device that failed\n"));
}

TEST_F(JobRetryTest, TakesTheDevicesWhoseTurnNeverCame) {
    hub.be_lockhub();
    job_is("failed");
    rows_are(refused("a") + R"(,{"deviceId":"b","status":"canceled"})");
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    EXPECT_THAT(hub.asked("POST /devices/query").at(0).body, HasSubstr("status = 'canceled')"));
    EXPECT_THAT(hub.asked(route).at(0).body, HasSubstr("IN ['a']"));
    EXPECT_THAT(hub.asked(route).at(1).body, HasSubstr("IN ['b']"));
    EXPECT_THAT(out.str(), HasSubstr("queued for 1 device that had not begun\n"));
}

// They have failed already: another failure would stop the job before it came to the others.
TEST_F(JobRetryTest, AThresholdGuardsOnlyTheDevicesThatHadNotBegun) {
    hub.be_lockhub();
    hub.answer(
        "GET /jobs/v2/j", 200,
        R"({"jobId":"j","type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"lockDoor"},)"
        R"("rate":5,"abort":{"failedPercent":1},"waves":[1],"status":"failed"})");
    hub.answer(route, 200, "{}");
    rows_are(refused("a") + "," + silent("s") + R"(,{"deviceId":"b","status":"canceled"})");
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    const auto asked = hub.asked(route);
    ASSERT_EQ(asked.size(), 3U);
    for (const std::size_t failed : {0U, 1U}) {
        EXPECT_THAT(asked.at(failed).body, Not(HasSubstr("abort")));
        EXPECT_THAT(asked.at(failed).body, Not(HasSubstr("waves")));
        EXPECT_THAT(asked.at(failed).body, HasSubstr(R"("rate":5)"));
    }
    EXPECT_THAT(asked.at(2).body, HasSubstr(R"("abort":{"failedPercent":1},"waves":[1])"));
}

TEST_F(JobRetryTest, AJobThatWasCancelledBeforeItBeganIsDoneAsAWhole) {
    hub.answer("GET /jobs/v2/j", 200,
               R"({"jobId":"j","type":"scheduleDeviceMethod","queryCondition":"tags.floor = 3","waves":[1],)"
               R"("cloudToDeviceMethod":{"methodName":"lockDoor","payload":{"commandId":"old"}},)"
               R"("startTime":"2026-12-01T00:00:00Z","status":"cancelled"})");
    hub.answer(route, 200, "{}");
    rows_are("");
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    const std::string body = hub.asked(route).at(0).body;
    EXPECT_THAT(body, HasSubstr(R"("queryCondition":"tags.floor = 3")"));
    EXPECT_THAT(body, HasSubstr(R"("waves":[1])"));
    EXPECT_THAT(body, Not(HasSubstr("old")));
    EXPECT_THAT(body, Not(HasSubstr("startTime")));
    EXPECT_THAT(out.str(),
                HasSubstr("queued for devices where tags.floor = 3, as the one that was cancelled"));
}

TEST_F(JobRetryTest, OnEveryDeviceThatWantsYes) {
    hub.answer("GET /jobs/v2/j", 200,
               R"({"jobId":"j","type":"scheduleDeviceMethod","queryCondition":"*",)"
               R"("cloudToDeviceMethod":{"methodName":"lockDoor"},"status":"cancelled"})");
    hub.answer(route, 200, "{}");
    rows_are("");
    rows_are(R"({"devices":120})");
    const auto outcome = run(JobRetry{.id = "j"}, context);
    EXPECT_EQ(outcome.exit, Exit::refused);
    EXPECT_THAT(outcome.message, HasSubstr("now 120; repeat with --yes"));
    EXPECT_TRUE(hub.asked(route).empty());
    Bench meant;
    meant.hub.answer("GET /jobs/v2/j", 200, R"({"jobId":"j","queryCondition":"*","status":"cancelled"})");
    meant.hub.answer("POST /devices/query", 200, "[]");
    meant.hub.answer(route, 200, "{}");
    EXPECT_EQ(run(JobRetry{.id = "j", .yes = true}, meant.context).exit, Exit::ok);
}

TEST_F(JobRetryTest, AJobThatNeverReachedADeviceSaysWhy) {
    hub.answer("GET /jobs/v2/j", 200,
               R"({"jobId":"j","status":"failed","failureReason":"SQL query parse failed"})");
    rows_are("");
    const auto outcome = run(JobRetry{.id = "j"}, context);
    EXPECT_EQ(outcome.exit, Exit::nothing_matched);
    EXPECT_THAT(outcome.message, HasSubstr("failed before it reached a device: SQL query parse failed"));
}

TEST_F(JobRetryTest, AsJsonTheNewJobsAreOneArray) {
    context.output.format = Format::json;
    job_is("completed");
    rows_are(silent("a") + "," + refused("b"));
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "[{\"jobId\":\"n\",\"status\":\"queued\"},{\"jobId\":\"n\",\"status\":\"queued\"}]\n");
}

TEST_F(JobRetryTest, ACallThatNobodyHeardTheAnswerOfKeepsItsId) {
    job_is("completed");
    rows_are(silent("a") + "," + refused("b"));
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    const auto asked = hub.asked(route);
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_THAT(asked.at(0).body, HasSubstr(R"("commandId":"old")"));
    EXPECT_THAT(asked.at(0).body, HasSubstr("IN ['a']"));
    EXPECT_THAT(asked.at(1).body, Not(HasSubstr(R"("old")")));
    EXPECT_THAT(asked.at(1).body, HasSubstr("IN ['b']"));
}

TEST_F(JobRetryTest, APayloadWithoutACommandIdPassesUnchanged) {
    job_is("completed", R"({"n":9007199254740993})");
    rows_are(refused("it's"));
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    EXPECT_THAT(hub.asked(route).at(0).body, HasSubstr(R"("payload":{"n":9007199254740993})"));
    EXPECT_THAT(hub.asked(route).at(0).body, HasSubstr(R"(IN ['it\\'s'])"));
}

TEST_F(JobRetryTest, WhatTheHubRemarksIsTold) {
    hub.answer(route, 200, R"({"jobId":"n","status":"queued","statusMessage":"conflicts with job 'x'"})");
    job_is("completed");
    rows_are(refused("a"));
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    EXPECT_EQ(err.str(), "the hub remarks: conflicts with job 'x'\n");
}

TEST_F(JobRetryTest, WhereNothingFailedNothingIsDone) {
    job_is("completed");
    rows_are("");
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::nothing_matched);
    EXPECT_TRUE(hub.asked(route).empty());
}

TEST_F(JobRetryTest, AJobThatIsNotOverIsNotRetried) {
    job_is("running");
    const auto outcome = run(JobRetry{.id = "j"}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("is running"));
}

TEST_F(JobRetryTest, AnUnknownJobIsNamed) {
    EXPECT_THAT(run(JobRetry{.id = "j"}, context).message, HasSubstr("no job 'j'"));
}

}  // namespace
}  // namespace cli
