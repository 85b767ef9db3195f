#include "scheduler/cli/watch.hpp"

#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string record(const std::string& status, int devices, int succeeded, int failed,
                   const std::string& type = "scheduleDeviceMethod") {
    return R"({"jobId":"j","type":")" + type + R"(","status":")" + status +
           R"(","deviceJobStatistics":{"deviceCount":)" + std::to_string(devices) + R"(,"succeededCount":)" +
           std::to_string(succeeded) + R"(,"failedCount":)" + std::to_string(failed) +
           R"(,"runningCount":0,"pendingCount":0}})";
}

class WatchTest : public ::testing::Test, protected Bench {
  protected:
    WatchTest() { hub.be_lockhub(); }
    void job_is(const std::string& body) { hub.answer("GET /jobs/v2/j", 200, body); }
    void rows_are(const std::string& body) { hub.answer("POST /devices/query", 200, body); }
    [[nodiscard]] std::ptrdiff_t lines() const {
        const std::string text = out.str();
        return std::count(text.begin(), text.end(), '\n');
    }
};

TEST_F(WatchTest, InAPipeEachChangeIsOneJsonLine) {
    job_is(record("queued", 0, 0, 0));
    job_is(record("queued", 0, 0, 0));
    job_is(record("running", 1, 0, 0));
    job_is(record("completed", 1, 1, 0));
    rows_are("[]");
    EXPECT_EQ(watch_job("j", context).exit, Exit::ok);
    EXPECT_EQ(lines(), 3);
    EXPECT_THAT(out.str(), HasSubstr(R"("status":"completed","deviceCount":1,"succeededCount":1)"));
    EXPECT_EQ(err.str(), "");
}

TEST_F(WatchTest, AsJsonOnlyTheLastStateIsPrinted) {
    context.output.format = Format::json;
    job_is(record("queued", 0, 0, 0));
    job_is(record("running", 1, 0, 0));
    job_is(record("completed", 1, 1, 0));
    rows_are("[]");
    EXPECT_EQ(watch_job("j", context).exit, Exit::ok);
    EXPECT_EQ(lines(), 1);
    EXPECT_EQ(base::Json::parse(out.str())->find("status").as_string(), "completed");
}

TEST_F(WatchTest, WithoutAReaderItEndsAndTheJobGoesOn) {
    job_is(record("running", 1, 0, 0));
    out.setstate(std::ios::badbit);
    const auto outcome = watch_job("j", context);
    EXPECT_EQ(outcome.exit, Exit::reader_gone);
    EXPECT_EQ(outcome.message, "");
}

TEST_F(WatchTest, OnATerminalALineIsDrawnOverAndASummaryEndsIt) {
    context.output.live = true;
    context.output.columns = 120;
    job_is(record("running", 1, 0, 0));
    job_is(record("completed", 1, 1, 0));
    rows_are("[]");
    EXPECT_EQ(watch_job("j", context).exit, Exit::ok);
    EXPECT_THAT(out.str(), HasSubstr("j  running"));
    EXPECT_THAT(out.str(), HasSubstr("\x1b[1A\r\x1b[Jj  completed"));
    EXPECT_THAT(out.str(), HasSubstr("\njob j completed: 1 of 1 succeeded\n"));
    EXPECT_THAT(out.str(), Not(HasSubstr("jobId")));
}

TEST_F(WatchTest, ADoorThatAnsweredNoIsAFailureThoughItsRowIsCompleted) {
    job_is(record("completed", 2, 2, 0));
    rows_are(
        R"([{"deviceId":"a","jobId":"j","status":"completed","outcome":{"deviceMethodResponse":)"
        R"({"status":409,"payload":{"error":"the door is open"}}}},)"
        R"({"deviceId":"b","jobId":"j","status":"completed","outcome":{"deviceMethodResponse":{"status":200}}}])");
    const auto outcome = watch_job("j", context);
    EXPECT_EQ(outcome.exit, Exit::some_failed);
    EXPECT_THAT(outcome.message, HasSubstr("1 of 2 succeeded, 1 failed"));
    EXPECT_THAT(outcome.message, HasSubstr("1 × 409: the door is open (a)"));
    EXPECT_THAT(out.str(), HasSubstr(R"("succeededCount":1,"failedCount":1)"));
}

// Each read looks through all rows, so it is rare and asks for those that failed alone.
TEST_F(WatchTest, RefusalsOfALargeJobAreToldWhileItRuns) {
    context.output.live = true;
    context.output.columns = 80;
    for (int done = 100; done <= 900; done += 100)
        job_is(record("running", 1000, done, 0));
    job_is(record("completed", 1000, 1000, 0));
    rows_are(R"([{"deviceId":"a","jobId":"j","status":"completed","outcome":{"deviceMethodResponse":)"
             R"({"status":409,"payload":{"error":"the door is open"}}}}])");
    EXPECT_EQ(watch_job("j", context).exit, Exit::some_failed);
    EXPECT_THAT(
        out.str(),
        HasSubstr("j  running  ███▓░░░░░░░░░░░░░░░░  200/1000\n  succeeded 199  failed 1  cancelled 800\n"));
    EXPECT_THAT(out.str(), HasSubstr("1 × 409: the door is open (a)\n"));
    const auto reads = hub.asked("POST /devices/query");
    EXPECT_EQ(reads.size(), 4U);  // at the first look, after one and two seconds, at the end
    EXPECT_THAT(reads.front().body, HasSubstr("outcome.deviceMethodResponse.status >= 400"));
}

TEST_F(WatchTest, OfALargeJobAPlainIotHubIsNotAskedForRowsUntilTheEnd) {
    Bench azure;
    azure.hub.answer("GET /jobs/v2/j", 200, record("running", 1000, 100, 0));
    azure.hub.answer("GET /jobs/v2/j", 200, record("completed", 1000, 1000, 0));
    azure.hub.answer("POST /devices/query", 200, "[]");
    EXPECT_EQ(watch_job("j", azure.context).exit, Exit::ok);
    const auto reads = azure.hub.asked("POST /devices/query");
    ASSERT_EQ(reads.size(), 1U);
    EXPECT_THAT(reads.front().body, Not(HasSubstr("outcome")));
}

TEST_F(WatchTest, ATwinJobThatWentWellNeedsNoRows) {
    job_is(record("completed", 10000, 10000, 0, "scheduleUpdateTwin"));
    EXPECT_EQ(watch_job("j", context).exit, Exit::ok);
    EXPECT_TRUE(hub.asked("POST /devices/query").empty());
}

TEST_F(WatchTest, OutcomesHaveTheirExitStatus) {
    job_is(record("cancelled", 0, 0, 0));
    EXPECT_EQ(watch_job("j", context).exit, Exit::cancelled);
}

TEST_F(WatchTest, AHubThatRestartsIsWaitedFor) {
    job_is(record("running", 1, 0, 0));
    hub.fail("GET /jobs/v2/j", {base::Errc::unavailable, "connection refused"});
    hub.fail("GET /jobs/v2/j", {base::Errc::io, "broken off"});
    job_is(record("completed", 1, 1, 0));
    rows_are("[]");
    EXPECT_EQ(watch_job("j", context).exit, Exit::ok);
    EXPECT_EQ(err.str(), "connection refused; trying again for a minute\n");
}

TEST_F(WatchTest, AHubThatStaysAwayIsGivenUp) {
    const auto begin = clock.steady_now();
    hub.fail("GET /jobs/v2/j", {base::Errc::unavailable, "connection refused"});
    const auto outcome = watch_job("j", context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_GE(clock.steady_now() - begin, std::chrono::seconds(60));
    EXPECT_LT(clock.steady_now() - begin, std::chrono::seconds(63));
}

TEST_F(WatchTest, AnUnknownJobIsNamedAtOnce) {
    const auto outcome = watch_job("j", context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("no job 'j'"));
}

TEST_F(WatchTest, CtrlCLeavesTheJobAndSaysHowToComeBack) {
    pauses_until_interrupt = 2;
    job_is(record("running", 1, 0, 0));
    const auto outcome = watch_job("j", context);
    EXPECT_EQ(outcome.exit, Exit::interrupted);
    EXPECT_THAT(outcome.message, HasSubstr("lockctl job watch j"));
}

TEST_F(WatchTest, APlainIotHubIsAskedLessOften) {
    Bench azure;
    azure.hub.answer("GET /jobs/v2/j", 200, record("running", 1, 0, 0));
    azure.pauses_until_interrupt = 11;
    const auto begin = azure.clock.steady_now();
    EXPECT_EQ(watch_job("j", azure.context).exit, Exit::interrupted);
    EXPECT_EQ(azure.clock.steady_now() - begin, std::chrono::seconds(22));
}

}  // namespace
}  // namespace cli
