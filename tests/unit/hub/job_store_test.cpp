#include "scheduler/hub/job_store.hpp"

#include "scheduler/jobs/records.hpp"
#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace hub {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

class JobStoreTest : public testing::Test {
  protected:
    jobs::Job job(const std::string& id, seconds later = seconds(0)) {
        jobs::Job job;
        job.id = id;
        job.action = jobs::MethodAction{"lockDoor", R"({"lockTime":"10m"})", seconds(20), seconds(1),
                                        R"({"methodName":"lockDoor","payload":{"lockTime":"10m"},)"
                                        R"("responseTimeoutInSeconds":20,"connectTimeoutInSeconds":1})"};
        job.condition = "tags.building = 43";
        job.created = hub.clock.system_now() + later;
        job.start_time = job.created + seconds(20);
        job.max_execution = seconds(300);
        return job;
    }
    jobs::Row row(const std::string& job_id, const std::string& device_id) {
        jobs::Row row;
        row.job_id = job_id;
        row.device_id = device_id;
        row.created = row.updated = hub.clock.system_now();
        return row;
    }
    static std::vector<std::string> ids(const base::Result<std::vector<jobs::Job>>& found) {
        std::vector<std::string> all;
        EXPECT_TRUE(found);
        if (found) {
            for (const jobs::Job& each : *found)
                all.push_back(each.id);
        }
        return all;
    }
    HubRig hub;
};

TEST_F(JobStoreTest, GivesBackAJobAsItWas) {
    jobs::Job saved = job("j1");
    saved.started = saved.start_time + seconds(1);
    saved.status = jobs::JobStatus::running;
    saved.stop = jobs::StopCause::deadline;
    saved.failure_reason = "a reason";
    saved.status_message = "a message";
    saved.statistics = {10, 1, 2, 3, 4, 5, 6};
    saved.rollout = R"({"rate":5})";
    saved.stop_at = saved.start_time - std::chrono::hours(1);  // of a clock that was set back
    ASSERT_TRUE(hub.jobs.save_job(saved));
    const auto found = hub.jobs.find_job("j1");
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(jobs::job_record(**found), jobs::job_record(saved));
    EXPECT_EQ((*found)->started, saved.started);
    EXPECT_EQ((*found)->ended, std::nullopt);
    EXPECT_EQ((*found)->stop, saved.stop);
    EXPECT_EQ((*found)->statistics, saved.statistics);
    EXPECT_EQ((*found)->rollout, saved.rollout);
    EXPECT_EQ((*found)->stop_at, saved.stop_at);
    EXPECT_EQ(std::get<jobs::MethodAction>((*found)->action).payload, R"({"lockTime":"10m"})");
    EXPECT_EQ(std::get<jobs::MethodAction>((*found)->action).response_timeout, seconds(20));
    EXPECT_FALSE(*hub.jobs.find_job("j2"));
}

TEST_F(JobStoreTest, GivesBackRowsAsTheyWere) {
    ASSERT_TRUE(hub.jobs.save_job(job("j1")));
    jobs::Row saved = row("j1", "door-1");
    saved.status = jobs::RowStatus::failed;
    saved.updated += seconds(5);
    saved.sent = true;
    saved.attempts = 3;
    saved.outcome = "{}";
    saved.error_code = "DeviceTimeout";
    saved.error_description = "it did not answer";
    ASSERT_TRUE(hub.jobs.save_rows(std::vector{saved, row("j1", "door-2")}));
    const auto found = hub.jobs.load_rows("j1", "", 10);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    const jobs::Row& read = found->front();
    EXPECT_EQ(read.status, saved.status);
    EXPECT_EQ(read.updated, saved.updated);
    EXPECT_TRUE(read.sent);
    EXPECT_EQ(read.attempts, 3U);
    EXPECT_EQ(read.outcome, "{}");
    EXPECT_EQ(read.error_code, "DeviceTimeout");
    EXPECT_EQ(read.error_description, "it did not answer");
    EXPECT_EQ(read.start, job("j1").start_time);
    EXPECT_EQ(read.deadline, job("j1").deadline());
}

TEST_F(JobStoreTest, ReplacesAJobWithoutLosingItsRows) {
    ASSERT_TRUE(hub.jobs.save_job(job("j1")));
    ASSERT_TRUE(hub.jobs.save_rows(std::vector{row("j1", "door-1")}));
    jobs::Job changed = job("j1");
    changed.status = jobs::JobStatus::completed;
    changed.ended = changed.start_time;
    ASSERT_TRUE(hub.jobs.save_job(changed));
    EXPECT_EQ(hub.jobs.load_rows("j1", "", 10)->size(), 1U);
    EXPECT_EQ((*hub.jobs.find_job("j1"))->status, jobs::JobStatus::completed);
}

TEST_F(JobStoreTest, ReplacesARow) {
    ASSERT_TRUE(hub.jobs.save_job(job("j1")));
    jobs::Row changed = row("j1", "door-1");
    ASSERT_TRUE(hub.jobs.save_rows(std::vector{changed}));
    changed.status = jobs::RowStatus::completed;
    ASSERT_TRUE(hub.jobs.save_rows(std::vector{changed}));
    const auto rows = hub.jobs.load_rows("j1", "", 10);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().status, jobs::RowStatus::completed);
}

TEST_F(JobStoreTest, RefusesRowsWithoutTheirJob) {
    EXPECT_FALSE(hub.jobs.save_rows(std::vector{row("absent", "door-1")}));
}

TEST_F(JobStoreTest, LoadsRowsInPagesByDevice) {
    ASSERT_TRUE(hub.jobs.save_job(job("j1")));
    ASSERT_TRUE(hub.jobs.save_rows(std::vector{row("j1", "c"), row("j1", "a"), row("j1", "b")}));
    const auto first = hub.jobs.load_rows("j1", "", 2);
    ASSERT_EQ(first->size(), 2U);
    EXPECT_EQ(first->back().device_id, "b");
    const auto rest = hub.jobs.load_rows("j1", "b", 2);
    ASSERT_EQ(rest->size(), 1U);
    EXPECT_EQ(rest->front().device_id, "c");
}

TEST_F(JobStoreTest, ListsTheNewestFirstWithFilters) {
    jobs::Job twin = job("b-same-time", seconds(10));
    twin.action = jobs::TwinAction{R"({"etag":"*","tags":{"a":1}})"};
    jobs::Job done = job("done", seconds(20));
    done.status = jobs::JobStatus::completed;
    done.ended = done.start_time;
    for (const jobs::Job& each : {job("old"), twin, job("a-same-time", seconds(10)), done}) {
        ASSERT_TRUE(hub.jobs.save_job(each));
    }
    EXPECT_THAT(ids(hub.jobs.list_jobs({}, {}, 10)),
                ElementsAre("done", "a-same-time", "b-same-time", "old"));
    const auto first = hub.jobs.list_jobs({}, {}, 2);
    ASSERT_TRUE(first);
    EXPECT_THAT(ids(hub.jobs.list_jobs({}, jobs::JobCursor{first->back().created, first->back().id}, 10)),
                ElementsAre("b-same-time", "old"));
    EXPECT_THAT(ids(hub.jobs.list_jobs({jobs::JobType::schedule_update_twin, {}}, {}, 10)),
                ElementsAre("b-same-time"));
    EXPECT_THAT(ids(hub.jobs.list_jobs({{}, jobs::JobStatus::completed}, {}, 10)), ElementsAre("done"));
    EXPECT_THAT(ids(hub.jobs.unfinished_jobs()), ElementsAre("old", "b-same-time", "a-same-time"));
}

TEST_F(JobStoreTest, RemovesOldHistoryWithItsRows) {
    for (const char* id : {"j1", "j2", "j3"}) {
        jobs::Job done = job(id);
        done.status = jobs::JobStatus::completed;
        done.ended = done.created;
        ASSERT_TRUE(hub.jobs.save_job(done));
        ASSERT_TRUE(hub.jobs.save_rows(std::vector{row(id, "door-1")}));
    }
    ASSERT_TRUE(hub.jobs.save_job(job("running")));
    const auto later = hub.clock.system_now() + seconds(1);
    EXPECT_EQ(hub.jobs.remove_ended_before(hub.clock.system_now(), 10).value(), 0U);
    EXPECT_EQ(hub.jobs.remove_ended_before(later, 2).value(), 2U);
    EXPECT_EQ(hub.jobs.remove_ended_before(later, 2).value(), 1U);
    EXPECT_EQ(hub.jobs.load_rows("j1", "", 10)->size(), 0U);
    EXPECT_THAT(ids(hub.jobs.list_jobs({}, {}, 10)), ElementsAre("running"));
}

TEST_F(JobStoreTest, SaysNothingOfACommitThatFailed) {
    int committed = 0;
    ASSERT_TRUE(hub.jobs.save_job(job("j1")));
    hub.jobs.after_commit([&] { ++committed; });
    EXPECT_EQ(committed, 0);
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(committed, 1);

    ASSERT_TRUE(hub.jobs.save_job(job("j2")));
    hub.jobs.after_commit([&] { ++committed; });
    hub.database->prepare("INSERT INTO totals VALUES (NULL, NULL)").start().run();
    EXPECT_FALSE(hub.jobs.save_job(job("j3")));
    EXPECT_FALSE(hub.database->commit_turn());
    EXPECT_EQ(committed, 1);
    EXPECT_THAT(ids(hub.jobs.list_jobs({}, {}, 10)), ElementsAre("j1"));
}

TEST_F(JobStoreTest, KeepsJobsAcrossARestart) {
    const ScratchFile file("hub.db");
    {
        HubRig before(file.path());
        ASSERT_TRUE(before.jobs.save_job(job("j1")));
        ASSERT_TRUE(before.jobs.save_rows(std::vector{row("j1", "door-1")}));
        ASSERT_TRUE(before.commit());
        ASSERT_TRUE(before.jobs.save_job(job("not-committed")));
    }
    HubRig after(file.path());
    EXPECT_THAT(ids(after.jobs.unfinished_jobs()), ElementsAre("j1"));
    EXPECT_EQ(after.jobs.load_rows("j1", "", 10)->size(), 1U);
}

}  // namespace
}  // namespace hub
