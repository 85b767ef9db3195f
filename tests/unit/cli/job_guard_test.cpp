#include "scheduler/cli/job_guard.hpp"

#include "scheduler/cli/job_commands.hpp"
#include "scheduler/cli/job_plan.hpp"
#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class JobGuardTest : public ::testing::Test, protected Bench {
  protected:
    JobGuardTest() { hub.answer("PUT /jobs/v2/lock", 200, R"({"jobId":"lock","status":"queued"})"); }
    void there_are(int devices) {
        hub.answer("POST /devices/query", 200, R"([{"devices":)" + std::to_string(devices) + "}]");
    }
    static JobCreate job_on(std::string condition) {
        return {.id = "lock", .condition = std::move(condition), .action = MethodJob{.method = "lockDoor"}};
    }
    [[nodiscard]] bool created() const { return !hub.asked("PUT /jobs/v2/lock").empty(); }
};

TEST_F(JobGuardTest, EveryDeviceWantsExpectOrYes) {
    there_are(12);
    const auto outcome = run(job_on("*"), context);
    EXPECT_EQ(outcome.exit, Exit::refused);
    EXPECT_THAT(outcome.message, HasSubstr("now 12 devices; repeat with --expect 12 or --yes"));
    EXPECT_FALSE(created());
    JobCreate meant = job_on("*");
    meant.yes = true;
    EXPECT_EQ(run(meant, context).exit, Exit::ok);
    EXPECT_TRUE(created());
}

TEST_F(JobGuardTest, AnotherNumberThanExpectedIsRefused) {
    there_are(3);
    JobCreate job = job_on("tags.floor = 3");
    job.expect = 4;
    const auto outcome = run(job, context);
    EXPECT_EQ(outcome.exit, Exit::refused);
    EXPECT_THAT(outcome.message, HasSubstr("means 3 devices now, not 4"));
    EXPECT_FALSE(created());
    EXPECT_THAT(hub.asked("POST /devices/query").at(0).body,
                HasSubstr("COUNT() AS devices FROM devices WHERE tags.floor = 3"));
    job.expect = 3;
    EXPECT_EQ(run(job, context).exit, Exit::ok);
}

TEST_F(JobGuardTest, AnOptionThatTheHubWouldIgnoreIsRefused) {
    JobCreate job = job_on("tags.floor = 3");
    job.rollout = {{"waves", "[1]"}};
    const auto outcome = run(job, context);  // a plain IoT Hub
    EXPECT_EQ(outcome.exit, Exit::refused);
    EXPECT_THAT(outcome.message, HasSubstr("would ignore 'waves'"));
    EXPECT_FALSE(created());
    Bench lockhub;
    lockhub.hub.be_lockhub();
    lockhub.hub.answer("PUT /jobs/v2/lock", 200, "{}");
    EXPECT_EQ(run(job, lockhub.context).exit, Exit::ok);
    EXPECT_THAT(lockhub.hub.asked("PUT /jobs/v2/lock").at(0).body, HasSubstr(R"(,"waves":[1]})"));
}

TEST_F(JobGuardTest, WhatTheHubRemarksIsTold) {
    Bench remarking;
    remarking.hub.answer("PUT /jobs/v2/lock", 200,
                         R"({"jobId":"lock","status":"queued","statusMessage":"conflicts with job 'x'"})");
    EXPECT_EQ(run(job_on("tags.floor = 3"), remarking.context).exit, Exit::ok);
    EXPECT_THAT(remarking.err.str(), HasSubstr("the hub remarks: conflicts with job 'x'"));
}

TEST_F(JobGuardTest, ANameThatIsNoDeviceIsToldAndTheJobIsMade) {
    Bench mistyped;
    mistyped.hub.answer("POST /devices/query", 200, R"([{"deviceId":"door-1"}])");
    mistyped.hub.answer("PUT /jobs/v2/lock", 200, "{}");
    JobCreate job = job_on("deviceId IN ['door-1','dor-2']");
    job.named = {"door-1", "dor-2"};
    EXPECT_EQ(run(job, mistyped.context).exit, Exit::ok);
    EXPECT_EQ(mistyped.err.str(),
              "there is no device 'dor-2' now; 'lockctl device list' shows those there are\n");
    EXPECT_THAT(mistyped.hub.asked("POST /devices/query").at(0).body,
                HasSubstr("WHERE deviceId IN ['door-1','dor-2']"));
}

class JobPlanTest : public ::testing::Test, protected Bench {
  protected:
    static std::string twin(const std::string& id, bool connected, const std::string& reported) {
        return R"({"deviceId":")" + id + R"(","connectionState":")" +
               (connected ? "Connected" : "Disconnected") + R"(","properties":{"reported":)" + reported +
               "}}";
    }
    void devices_are(const std::string& rows) { hub.answer("POST /devices/query", 200, "[" + rows + "]"); }
    static JobPlan plan_for(std::string condition) {
        return {{.condition = std::move(condition), .action = MethodJob{.method = "lockDoor"}}};
    }
    static std::string reported(const std::string& when) {
        return R"({"lock":{"state":"locked"},"$version":4,"$metadata":{"$lastUpdated":")" + when + R"("}})";
    }
};

TEST_F(JobPlanTest, TellsWhichDevicesAndHowOldWhatIsKnownOfThemIs) {
    hub.be_lockhub();
    hub.answer("GET /jobs/v2/query", 200, "[]");
    devices_are(twin("a", true, reported("2026-11-19T23:58:20Z")) + "," +
                twin("b", false, reported("2026-11-19T22:00:00Z")));
    const auto outcome = run(plan_for("tags.floor = 3"), context);
    EXPECT_EQ(outcome.exit, Exit::ok) << outcome.message;
    EXPECT_THAT(out.str(), HasSubstr("a       connected      locked  1m40s ago"));
    EXPECT_THAT(out.str(), HasSubstr("b       not connected  locked  2h ago"));
    EXPECT_THAT(err.str(),
                HasSubstr("2 devices now, 1 connected; the other gets the call if it comes within"));
    EXPECT_THAT(err.str(), HasSubstr("oldest report: 2h ago"));
    for (const auto& request : hub.requests)
        EXPECT_NE(request.method, "PUT");
}

TEST_F(JobPlanTest, ForProgramsTheLastReportIsADateOrNull) {
    hub.be_lockhub();
    hub.answer("GET /jobs/v2/query", 200, "[]");
    devices_are(twin("a", true, reported("2026-11-19T23:58:20Z")) + "," + twin("b", false, "{}"));
    context.output.format = Format::json;
    EXPECT_EQ(run(plan_for("tags.floor = 3"), context).exit, Exit::ok);
    const auto plan = base::Json::parse(out.str());
    ASSERT_TRUE(plan) << out.str();
    EXPECT_THAT(out.str(), HasSubstr(R"("lastReport":"2026-11-19T23:58:20)"));
    EXPECT_THAT(out.str(), HasSubstr(R"("lastReport":null)"));
    out.str("");
    context.output.format = Format::csv;
    EXPECT_EQ(run(plan_for("tags.floor = 3"), context).exit, Exit::ok);
    EXPECT_THAT(out.str(),
                HasSubstr("DEVICE,CONNECTION,LOCK,LAST REPORT\r\na,connected,locked,2026-11-19T23:58:20"));
    EXPECT_THAT(out.str(), HasSubstr("b,not connected,,\r\n"));
    out.str("");
    context.output.format = Format::table;
    EXPECT_EQ(run(plan_for("tags.floor = 3"), context).exit, Exit::ok);
    EXPECT_THAT(out.str(), HasSubstr("DEVICE  CONNECTION     LOCK    LAST REPORT\n"));
}

TEST_F(JobPlanTest, ADryRunIsThePlan) {
    hub.be_lockhub();
    hub.answer("GET /jobs/v2/query", 200, "[]");
    devices_are(twin("a", true, "{}"));
    JobCreate job{.id = "x", .condition = "*", .action = MethodJob{.method = "lockDoor"}, .dry_run = true};
    EXPECT_EQ(run(job, context).exit, Exit::ok);
    EXPECT_THAT(err.str(), HasSubstr("some have never reported"));
    EXPECT_TRUE(hub.asked("PUT /jobs/v2/x").empty());
}

TEST_F(JobPlanTest, TheRateTellsHowLongItTakes) {
    hub.be_lockhub();
    hub.answer("GET /jobs/v2/query", 200, "[]");
    std::string rows;
    for (int i = 0; i < 50; ++i)
        rows += (rows.empty() ? "" : ",") + twin("d" + std::to_string(i), true, "{}");
    devices_are(rows);
    JobPlan plan = plan_for("*");
    plan.job.rollout = {{"rate", "5"}};
    EXPECT_EQ(run(plan, context).exit, Exit::ok);
    EXPECT_THAT(err.str(), HasSubstr("about 10s at 5 a second"));
}

TEST_F(JobPlanTest, NothingThatMatchesHasItsExitStatus) {
    devices_are("");
    EXPECT_EQ(run(plan_for("tags.floor = 9"), context).exit, Exit::nothing_matched);
}

TEST_F(JobPlanTest, AnotherNumberThanExpectedIsRefusedAfterTheList) {
    hub.answer("GET /jobs/v2/query", 200, "[]");
    devices_are(twin("a", true, "{}"));
    JobPlan plan = plan_for("tags.floor = 3");
    plan.job.expect = 2;
    EXPECT_EQ(run(plan, context).exit, Exit::refused);
    EXPECT_THAT(out.str(), HasSubstr("a "));
    EXPECT_THAT(err.str(), HasSubstr("takes "));
}

TEST_F(JobPlanTest, NamesJobsThatMeanTheSameDevices) {
    hub.be_lockhub();
    hub.answer("GET /jobs/v2/query", 200,
               R"([{"jobId":"other","status":"scheduled","queryCondition":"tags.wing = 'e'",)"
               R"("cloudToDeviceMethod":{"methodName":"unlockDoor","payload":null}}])");
    hub.answer("GET /jobs/v2/query", 200, "[]");
    devices_are(twin("a", true, "{}"));
    hub.answer("POST /devices/query", 200, R"([{"devices":1}])");
    EXPECT_EQ(run(plan_for("tags.floor = 3"), context).exit, Exit::ok);
    EXPECT_THAT(err.str(), HasSubstr("job other (scheduled, unlockDoor) means 1 of them too"));
    EXPECT_THAT(hub.requests.back().body, HasSubstr("(tags.floor = 3) AND (tags.wing = 'e')"));
}

}  // namespace
}  // namespace cli
