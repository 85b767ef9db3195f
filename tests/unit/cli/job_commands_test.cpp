#include "scheduler/cli/job_commands.hpp"

#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class JobCommandsTest : public ::testing::Test, protected Bench {
  protected:
    static JobCreate lock_job() {
        return {.id = "lock",
                .condition = "deviceId = 'door-1'",
                .action = MethodJob{.method = "lockDoor", .payload = R"({"lockTime":"10m"})"}};
    }
};

TEST_F(JobCommandsTest, CreateSaysWhenItStartsAndHowToFollowIt) {
    hub.answer("PUT /jobs/v2/lock", 200,
               R"({"jobId":"lock","type":"scheduleDeviceMethod","status":"queued"})");
    JobCreate job = lock_job();
    job.in = seconds(20);
    EXPECT_EQ(run(job, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "job lock scheduled for devices where deviceId = 'door-1', at 2026-11-20T00:00:20Z (in 20s)\n"
              "follow it with: lockctl job watch lock\n");
    EXPECT_THAT(hub.requests.at(0).body, HasSubstr(R"("startTime":"2026-11-20T00:00:20.0000000Z")"));
}

TEST_F(JobCommandsTest, ItsPayloadCarriesACommandIdSoThatARepeatedCallIsHarmless) {
    hub.answer("PUT /jobs/v2/lock", 200, "{}");
    EXPECT_EQ(run(lock_job(), context).exit, Exit::ok);
    EXPECT_THAT(
        hub.requests.at(0).body,
        HasSubstr(R"("payload":{"commandId":"0a1b2c3d-0000-4000-8000-000000000000","lockTime":"10m"})"));
    EXPECT_THAT(out.str(), HasSubstr("job lock queued"));
}

TEST_F(JobCommandsTest, OnlyLockAndUnlockGetACommandId) {
    hub.answer("PUT /jobs/v2/lock", 200, "{}");
    for (const char* method : {"lockDoor", "unlockDoor", "getStatus", "reboot"}) {
        JobCreate job = lock_job();
        job.action = MethodJob{.method = method};
        EXPECT_EQ(run(job, context).exit, Exit::ok);
    }
    for (const auto& request : hub.requests) {
        const bool door = request.body.find("lockDoor") != std::string::npos ||
                          request.body.find("unlockDoor") != std::string::npos;
        EXPECT_EQ(request.body.find("commandId") != std::string::npos, door) << request.body;
    }
    EXPECT_THAT(hub.requests.at(2).body, HasSubstr(R"("methodName":"getStatus","payload":null)"));
}

TEST_F(JobCommandsTest, AStartThatIsLongOverIsRefused) {
    hub.answer("PUT /jobs/v2/lock", 200, "{}");
    JobCreate job = lock_job();
    job.at = clock.system_now() - seconds(3661);
    const auto outcome = run(job, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_EQ(outcome.message,
              "--at: 2026-11-19T22:58:59Z was 1h1m1s ago; leave --at out to start the job now");
    EXPECT_TRUE(hub.requests.empty());
    job.at = clock.system_now() - seconds(60);
    EXPECT_EQ(run(job, context).exit, Exit::ok);
}

TEST_F(JobCommandsTest, AnIdIsMadeUpFromTheTime) {
    hub.answer("PUT /jobs/v2/20261120-000000-0a1b", 200, "{}");
    JobCreate job = lock_job();
    job.id.clear();
    EXPECT_EQ(run(job, context).exit, Exit::ok);
    EXPECT_THAT(hub.requests.at(0).body, HasSubstr(R"("jobId":"20261120-000000-0a1b")"));
}

TEST_F(JobCommandsTest, AConditionThatLockhubCannotReadIsToldBeforeAnythingIsSent) {
    hub.be_lockhub();
    JobCreate job = lock_job();
    job.condition = "tags.floor = ";
    const auto outcome = run(job, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("--where: line 1, column"));
    EXPECT_THAT(hub.asked("PUT /jobs/v2/lock"), IsEmpty());
}

TEST_F(JobCommandsTest, AnotherHubMayKnowMoreOfTheLanguage) {
    hub.answer("PUT /jobs/v2/lock", 200, "{}");
    JobCreate job = lock_job();
    job.condition = "some_new_function(tags.floor) ? 1";
    EXPECT_EQ(run(job, context).exit, Exit::ok);
    EXPECT_THAT(err.str(), HasSubstr("this condition may fail"));
}

TEST_F(JobCommandsTest, AnIdThatIsTakenIsSaid) {
    hub.answer("PUT /jobs/v2/lock", 409, R"({"Message":"ErrorCode:JobAlreadyExists;there is a job 'lock'"})");
    const auto outcome = run(lock_job(), context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("--id"));
}

TEST_F(JobCommandsTest, WaitEndsWithTheStatusOfTheJob) {
    hub.answer("PUT /jobs/v2/lock", 200, "{}");
    hub.answer("GET /jobs/v2/lock", 200,
               R"({"jobId":"lock","type":"scheduleDeviceMethod","status":"completed","deviceJobStatistics":)"
               R"({"deviceCount":0,"failedCount":0,"succeededCount":0,"runningCount":0,"pendingCount":0}})");
    JobCreate job = lock_job();
    job.wait = true;
    EXPECT_EQ(run(job, context).exit, Exit::nothing_matched);
}

constexpr const char* three_answered =
    R"({"jobId":"lock","status":"completed","type":"scheduleDeviceMethod","deviceJobStatistics":{"deviceCount":5,)"
    R"("failedCount":1,"succeededCount":3,"runningCount":0,"pendingCount":0}})";

TEST_F(JobCommandsTest, ShowCountsARefusalAsAFailureAndTellsWhatWasCancelled) {
    hub.answer("GET /jobs/v2/lock", 200, three_answered);
    hub.answer("POST /devices/query", 200,
               R"([{"deviceId":"a","status":"completed","outcome":{"deviceMethodResponse":{"status":409}}},)"
               R"({"deviceId":"b","status":"completed","outcome":{"deviceMethodResponse":{"status":200}}},)"
               R"({"deviceId":"c","status":"canceled"}])");
    EXPECT_EQ(run(JobShow{"lock"}, context).exit, Exit::ok);
    EXPECT_THAT(out.str(), HasSubstr("5 (2 succeeded, 2 failed, 0 running, 0 waiting, 1 cancelled)\n"));
}

TEST_F(JobCommandsTest, WithoutTheRowsShowTellsAnswers) {
    hub.answer("GET /jobs/v2/lock", 200, three_answered);
    EXPECT_EQ(run(JobShow{"lock"}, context).exit, Exit::ok);
    EXPECT_THAT(out.str(), HasSubstr("5 (3 answered, 1 did not, 0 running, 0 waiting, 1 cancelled)\n"));
}

TEST_F(JobCommandsTest, AReasonOfSeveralLinesKeepsThem) {
    hub.answer("GET /jobs/v2/lock", 200,
               R"({"jobId":"lock","status":"failed","failureReason":"line 1, column 3\n  a b\n    ^"})");
    EXPECT_EQ(run(JobShow{"lock"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "job:     lock\n"
              "status:  failed\n"
              "reason:  line 1, column 3\n"
              "           a b\n"
              "             ^\n");
}

TEST_F(JobCommandsTest, ShowTellsTheRecord) {
    hub.answer("POST /devices/query", 200, "[]");
    hub.answer(
        "GET /jobs/v2/lock", 200,
        R"({"jobId":"lock","queryCondition":"*","createdTime":"2026-11-20T00:00:00Z","type":"scheduleDeviceMethod",)"
        R"("cloudToDeviceMethod":{"methodName":"reboot","payload":null},"status":"completed",)"
        R"("deviceJobStatistics":{"deviceCount":3,"failedCount":1,"succeededCount":2,"runningCount":0,"pendingCount":0}})");
    EXPECT_EQ(run(JobShow{"lock"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "job:      lock\n"
              "status:   completed\n"
              "what:     reboot\n"
              "where:    *\n"
              "created:  2026-11-20T00:00:00Z\n"
              "devices:  3 (2 succeeded, 1 failed, 0 running, 0 waiting)\n");
}

TEST_F(JobCommandsTest, AnUnknownJobIsNamed) {
    for (const auto& outcome : {run(JobShow{"none"}, context), run(JobResults{.id = "none"}, context),
                                run(JobCancel{.id = "none"}, context)}) {
        EXPECT_EQ(outcome.exit, Exit::failure);
        EXPECT_THAT(outcome.message, HasSubstr("no job 'none'"));
    }
}

TEST_F(JobCommandsTest, ListIsATableOfJobs) {
    hub.answer(
        "GET /jobs/v2/query", 200,
        R"([{"jobId":"lock","status":"completed","queryCondition":"*","startTime":"2026-11-20T00:00:00.5Z",)"
        R"("type":"scheduleDeviceMethod",)"
        R"("cloudToDeviceMethod":{"methodName":"lockDoor","payload":{"lockTime":"10m"}},)"
        R"("deviceJobStatistics":{"deviceCount":1,"failedCount":0,"succeededCount":1}}])");
    EXPECT_EQ(run(JobList{}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "JOB   STATUS     WHAT                         WHERE  START                 DEVICES  ANSWERED  "
              "NO ANSWER\n"
              "lock  completed  lockDoor {\"lockTime\":\"10m\"}  *      2026-11-20T00:00:00Z  1        1     "
              "    0\n");
}

TEST_F(JobCommandsTest, ResultsOfThoseThatFailed) {
    hub.answer("GET /jobs/v2/lock", 200, R"({"jobId":"lock","status":"completed"})");
    hub.answer(
        "POST /devices/query", 200,
        R"([{"deviceId":"a","jobId":"lock","status":"completed","outcome":{"deviceMethodResponse":{"status":200}}},)"
        R"({"deviceId":"b","jobId":"lock","status":"failed","lastUpdatedDateTimeUtc":"2026-11-20T00:00:01Z",)"
        R"("error":{"code":"OutcomeUnknown","description":"the hub restarted"}}])");
    EXPECT_EQ(run(JobResults{.id = "lock", .failed_only = true}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "DEVICE  JOB   STATUS  UPDATED               RESULT\n"
              "b       lock  failed  2026-11-20T00:00:01Z  OutcomeUnknown: the hub restarted\n");
}

TEST_F(JobCommandsTest, CancelSaysSo) {
    hub.answer("POST /jobs/v2/lock/cancel", 200, R"({"jobId":"lock","status":"cancelled"})");
    EXPECT_EQ(run(JobCancel{.id = "lock"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "job lock cancelled\n");
}

TEST_F(JobCommandsTest, ARunningJobIsCancelledByForceWhereTheHubCan) {
    hub.answer(
        "POST /jobs/v2/lock/cancel", 405,
        R"({"Message":"ErrorCode:OperationNotAllowedInCurrentState;Job cannot be cancelled in 'Running' status."})");
    const auto outcome = run(JobCancel{.id = "lock"}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("--force"));

    Bench lockhub;
    lockhub.hub.be_lockhub();
    lockhub.hub.answer("POST /jobs/v2/lock/cancel", 200, "{}");
    EXPECT_EQ(run(JobCancel{.id = "lock", .force = true}, lockhub.context).exit, Exit::ok);
    EXPECT_EQ(lockhub.hub.requests.back().parameter("force"), "true");
}

TEST_F(JobCommandsTest, CallsThatAreUnderWayDelayACancellation) {
    hub.be_lockhub();
    hub.answer(
        "POST /jobs/v2/lock/cancel", 200,
        R"({"jobId":"lock","status":"running","deviceJobStatistics":{"deviceCount":9,"runningCount":4}})");
    EXPECT_EQ(run(JobCancel{.id = "lock", .force = true}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "job lock cancelling: 4 calls are under way\n");
}

TEST_F(JobCommandsTest, ForceIsNoCureForAJobThatIsOver) {
    hub.answer(
        "POST /jobs/v2/lock/cancel", 405,
        R"({"Message":"ErrorCode:OperationNotAllowedInCurrentState;Job cannot be cancelled in 'Completed' status."})");
    const auto outcome = run(JobCancel{.id = "lock"}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_EQ(outcome.message, "job lock: Job cannot be cancelled in 'Completed' status.");
}

TEST_F(JobCommandsTest, ForceIsRefusedWhereTheHubWouldIgnoreIt) {
    EXPECT_EQ(run(JobCancel{.id = "lock", .force = true}, context).exit, Exit::refused);
    EXPECT_THAT(hub.asked("POST /jobs/v2/lock/cancel"), IsEmpty());
}

}  // namespace
}  // namespace cli
