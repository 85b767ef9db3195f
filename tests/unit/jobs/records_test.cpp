#include "scheduler/jobs/records.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace jobs {
namespace {

base::SystemTime date(std::string_view text) {
    return base::parse_iso8601(text).value();
}

Job finished_twin_job() {
    Job job;
    job.id = "test-job";
    job.action = TwinAction{R"({"etag":"*","tags":{"n":9007199254740993}})"};
    job.condition = "deviceId in ['a','b']";
    job.created = job.start_time = date("2020-01-06T21:44:00.8884134Z");
    job.ended = date("2020-01-06T21:44:06.2536519Z");
    job.max_execution = std::chrono::seconds(300);
    job.status = JobStatus::completed;
    job.statistics = {.device_count = 2, .succeeded = 2};
    return job;
}

// §2.7
TEST(JobRecordTest, HasTheFieldsOfACompletedJob) {
    EXPECT_EQ(
        job_record(finished_twin_job()),
        R"({"jobId":"test-job","queryCondition":"deviceId in ['a','b']",)"
        R"("createdTime":"2020-01-06T21:44:00.8884134Z","startTime":"2020-01-06T21:44:00.8884134Z",)"
        R"("endTime":"2020-01-06T21:44:06.2536519Z","maxExecutionTimeInSeconds":300,)"
        R"("type":"scheduleUpdateTwin","updateTwin":{"deviceId":null,"etag":"*","tags":{"n":9007199254740993}},)"
        R"("status":"completed","deviceJobStatistics":{"deviceCount":2,"failedCount":0,"succeededCount":2,)"
        R"("runningCount":0,"pendingCount":0}})");
}

// §2.7 CHOICE
TEST(JobRecordTest, LeavesOutTheEndOfAnUnfinishedJob) {
    Job job = finished_twin_job();
    job.ended.reset();
    job.status = JobStatus::queued;
    const auto record = base::Json::parse(job_record(job)).value();
    EXPECT_FALSE(record.find("endTime").exists());
    EXPECT_EQ(record.find("status").as_string(), "queued");
    EXPECT_TRUE(record.find("deviceJobStatistics").is_object());
    EXPECT_FALSE(record.find("jobType").exists());  // Java tells jobs from rows by it
}

// §2.7
TEST(JobRecordTest, EchoesTheMethodAsSent) {
    Job job = finished_twin_job();
    job.action =
        MethodAction{.name = "m", .payload = "1.50", .text = R"({"methodName":"m", "payload":1.50})"};
    EXPECT_NE(job_record(job).find(R"("cloudToDeviceMethod":{"methodName":"m", "payload":1.50})"),
              std::string::npos);
}

TEST(JobRecordTest, EchoesATwinThatNamesADeviceUnchanged) {
    Job job = finished_twin_job();
    job.action = TwinAction{R"({ "deviceId":"x","etag":"*"})"};
    EXPECT_NE(job_record(job).find(R"("updateTwin":{ "deviceId":"x","etag":"*"})"), std::string::npos);
}

TEST(JobRecordTest, TellsWhyAJobFailed) {
    Job job = finished_twin_job();
    job.status = JobStatus::failed;
    job.failure_reason = "SQL query parse failed: \"x\"";
    job.status_message = "a note";
    const auto record = base::Json::parse(job_record(job)).value();
    EXPECT_EQ(record.find("failureReason").as_string(), "SQL query parse failed: \"x\"");
    EXPECT_EQ(record.find("statusMessage").as_string(), "a note");
}

Row method_row() {
    Row row;
    row.job_id = "j1";
    row.device_id = "d1";
    row.status = RowStatus::completed;
    row.start = date("2026-01-01T00:00:00Z");
    row.created = date("2026-01-01T00:00:01Z");
    row.deadline = date("2026-01-01T01:00:00Z");
    row.updated = date("2026-01-01T00:00:02Z");
    row.outcome = method_outcome(404, R"("executed reboot")");
    return row;
}

// §2.7: endTimeUtc is the deadline.
TEST(DeviceJobRecordTest, HasTheFieldsOfACompletedMethodRow) {
    EXPECT_EQ(device_job_record(JobType::schedule_device_method, method_row()),
              R"({"deviceId":"d1","jobId":"j1","jobType":"scheduleDeviceMethod","status":"completed",)"
              R"("startTimeUtc":"2026-01-01T00:00:00.0000000Z","endTimeUtc":"2026-01-01T01:00:00.0000000Z",)"
              R"("createdDateTimeUtc":"2026-01-01T00:00:01.0000000Z",)"
              R"("lastUpdatedDateTimeUtc":"2026-01-01T00:00:02.0000000Z",)"
              R"("outcome":{"deviceMethodResponse":{"status":404,"payload":"executed reboot"}}})");
}

// §2.7
TEST(DeviceJobRecordTest, AFailedRowHasAnEmptyOutcomeAndAnError) {
    Row row = method_row();
    row.status = RowStatus::failed;
    row.outcome.clear();
    row.error_code = error_deadline;
    row.error_description = "too \"late\"";
    const auto record = base::Json::parse(device_job_record(JobType::schedule_update_twin, row)).value();
    EXPECT_EQ(record.find("jobType").as_string(), "scheduleUpdateTwin");
    EXPECT_EQ(record.find("outcome").dump(), "{}");
    EXPECT_EQ(record.find("error").find("code").as_string(), "JobRunPreconditionFailed");
    EXPECT_EQ(record.find("error").find("description").as_string(), "too \"late\"");
    EXPECT_FALSE(record.find("type").exists());
}

TEST(DeviceJobRecordTest, ARowOnItsWayHasNoError) {
    Row row = method_row();
    row.status = RowStatus::pending;
    row.outcome.clear();
    const auto record = base::Json::parse(device_job_record(JobType::schedule_device_method, row)).value();
    EXPECT_EQ(record.find("outcome").dump(), "{}");
    EXPECT_FALSE(record.find("error").exists());
}

TEST(MethodOutcomeTest, AnEmptyAnswerIsNull) {
    EXPECT_EQ(method_outcome(200, ""), R"({"deviceMethodResponse":{"status":200,"payload":null}})");
}

TEST(MethodOutcomeTest, TheStatusIsReadBack) {
    EXPECT_EQ(answered_status(method_outcome(409, "{}")), 409);
    EXPECT_EQ(answered_status(method_outcome(-1, "{}")), -1);
    EXPECT_EQ(answered_status("{}"), std::nullopt);
    EXPECT_EQ(answered_status(""), std::nullopt);
}

}  // namespace
}  // namespace jobs
