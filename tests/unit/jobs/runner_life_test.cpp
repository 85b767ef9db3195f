// A job's life: from the request to its end, cancel, history.

#include "runner_fixture.hpp"

namespace jobs {
namespace {

using JobLifeTest = RunnerTest;
using Kind = MethodOutcome::Kind;

// §2.7
TEST_F(JobLifeTest, ATwinJobGoesFromQueuedOverScheduledToCompleted) {
    have_devices({"d1", "d2"});
    Job job = twin_job("j1");
    job.start_time += 10s;
    EXPECT_EQ(submit(job), JobStatus::queued);
    turn();
    EXPECT_EQ(status("j1"), JobStatus::scheduled);
    EXPECT_EQ(store.job("j1").status, JobStatus::scheduled);
    EXPECT_EQ(targets.evaluations, 0);

    pass(9999ms);
    EXPECT_EQ(status("j1"), JobStatus::scheduled);
    pass(1ms);
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(found("j1").started, clock.system_now());
    EXPECT_EQ(found("j1").ended, clock.system_now());
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .succeeded = 2}));
    EXPECT_EQ(row("j1", "d1").status, RowStatus::completed);
    EXPECT_EQ(row("j1", "d1").deadline, job.start_time + 1h);
    EXPECT_EQ(gateway.last_patch, R"({"etag":"*","tags":{"building":43}})");
    EXPECT_EQ(store.patches_of("d2"), 1);
}

TEST_F(JobLifeTest, AMethodJobCallsEachDeviceAndKeepsItsAnswer) {
    have_devices({"d1", "d2"});
    submit(method_job("j1", R"({"lockTime":"10m"})"));
    turn();
    EXPECT_EQ(status("j1"), JobStatus::running);
    ASSERT_EQ(gateway.calls.size(), 2U);
    EXPECT_EQ(gateway.calls[0].method, "lockDoor");
    EXPECT_EQ(gateway.calls[0].payload, R"({"lockTime":"10m"})");
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .running = 2}));
    EXPECT_EQ(row("j1", "d1").status, RowStatus::running);

    gateway.answer("d1", 200, R"({"n":9007199254740993})");
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::completed);
    EXPECT_EQ(row("j1", "d1").outcome,
              R"({"deviceMethodResponse":{"status":200,"payload":{"n":9007199254740993}}})");
    EXPECT_EQ(status("j1"), JobStatus::running);
    gateway.answer("d2", 500, "");
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(row("j1", "d2").status, RowStatus::completed);  // the device answered
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .succeeded = 2, .refused = 1}));
}

// §2.7
TEST_F(JobLifeTest, TheConditionIsEvaluatedOnceAtTheStart) {
    have_devices({"d1"}, false);
    Job job = method_job("j1");
    job.start_time += 1min;
    submit(job);
    pass(30s);
    have_devices({"d2"});  // in time
    pass(30s);
    have_devices({"d3"});  // too late
    pass(5min);
    EXPECT_EQ(targets.evaluations, 1);
    EXPECT_EQ(found("j1").statistics.device_count, 2U);
    crash();
    pass(5min);
    EXPECT_EQ(targets.evaluations, 1);
    EXPECT_EQ(found("j1").statistics.device_count, 2U);
    EXPECT_EQ(store.rows().size(), 2U);
}

TEST_F(JobLifeTest, ADeviceThatIsNamedTwiceCountsOnce) {
    have_devices({"d2", "d1", "d2"});
    submit(twin_job("j1"));
    turn();
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .succeeded = 2}));
    EXPECT_EQ(store.patches_of("d2"), 1);
}

// §2.7 CHOICE
TEST_F(JobLifeTest, AJobThatMatchesNothingCompletesAndSaysSo) {
    submit(method_job("j1"));
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(found("j1").statistics, Statistics{});
    EXPECT_EQ(found("j1").status_message, "the condition matched no device");
}

// §2.7: not the request fails, the job does.
TEST_F(JobLifeTest, ABadConditionFailsTheJobWithTheReason) {
    targets.error =
        base::Error{base::Errc::invalid_argument, "SQL query parse failed due to following errors: line 1"};
    EXPECT_EQ(submit(method_job("j1")), JobStatus::queued);
    turn();
    EXPECT_EQ(status("j1"), JobStatus::failed);
    EXPECT_EQ(found("j1").failure_reason, "SQL query parse failed due to following errors: line 1");
    EXPECT_TRUE(found("j1").ended);
}

TEST_F(JobLifeTest, ATargetSourceThatIsBusyIsAskedAgain) {
    have_devices({"d1"});
    targets.error = base::Error{base::Errc::busy, "locked"};
    submit(twin_job("j1"));
    turn();
    EXPECT_NE(status("j1"), JobStatus::failed);
    pass(10s);
    EXPECT_GT(targets.evaluations, 3);
    EXPECT_LT(targets.evaluations, 10);
    targets.error.reset();
    pass(2s);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobLifeTest, ATargetSourceThatIsBusyUntilTheDeadlineFailsTheJob) {
    targets.error = base::Error{base::Errc::busy, "locked"};
    submit(twin_job("j1"));
    pass(1h + 2s);
    EXPECT_EQ(status("j1"), JobStatus::failed);
    EXPECT_EQ(found("j1").failure_reason, "locked");
}

// §2.7 CHOICE
TEST_F(JobLifeTest, AnIdIsUsedOnce) {
    submit(twin_job("j1"));
    auto again = runner->submit(twin_job("j1"));
    EXPECT_EQ(std::get<Refusal>(again).name, "JobAlreadyExists");
    EXPECT_EQ(std::get<Refusal>(again).status, 409);
    turn();
    ASSERT_EQ(status("j1"), JobStatus::completed);
    again = runner->submit(twin_job("j1"));  // also by a job of the history
    EXPECT_EQ(std::get<Refusal>(again).name, "JobAlreadyExists");
    crash();
    again = runner->submit(twin_job("j1"));
    EXPECT_EQ(std::get<Refusal>(again).name, "JobAlreadyExists");
}

// §2.7
TEST_F(JobLifeTest, JobsThatHaveNotEndedAreBounded) {
    options.active_jobs = 2;
    start_runner();
    Job later = twin_job("j1");
    later.start_time += 1h;
    submit(later);
    later.id = "j2";
    submit(later);
    later.id = "j3";
    const auto answer = runner->submit(later);
    EXPECT_EQ(std::get<Refusal>(answer).name, "ThrottlingMaxActiveJobCountExceeded");
    EXPECT_EQ(std::get<Refusal>(answer).status, 429);
    ASSERT_TRUE(std::holds_alternative<Job>(runner->cancel("j1")));
    EXPECT_EQ(submit(later), JobStatus::queued);
}

// §2.7
TEST_F(JobLifeTest, AScheduledJobIsCancelledAtOnceAndNeverRuns) {
    have_devices({"d1"});
    Job job = method_job("j1");
    job.start_time += 10s;
    submit(job);
    pass(1s);
    const auto answer = runner->cancel("j1");
    ASSERT_TRUE(std::holds_alternative<Job>(answer));
    EXPECT_EQ(std::get<Job>(answer).status, JobStatus::cancelled);
    EXPECT_EQ(std::get<Job>(answer).ended, clock.system_now());
    pass(1h);
    EXPECT_EQ(status("j1"), JobStatus::cancelled);
    EXPECT_TRUE(gateway.calls.empty());
    EXPECT_TRUE(store.rows().empty());
}

TEST_F(JobLifeTest, AQueuedJobIsCancelledBeforeAnybodyLookedAtIt) {
    have_devices({"d1"});
    submit(method_job("j1"));
    ASSERT_TRUE(std::holds_alternative<Job>(runner->cancel("j1")));
    pass(1h);
    EXPECT_EQ(status("j1"), JobStatus::cancelled);
    EXPECT_TRUE(gateway.calls.empty());
}

// §2.7
TEST_F(JobLifeTest, ARunningOrFinalJobIsNotCancelled) {
    have_devices({"d1"});
    submit(method_job("j1"));
    turn();
    auto answer = runner->cancel("j1");
    EXPECT_EQ(std::get<Refusal>(answer).name, "OperationNotAllowedInCurrentState");
    EXPECT_EQ(std::get<Refusal>(answer).status, 405);
    EXPECT_EQ(std::get<Refusal>(answer).error.message, "Job cannot be cancelled in 'Running' status.");
    gateway.answer("d1");
    turn();
    answer = runner->cancel("j1");
    EXPECT_EQ(std::get<Refusal>(answer).error.message, "Job cannot be cancelled in 'Completed' status.");
    answer = runner->cancel("j1", JobRunner::Cancel::force);
    EXPECT_EQ(std::get<Refusal>(answer).status, 405);
}

TEST_F(JobLifeTest, AnUnknownJobIsNotFound) {
    EXPECT_EQ(std::get<Refusal>(runner->cancel("nope")).name, "JobNotFound");
    EXPECT_FALSE(runner->find("nope").value());
}

TEST_F(JobLifeTest, AForcedCancelSendsNothingMoreAndWaitsForTheCallsUnderWay) {
    have_devices({"d1"});
    have_devices({"d2"}, false);
    submit(method_job("j1"));
    turn();
    const auto answer = runner->cancel("j1", JobRunner::Cancel::force);
    ASSERT_TRUE(std::holds_alternative<Job>(answer));
    turn();
    EXPECT_EQ(row("j1", "d2").status, RowStatus::canceled);
    EXPECT_EQ(status("j1"), JobStatus::running);
    come_online("d2");
    EXPECT_EQ(gateway.sent.count("d2"), 0U);
    gateway.answer("d1");
    turn();
    EXPECT_EQ(status("j1"), JobStatus::cancelled);
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .succeeded = 1, .canceled = 1}));
    EXPECT_NE(found("j1").status_message.find("1 call under way, whose row tells how it ended"),
              std::string::npos);
}

TEST_F(JobLifeTest, AForcedCancelHoldsBackACallThatIsOnlyCommitted) {
    have_devices({"d1"});
    submit(method_job("j1"));
    runner->tick();
    ASSERT_TRUE(row("j1", "d1").sent);
    (void)runner->cancel("j1", JobRunner::Cancel::force);
    turn();
    EXPECT_TRUE(gateway.sent.empty());
    EXPECT_EQ(row("j1", "d1").status, RowStatus::canceled);
    EXPECT_EQ(status("j1"), JobStatus::cancelled);
}

TEST_F(JobLifeTest, AForcedCancelSurvivesACrash) {
    have_devices({"d1", "d2"}, false);
    options.per_tick = 1;  // rows are closed one by one
    start_runner();
    submit(method_job("j1"));
    turn();
    (void)runner->cancel("j1", JobRunner::Cancel::force);
    store.commit();
    gateway.online = {"d1", "d2"};
    crash();
    turn();
    EXPECT_EQ(status("j1"), JobStatus::cancelled);
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .canceled = 2}));
    EXPECT_TRUE(gateway.sent.empty());
}

// §2.7
TEST_F(JobLifeTest, HistoryIsKeptThirtyDays) {
    submit(twin_job("old"));
    turn();
    have_devices({"d1"}, false);
    Job waiting = method_job("waiting");
    waiting.max_execution = 24h * 31;
    submit(waiting);
    pass(24h * 29);
    EXPECT_TRUE(store.has_job("old"));
    pass(24h + 1h + 1s);
    EXPECT_FALSE(store.has_job("old"));
    EXPECT_TRUE(store.has_job("waiting"));  // not over, however old
    EXPECT_EQ(store.rows().size(), 1U);
}

TEST_F(JobLifeTest, ALargeHistoryIsPrunedInPieces) {
    for (int i = 0; i < 250; ++i) {
        Job job = twin_job("old-" + std::to_string(i));
        job.status = JobStatus::completed;
        job.ended = clock.system_now() - 24h * 31;
        store.put(job);
    }
    runner->tick();
    EXPECT_TRUE(store.has_job("old-99"));
    pass(3s);
    EXPECT_FALSE(store.has_job("old-99"));
}

TEST_F(JobLifeTest, JobsAreListedNewestFirstWithTheCountsOfThisMoment) {
    have_devices({"d1"});
    for (const auto* id : {"a", "b", "c"}) {
        submit(method_job(id));
        pass(1s);
    }
    gateway.answer("d1");  // of job a
    turn();
    const auto page = runner->list({}, "", 2).value();
    ASSERT_EQ(page.jobs.size(), 2U);
    EXPECT_EQ(page.jobs[0].id, "c");
    EXPECT_EQ(page.jobs[0].statistics.running, 1U);
    EXPECT_EQ(page.jobs[1].id, "b");
    const auto rest = runner->list({}, page.continuation, 2).value();
    ASSERT_EQ(rest.jobs.size(), 1U);
    EXPECT_EQ(rest.jobs[0].id, "a");
    EXPECT_EQ(rest.continuation, "");
    EXPECT_EQ(runner->list({.type = {}, .status = JobStatus::completed}, "", 9).value().jobs.size(), 1U);
    EXPECT_EQ(runner->list({.type = JobType::schedule_update_twin, .status = {}}, "", 9).value().jobs.size(),
              0U);
}

TEST_F(JobLifeTest, JobsOfOneMomentAreListedOnceEach) {
    for (const auto* id : {"b", "a", "d", "c"}) {
        submit(twin_job(id));
    }
    std::string ids;
    std::string token;
    do {
        const auto page = runner->list({}, token, 1).value();
        ids += page.jobs.at(0).id;
        token = page.continuation;
    } while (!token.empty());
    EXPECT_EQ(ids, "abcd");
}

TEST_F(JobLifeTest, AForeignContinuationIsAnError) {
    for (const auto* token : {"x", "12", ".j", "99999999999999999999.a"}) {
        EXPECT_EQ(runner->list({}, token, 1).error().code, base::Errc::invalid_argument) << token;
    }
}

}  // namespace
}  // namespace jobs
