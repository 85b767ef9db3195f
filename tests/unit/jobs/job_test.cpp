#include "scheduler/jobs/job.hpp"

#include <gtest/gtest.h>

namespace jobs {
namespace {

// §2.7
TEST(JobNamesTest, AJobIsCancelledWithTwoLAndARowWithOne) {
    EXPECT_EQ(to_text(JobStatus::cancelled), "cancelled");
    EXPECT_EQ(to_text(RowStatus::canceled), "canceled");
    EXPECT_EQ(parse_job_status("canceled"), JobStatus::cancelled);
    EXPECT_EQ(parse_row_status("cancelled"), RowStatus::canceled);
}

// §2.7
TEST(JobNamesTest, FiltersAreReadInAnyCase) {
    EXPECT_EQ(parse_job_type("ScheduleUpdateTwin"), JobType::schedule_update_twin);
    EXPECT_EQ(parse_job_type("scheduleDeviceMethod"), JobType::schedule_device_method);
    EXPECT_EQ(parse_job_status("Completed"), JobStatus::completed);
    EXPECT_EQ(parse_job_status("unknown"), JobStatus::unknown);
    EXPECT_EQ(parse_job_type("export"), std::nullopt);
    EXPECT_EQ(parse_job_status(""), std::nullopt);
}

// §2.7
TEST(JobNamesTest, PendingAndEnqueuedJobsAreQueued) {
    EXPECT_EQ(parse_job_status("pending"), JobStatus::queued);
    EXPECT_EQ(parse_job_status("enqueued"), JobStatus::queued);
}

TEST(JobNamesTest, EveryNameIsReadBack) {
    for (const auto status : {JobStatus::queued, JobStatus::scheduled, JobStatus::running,
                              JobStatus::completed, JobStatus::failed, JobStatus::cancelled}) {
        EXPECT_EQ(parse_job_status(to_text(status)), status);
    }
    for (const auto status : {RowStatus::pending, RowStatus::scheduled, RowStatus::running,
                              RowStatus::completed, RowStatus::failed, RowStatus::canceled}) {
        EXPECT_EQ(parse_row_status(to_text(status)), status);
    }
    for (const auto cause :
         {StopCause::none, StopCause::deadline, StopCause::aborted, StopCause::cancelled}) {
        EXPECT_EQ(parse_stop_cause(to_text(cause)), cause);
    }
}

}  // namespace
}  // namespace jobs
