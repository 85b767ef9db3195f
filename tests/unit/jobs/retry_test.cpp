#include "runner_fixture.hpp"
#include "scheduler/jobs/records.hpp"
#include "scheduler/jobs/rollout.hpp"

#include <gtest/gtest.h>

namespace jobs {
namespace {

constexpr auto with_id = R"({"commandId":"c"})";

TEST(RetryTextTest, ReadsEveryMember) {
    const auto retry =
        parse_rollout(R"({"retry":{"count":3,"backoff":10,"causes":["timeout"]}})").value().retry;
    ASSERT_TRUE(retry);
    EXPECT_EQ(retry->count, 3U);
    EXPECT_FALSE(retry->refused);
    EXPECT_EQ(retry->timeout, true);
    EXPECT_EQ(retry->pause(1), 10s);
    EXPECT_EQ(retry->pause(2), 20s);
    EXPECT_EQ(retry->pause(20), 10min);
}

TEST(RetryTextTest, MistakesNameTheMember) {
    const std::pair<const char*, const char*> mistakes[] = {
        {R"({"retry":3})", "retry "},
        {R"({"retry":{}})", "retry "},
        {R"({"retry":{"count":0}})", "retry.count"},
        {R"({"retry":{"count":21}})", "retry.count"},
        {R"({"retry":{"count":1,"backoff":601}})", "retry.backoff"},
        {R"({"retry":{"count":1,"causes":[]}})", "retry.causes"},
        {R"({"retry":{"count":1,"causes":"timeout"}})", "retry.causes"},
        {R"({"retry":{"count":1,"causes":["jam"]}})", "retry.causes"},
    };
    for (const auto& [text, member] : mistakes) {
        const auto rollout = parse_rollout(text);
        ASSERT_FALSE(rollout) << text;
        EXPECT_TRUE(rollout.error().message.starts_with(member)) << rollout.error().message;
    }
}

TEST(RetryTextTest, WhatCouldMoveADoorTwiceIsRefused) {
    const std::string method =
        R"({"type":"scheduleDeviceMethod","queryCondition":"*","cloudToDeviceMethod":{"methodName":"m","payload":)";
    const std::string timeout = R"(,"retry":{"count":1,"causes":["timeout"]}})";
    const auto bad = parse_job_request("j", method + "null}" + timeout, {});
    EXPECT_NE(std::get<Refusal>(bad).error.message.find("commandId"), std::string::npos);
    EXPECT_TRUE(std::holds_alternative<Job>(parse_job_request("j", method + with_id + "}" + timeout, {})));
    const auto twin = parse_job_request(
        "j",
        R"({"type":"scheduleUpdateTwin","queryCondition":"*","updateTwin":{"etag":"*","tags":{"a":1}},"retry":{"count":1}})",
        {});
    EXPECT_NE(std::get<Refusal>(twin).error.message.find("twin job"), std::string::npos);
}

class RetryTest : public RunnerTest {
  protected:
    void start(std::string payload = with_id, std::string rollout = R"({"retry":{"count":2,"backoff":10}})") {
        have_devices({"a"});
        Job job = method_job("j1", std::move(payload));
        job.rollout = std::move(rollout);
        submit(std::move(job));
        turn();
    }
    int calls() { return gateway.sent["a"]; }
    RowStatus row_status() const { return row("j1", "a").status; }
};

TEST_F(RetryTest, ADeviceThatRefusesForNowIsCalledAgain) {
    start();
    gateway.answer("a", 429);
    turn();
    EXPECT_EQ(row_status(), RowStatus::pending);
    EXPECT_EQ(answered_status(row("j1", "a").outcome), 429);
    pass(9s);
    EXPECT_EQ(calls(), 1);
    pass(1s);
    EXPECT_EQ(calls(), 2);
    gateway.answer("a", 200);
    turn();
    EXPECT_EQ(row_status(), RowStatus::completed);
    EXPECT_EQ(found("j1").statistics.refused, 0U);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(RetryTest, ThePauseDoublesAndTheCountEndsIt) {
    start();
    gateway.answer("a", 409);
    pass(10s);
    gateway.answer("a", 409);
    pass(19s);
    EXPECT_EQ(calls(), 2);
    pass(1s);
    EXPECT_EQ(calls(), 3);
    gateway.answer("a", 409);
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(found("j1").statistics.refused, 1U);
}

TEST_F(RetryTest, ARefusalForGoodIsNotRepeated) {
    for (const int answer : {400, 404, 410, 500}) {
        SCOPED_TRACE(answer);
        have_devices({"a"});
        Job job = method_job("j" + std::to_string(answer), with_id);
        job.rollout = R"({"retry":{"count":2}})";
        submit(job);
        turn();
        gateway.answer("a", answer);
        turn();
        EXPECT_EQ(status(job.id), JobStatus::completed);
    }
}

TEST_F(RetryTest, ATimeoutIsRepeatedOnlyWithACommandId) {
    start();
    gateway.end("a", MethodOutcome::Kind::timed_out);
    pass(10s);
    EXPECT_EQ(calls(), 2);
    gateway.answer("a");
    turn();
    EXPECT_EQ(row_status(), RowStatus::completed);
    EXPECT_EQ(row("j1", "a").error_code, "");
}

TEST_F(RetryTest, WithoutOneATimeoutIsFinal) {
    start("null");
    gateway.end("a", MethodOutcome::Kind::timed_out);
    turn();
    EXPECT_EQ(row_status(), RowStatus::failed);
    EXPECT_EQ(row("j1", "a").error_code, error_timeout);
}

TEST_F(RetryTest, WithoutACommandIdARefusalIsStillRepeated) {
    start("null");
    gateway.answer("a", 409);
    pass(10s);
    EXPECT_EQ(calls(), 2);
}

TEST_F(RetryTest, AtTheDeadlineWhatTheDeviceSaidLastStands) {
    start();
    gateway.answer("a", 409);
    turn();
    clock.advance(2h);
    pass(1s);
    EXPECT_EQ(row_status(), RowStatus::completed);
    EXPECT_EQ(answered_status(row("j1", "a").outcome), 409);
    EXPECT_EQ(found("j1").statistics.refused, 1U);
    EXPECT_EQ(calls(), 1);
}

TEST_F(RetryTest, ACancelledJobCallsNobodyAgain) {
    start();
    gateway.end("a", MethodOutcome::Kind::timed_out);
    turn();
    (void)runner->cancel("j1", JobRunner::Cancel::force);
    pass(1min);
    EXPECT_EQ(calls(), 1);
    EXPECT_EQ(row_status(), RowStatus::failed);
    EXPECT_EQ(row("j1", "a").error_code, error_timeout);
}

TEST_F(RetryTest, TheCallsAreCountedAcrossACrash) {
    start();
    gateway.answer("a", 409);
    turn();
    crash();
    turn();
    EXPECT_EQ(calls(), 2);
    gateway.answer("a", 409);
    turn();
    EXPECT_EQ(row_status(), RowStatus::pending);
    crash();
    turn();
    gateway.answer("a", 409);
    turn();
    EXPECT_EQ(calls(), 3);
    EXPECT_EQ(row_status(), RowStatus::completed);
}

TEST_F(RetryTest, ACrashDuringARepeatWithoutCommandIdEndsUnknown) {
    start("null");
    gateway.answer("a", 409);
    pass(10s);
    crash();
    turn();
    EXPECT_EQ(calls(), 2);
    EXPECT_EQ(row_status(), RowStatus::failed);
    EXPECT_EQ(row("j1", "a").error_code, error_outcome_unknown);
    EXPECT_EQ(row("j1", "a").outcome, "");
}

TEST_F(RetryTest, ARowThatIsToBeTriedAgainDoesNotCountForTheAbort) {
    start(with_id, R"({"retry":{"count":1,"backoff":10},"abort":{"failedCount":1}})");
    gateway.answer("a", 409);
    turn();
    EXPECT_EQ(status("j1"), JobStatus::running);
    pass(10s);
    gateway.answer("a", 409);
    turn();
    EXPECT_TRUE(is_final(status("j1")));
}

}  // namespace
}  // namespace jobs
