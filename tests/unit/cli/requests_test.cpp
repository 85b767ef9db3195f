#include "scheduler/cli/requests.hpp"

#include "base/iso8601.hpp"

#include <gtest/gtest.h>

namespace cli {
namespace {

using std::chrono::seconds;

TEST(RequestsTest, EveryRequestNamesTheApiVersion) {
    EXPECT_EQ(get_device("d").parameter("api-version"), "2021-04-12");
    EXPECT_EQ(get_capabilities().parameter("api-version"), "2021-04-12");
}

TEST(RequestsTest, IdsAreEncodedInPaths) {
    EXPECT_EQ(get_twin("a/b c").path, "/twins/a%2Fb%20c");
    EXPECT_EQ(call_method("d#1", "m", "", {}).path, "/twins/d%231/methods");
    EXPECT_EQ(get_job("j 2").path, "/jobs/v2/j%202");
}

TEST(RequestsTest, CreatingADeviceLetsTheHubMakeTheKeys) {
    const auto request = create_device("door-1", false);
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.header("If-Match"), "");
    EXPECT_EQ(request.body,
              R"({"deviceId":"door-1","status":"enabled","authentication":{"type":"sas","symmetricKey":)"
              R"({"primaryKey":"","secondaryKey":""}}})");
    EXPECT_NE(create_device("door-1", true).body.find(R"("status":"disabled")"), std::string::npos);
}

TEST(RequestsTest, ChangesApplyToWhateverVersionThereIs) {
    EXPECT_EQ(delete_device("d").header("If-Match"), "\"*\"");
    EXPECT_EQ(patch_twin("d", base::Json::object()).header("If-Match"), "\"*\"");
}

TEST(RequestsTest, AMethodsPayloadPassesAsItIs) {
    const auto request =
        call_method("d", "lockDoor", R"({ "big": 9007199254740993 })", {seconds(10), seconds(5)});
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.body, R"({"methodName":"lockDoor","payload":{ "big": 9007199254740993 },)"
                            R"("responseTimeoutInSeconds":10,"connectTimeoutInSeconds":5})");
    EXPECT_NE(call_method("d", "m", "", {}).body.find(R"("payload":null)"), std::string::npos);
}

TEST(RequestsTest, AMethodJobAsIotHubWantsIt) {
    JobCreate job{
        .id = "lock",
        .condition = "deviceId IN ['door-1']",
        .action = MethodJob{.method = "lockDoor", .payload = R"({"lockTime":"10m"})", .command_id = "c-1"}};
    const auto start = base::parse_iso8601("2026-11-20T16:30:20Z");
    const auto request = create_job(job, *start);
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.path, "/jobs/v2/lock");
    EXPECT_EQ(
        request.body,
        R"({"jobId":"lock","type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"lockDoor",)"
        R"("payload":{"commandId":"c-1","lockTime":"10m"},"responseTimeoutInSeconds":30,)"
        R"("connectTimeoutInSeconds":0},"queryCondition":"deviceId IN ['door-1']",)"
        R"("startTime":"2026-11-20T16:30:20.0000000Z","maxExecutionTimeInSeconds":3600})");
}

TEST(RequestsTest, AMethodWithoutACommandIdGetsItsPayloadAsItIs) {
    JobCreate job{.id = "j", .condition = "*", .action = MethodJob{.method = "reboot"}};
    EXPECT_NE(create_job(job, std::nullopt).body.find(R"("methodName":"reboot","payload":null,)"),
              std::string::npos);
    job.action = MethodJob{.method = "reboot", .payload = R"({"delay": 1.0})"};
    EXPECT_NE(create_job(job, std::nullopt).body.find(R"("payload":{"delay": 1.0},)"), std::string::npos);
}

TEST(RequestsTest, ATwinJobForcesItsUpdateAndNamesOnlyWhatItChanges) {
    JobCreate job{
        .id = "assign",
        .condition = "*",
        .action = TwinJob{.desired = base::Json::object({{"building", 43}, {"floor", 3}}), .tags = {}},
        .max_time = seconds(60)};
    EXPECT_EQ(
        create_job(job, std::nullopt).body,
        R"({"jobId":"assign","type":"scheduleUpdateTwin","updateTwin":{"etag":"*","properties":{"desired":)"
        R"({"building":43,"floor":3}}},"queryCondition":"*","maxExecutionTimeInSeconds":60})");
    job.action = TwinJob{.desired = {}, .tags = base::Json::object({{"x", nullptr}})};
    EXPECT_NE(create_job(job, std::nullopt).body.find(R"("updateTwin":{"etag":"*","tags":{"x":null}})"),
              std::string::npos);
}

TEST(RequestsTest, PagesGoOnWhereTheLastOneEnded) {
    const auto first = query_page("SELECT * FROM devices", "");
    EXPECT_EQ(first.body, R"({"query":"SELECT * FROM devices"})");
    EXPECT_EQ(first.header("x-ms-max-item-count"), "100");
    EXPECT_EQ(first.header("x-ms-continuation"), "");
    EXPECT_EQ(query_page("SELECT * FROM devices", "abc").header("x-ms-continuation"), "abc");
}

TEST(RequestsTest, JobFiltersAreParameters) {
    const auto request = list_jobs({.status = "running", .type = "scheduleDeviceMethod"}, "");
    EXPECT_EQ(request.parameter("jobStatus"), "running");
    EXPECT_EQ(request.parameter("jobType"), "scheduleDeviceMethod");
    EXPECT_EQ(list_jobs({}, "").query.size(), 1U);
}

TEST(RequestsTest, CancellingByForceIsAParameterOfLockhub) {
    EXPECT_EQ(cancel_job("j", false).parameter("force"), "");
    EXPECT_EQ(cancel_job("j", true).parameter("force"), "true");
    EXPECT_EQ(cancel_job("j", false).body, "");
}

TEST(RequestsTest, AJobIdCannotLeaveItsQuotes) {
    EXPECT_EQ(device_jobs_query("x' OR '1'='1"),
              R"(SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'x\' OR \'1\'=\'1')");
}

TEST(CommandIdTest, EntersObjectsThatHaveNone) {
    EXPECT_EQ(with_command_id("", "c"), R"({"commandId":"c"})");
    EXPECT_EQ(with_command_id("{}", "c"), R"({"commandId":"c"})");
    EXPECT_EQ(with_command_id(" { }", "c"), R"( {"commandId":"c" })");
    EXPECT_EQ(with_command_id(R"({"a":1.0})", "c"), R"({"commandId":"c","a":1.0})");
}

TEST(CommandIdTest, LeavesEverythingElseAlone) {
    for (const char* payload :
         {R"({"commandId":"mine"})", "null", "5", "[1]", R"("{\"lockTime\":\"10m\"}")"}) {
        EXPECT_EQ(with_command_id(payload, "c"), payload);
    }
    EXPECT_EQ(with_command_id(R"({"a":{"commandId":"deeper"}})", "c"),
              R"({"commandId":"c","a":{"commandId":"deeper"}})");
}

}  // namespace
}  // namespace cli
