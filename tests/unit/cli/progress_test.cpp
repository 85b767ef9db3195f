#include "scheduler/cli/progress.hpp"

#include "base/iso8601.hpp"
#include "scheduler/cli/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace cli {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

const base::SystemTime now = *base::parse_iso8601("2026-11-20T16:30:00Z");

JobRecord job_with(const std::string& status, std::int64_t devices, std::int64_t succeeded,
                   std::int64_t failed, std::int64_t running = 0, std::int64_t pending = 0) {
    JobRecord job;
    job.id = "lock";
    job.status = status;
    job.what = "lockDoor";
    job.counted = true;
    job.devices = devices;
    job.succeeded = succeeded;
    job.failed = failed;
    job.running = running;
    job.pending = pending;
    return job;
}

DeviceJob refused(const std::string& device, int status, const std::string& payload) {
    return {.device = device,
            .job = "lock",
            .status = "completed",
            .method_status = status,
            .payload = payload,
            .error_code = {},
            .error_text = {}};
}

DeviceJob late(const std::string& device) {
    return {.device = device,
            .job = "lock",
            .status = "failed",
            .method_status = {},
            .payload = {},
            .error_code = "JobRunPreconditionFailed",
            .error_text = "not online in time"};
}

TEST(ProgressLineTest, BeforeTheStartItCountsDown) {
    JobRecord job = job_with("scheduled", 0, 0, 0);
    job.start = now + seconds(9) + std::chrono::milliseconds(200);
    EXPECT_EQ(progress_line(job, now, {.columns = 80}), "lock  scheduled  starts in 10s  lockDoor");
    EXPECT_EQ(progress_line(job, now + seconds(60), {.columns = 80}), "lock  scheduled  lockDoor");
}

TEST(ProgressLineTest, WhileItRunsItHasABarAndTheCountsThatAreNotZero) {
    EXPECT_EQ(progress_line(job_with("running", 10, 4, 1, 2, 3), now, {.columns = 120}),
              "lock  running  ████████▓▓░░░░░░░░░░  5/10  succeeded 4  failed 1  running 2  waiting 3");
    EXPECT_EQ(progress_line(job_with("completed", 1, 1, 0), now, {.columns = 120}),
              "lock  completed  ████████████████████  1/1  succeeded 1");
}

TEST(ProgressLineTest, NeverWiderThanTheTerminal) {
    const JobRecord job = job_with("running", 1000, 400, 100, 200, 300);
    for (std::size_t columns = 1; columns < 140; ++columns) {
        std::istringstream lines(progress_line(job, now, {.columns = columns, .per_second = 4.0}));
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(width(line), columns) << line;
    }
}

TEST(ProgressLineTest, ANarrowTerminalGetsTwoLinesAndAShorterBarBeforeACountIsCutOff) {
    JobRecord job = job_with("running", 10, 4, 1, 2, 3);
    job.id = "20261120-163000-3f9a";
    EXPECT_EQ(progress_line(job, now, {.columns = 79, .per_second = 4.0}),
              "20261120-163000-3f9a  running  ████████▓▓░░░░░░░░░░  5/10\n"
              "  succeeded 4  failed 1  running 2  waiting 3  4/s, 1s left");
    EXPECT_EQ(progress_line(job, now, {.columns = 45}),
              "20261120-163000-3f9a  running  █▓░░░  5/10\n"
              "  succeeded 4  failed 1  running 2  waiting 3");
    EXPECT_EQ(progress_line(job, now, {.columns = 40}),
              "20261120-163000-3f9a  running  5/10\n"
              "  succeeded 4  failed 1  running 2  wai…");
    job.status = "completed";  // what the counts are, the summary below it says
    EXPECT_EQ(progress_line(job, now, {.columns = 40}), "20261120-163000-3f9a  completed  5/10");
}

TEST(ProgressLineTest, ColoursTellWhatFailedAndTakeNoRoom) {
    const JobRecord job = job_with("running", 10, 4, 1, 5);
    const std::string line = progress_line(job, now, {.columns = 80, .colour = true});
    EXPECT_THAT(line, HasSubstr("\x1b[32m████████\x1b[31m▓▓\x1b[0m░"));
    EXPECT_THAT(progress_line(job, now, {.columns = 40, .colour = true}), HasSubstr("\x1b[31m"));
    EXPECT_THAT(progress_line(job, now, {.columns = 20, .colour = true}), ::testing::Not(HasSubstr("\x1b")));
}

TEST(ProgressLineTest, OneFailureAmongTenThousandShows) {
    EXPECT_THAT(progress_line(job_with("running", 10'000, 9'998, 1, 1), now, {.columns = 120}),
                HasSubstr("▓"));
}

TEST(ProgressLineTest, PaceAndTimeLeft) {
    EXPECT_THAT(progress_line(job_with("running", 100, 40, 0, 60), now, {.per_second = 4.0}),
                HasSubstr("  4/s, 15s left"));
    EXPECT_THAT(progress_line(job_with("completed", 100, 100, 0), now, {.per_second = 4.0}),
                ::testing::Not(HasSubstr("left")));
}

TEST(PaceTest, IsThatOfTheLastSeconds) {
    Pace pace;
    base::SteadyTime at;
    EXPECT_EQ(pace.per_second(), std::nullopt);
    pace.look(at, 0);
    pace.look(at + seconds(2), 0);
    EXPECT_EQ(pace.per_second(), std::nullopt);  // nothing moves
    for (int second = 3; second <= 60; ++second)
        pace.look(at + seconds(second), second * 5);
    EXPECT_DOUBLE_EQ(pace.per_second().value(), 5.0);
    for (int look = 0; look < 1000; ++look)
        pace.look(at + seconds(60) + std::chrono::milliseconds(look), 300);
    EXPECT_EQ(pace.per_second(), std::nullopt);
}

TEST(ProgressViewTest, ShowsTheMostFrequentCausesWithTheirCure) {
    const std::string view =
        progress_view(job_with("running", 10, 4, 2, 4),
                      {refused("a", 429, R"({"error":"cooling"})"), late("z")}, now, {.columns = 60});
    std::istringstream lines(view);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count)
        EXPECT_LE(width(line), 60U) << line;
    EXPECT_EQ(count, 6);
    EXPECT_THAT(view, HasSubstr("1 × 429: cooling (a)\n      → the door's actuator must cool down"));
}

TEST(ProgressViewTest, IsBoundedHoweverManyCausesThereAre) {
    std::vector<DeviceJob> rows;
    for (int i = 0; i < 50; ++i)
        rows.push_back(refused("d" + std::to_string(i), 500, R"({"error":")" + std::to_string(i) + "\"}"));
    const std::string view = progress_view(job_with("running", 50, 0, 50), rows, now, {});
    EXPECT_LE(std::count(view.begin(), view.end(), '\n'), 8);
}

TEST(ProgressJsonTest, OneObjectPerChange) {
    EXPECT_EQ(progress_json(job_with("running", 2, 1, 0, 1), {}, now),
              R"({"time":"2026-11-20T16:30:00.0000000Z","jobId":"lock","status":"running","deviceCount":2,)"
              R"("succeededCount":1,"failedCount":0,"runningCount":1,"pendingCount":0})");
}

TEST(ProgressJsonTest, TheEndTellsTheFailuresUpToABound) {
    const std::string text =
        progress_json(job_with("completed", 1, 0, 1), {refused("a", 409, R"({"error":"open"})")}, now);
    EXPECT_THAT(text, HasSubstr(R"("failures":[{"deviceId":"a","cause":"409: open","hint":)"));
    const std::vector<DeviceJob> many(250, late("d"));
    const auto json = base::Json::parse(progress_json(job_with("completed", 250, 0, 250), many, now));
    EXPECT_EQ(json->find("failures").size(), 100U);
}

TEST(RecountTest, ADoorThatAnsweredNoHasFailed) {
    JobRecord job = job_with("completed", 3, 2, 1);
    recount(job, {refused("a", 409, ""), late("b")});
    EXPECT_EQ(job.succeeded, 1);
    EXPECT_EQ(job.failed, 2);
}

TEST(SummaryTest, GroupsTheFailuresByCauseMostFrequentFirst) {
    JobRecord job = job_with("completed", 10, 2, 8);
    job.start = now;
    job.end = now + seconds(3);
    const std::string open = R"({"error":"the door is open"})";
    EXPECT_EQ(
        summary(job, {late("z"), refused("a", 409, open), refused("b", 409, open), refused("c", 409, open),
                      refused("d", 409, open), refused("e", 409, open), refused("f", 409, open)}),
        "job lock completed: 2 of 10 succeeded, 8 failed in 3s\n"
        "  6 × 409: the door is open (a, b, c, d, e, …)\n"
        "      → something at the door forbids it (open, fire, another command); see to it, or --retry 3\n"
        "  1 × JobRunPreconditionFailed: not online in time (z)\n"
        "      → not connected in the job's time; is doorlockd running there? --max-time waits longer\n"
        "  again, for those that failed: lockctl job retry lock\n");
}

TEST(SummaryTest, WhatWasNotBegunIsNoCauseOfFailure) {
    JobRecord job = job_with("failed", 60, 19, 1);
    job.failure_reason = "aborted: 1 of 60 devices had failed";
    job.cancelled = 40;
    EXPECT_EQ(
        summary(job, {refused("a", 500, R"({"error":"jammed"})")}),
        "job lock failed: aborted: 1 of 60 devices had failed: 19 of 60 succeeded, 1 failed, 40 not begun\n"
        "  1 × 500: jammed (a)\n"
        "      → the bolt or its line failed; someone has to look at the door, then: lockctl job retry\n"
        "  again, for those that failed or were not begun: lockctl job retry lock\n");
    EXPECT_THAT(progress_json(job, {}, now), HasSubstr(R"("cancelledCount":40)"));
}

TEST(SummaryTest, AJobThatCouldNotRunSaysWhy) {
    JobRecord job = job_with("failed", 0, 0, 0);
    job.failure_reason = "SQL query parse failed";
    EXPECT_EQ(summary(job, {}), "job lock failed: SQL query parse failed\n");
    EXPECT_THAT(summary(job_with("completed", 0, 0, 0), {}), HasSubstr("no device matched"));
}

TEST(SummaryTest, AReasonOfSeveralLinesKeepsThem) {
    JobRecord job = job_with("failed", 0, 0, 0);
    job.failure_reason = "line 1, column 3\na b\n  ^";
    EXPECT_EQ(summary(job, {}), "job lock failed: line 1, column 3\n  a b\n    ^\n");
}

TEST(ExitOfJobTest, FollowsTheOutcome) {
    EXPECT_EQ(exit_of(job_with("completed", 2, 2, 0), {}), Exit::ok);
    EXPECT_EQ(exit_of(job_with("cancelled", 2, 0, 0), {}), Exit::cancelled);
    EXPECT_EQ(exit_of(job_with("failed", 0, 0, 0), {}), Exit::failure);
    EXPECT_EQ(exit_of(job_with("failed", 9, 2, 1), {refused("a", 500, "")}), Exit::some_failed);  // aborted
    EXPECT_EQ(exit_of(job_with("completed", 0, 0, 0), {}), Exit::nothing_matched);
    EXPECT_EQ(exit_of(job_with("completed", 2, 1, 1), {late("a")}), Exit::timed_out);
    EXPECT_EQ(exit_of(job_with("completed", 2, 0, 2), {late("a"), refused("b", 500, "")}), Exit::some_failed);
    EXPECT_EQ(exit_of(job_with("completed", 2, 1, 1), {}), Exit::some_failed);
    JobRecord uncounted = job_with("completed", 0, 0, 0);
    uncounted.counted = false;
    EXPECT_EQ(exit_of(uncounted, {}), Exit::ok);
}

TEST(JobRecordTest, ReadsWhatTheHubWrites) {
    const auto json = base::Json::parse(
        R"({"jobId":"j","queryCondition":"*","createdTime":"2020-01-06T21:44:00.8884134Z",)"
        R"("startTime":"2020-01-06T21:44:00.8884134","endTime":"9999-12-31T23:59:59.9999999Z","type":"scheduleUpdateTwin",)"
        R"("updateTwin":{"deviceId":null,"etag":"*","tags":{"x":1},"properties":{"desired":{"building":43}}},)"
        R"("status":"running","deviceJobStatistics":{"deviceCount":2,"failedCount":0,"succeededCount":1,)"
        R"("runningCount":1,"pendingCount":0}})");
    const JobRecord job = read_job(*json);
    EXPECT_EQ(job.what, R"(desired {"building":43}, tags {"x":1})");
    EXPECT_TRUE(job.start);
    EXPECT_FALSE(job.end);
    EXPECT_FALSE(job.is_method);
    EXPECT_EQ(job.devices, 2);
    EXPECT_FALSE(job.is_over());
    EXPECT_FALSE(
        read_job(*base::Json::parse(R"({"jobId":"j","type":"scheduleDeviceMethod","status":"queued"})"))
            .counted);
}

TEST(JobRecordTest, BeforeTheStartNobodyKnowsTheDevices) {
    for (const char* status : {"queued", "scheduled"}) {
        EXPECT_FALSE(read_job(*base::Json::parse(R"({"jobId":"j","status":")" + std::string(status) +
                                                 R"(","deviceJobStatistics":{"deviceCount":0}})"))
                         .counted);
    }
    EXPECT_TRUE(read_job(*base::Json::parse(
                             R"({"jobId":"j","status":"cancelled","deviceJobStatistics":{"deviceCount":0}})"))
                    .counted);
}

TEST(JobRecordTest, TellsAMethodWithoutItsCommandId) {
    const auto what = [](const std::string& payload) {
        return read_job(*base::Json::parse(R"({"cloudToDeviceMethod":{"methodName":"m","payload":)" +
                                           payload + "}}"))
            .what;
    };
    EXPECT_EQ(what(R"({"commandId":"x","lockTime":"10m"})"), R"(m {"lockTime":"10m"})");
    EXPECT_EQ(what(R"({"commandId":"x"})"), "m");
    EXPECT_EQ(what("null"), "m");
    EXPECT_EQ(what("5"), "m 5");
}

TEST(DeviceJobTest, EveryFailureHasAHint) {
    for (int status = 400; status < 600; ++status)
        EXPECT_NE(refused("a", status, "null").hint(), "") << status;
    for (const char* code :
         {"JobRunPreconditionFailed", "DeviceTimeout", "GatewayTimeout", "OutcomeUnknown", "DeviceNotFound",
          "DeviceMaximumInflightMethodExceeded", "ThrottlingException", "ServerError", "ServiceUnavailable",
          "MessageTooLarge", "ArgumentInvalid", "AnythingElse"}) {
        DeviceJob row = late("a");
        row.error_code = code;
        EXPECT_NE(row.hint(), "") << code;
    }
    EXPECT_EQ(refused("a", 200, "null").hint(), "");
}

TEST(DeviceJobTest, ACauseIsToldInWords) {
    EXPECT_EQ(refused("a", 400, R"({"message":"bad"})").cause(), "400: bad");
    EXPECT_EQ(refused("a", 500, "").cause(), "500");
    EXPECT_EQ(refused("a", 404, R"("no such method")").cause(), "404: no such method");
    EXPECT_EQ(late("a").cause(), "JobRunPreconditionFailed: not online in time");
    EXPECT_FALSE(refused("a", 200, "").failed());
    DeviceJob again = refused("a", 429, "");
    again.status = "pending";  // and will be called again
    EXPECT_FALSE(again.failed());
}

}  // namespace
}  // namespace cli
