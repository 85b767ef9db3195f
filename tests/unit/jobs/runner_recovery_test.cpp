// What a crash, a failing store and a stepping clock may do to a job.

#include "runner_fixture.hpp"

namespace jobs {
namespace {

using JobRecoveryTest = RunnerTest;
using Kind = MethodOutcome::Kind;
constexpr auto with_id = R"({"commandId":"c1"})";

TEST_F(JobRecoveryTest, AScheduledJobStillRunsOnTime) {
    have_devices({"d1"});
    Job job = method_job("j1");
    job.start_time += 20s;
    submit(job);
    pass(10s);
    crash();
    pass(9s);
    EXPECT_TRUE(gateway.sent.empty());
    pass(1s);
    EXPECT_EQ(gateway.sent["d1"], 1);
}

TEST_F(JobRecoveryTest, AQueuedJobIsNotForgotten) {
    have_devices({"d1"});
    submit(twin_job("j1"));
    store.commit();
    crash();
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobRecoveryTest, AStartMissedWhileDownIsMadeUpForAtOnce) {
    have_devices({"d1"});
    Job job = twin_job("j1");
    job.start_time += 1min;
    submit(job);
    turn();
    clock.advance(30min);
    crash();
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(found("j1").started, clock.system_now());
    EXPECT_EQ(row("j1", "d1").start, job.start_time);
    EXPECT_EQ(row("j1", "d1").created, clock.system_now());
}

TEST_F(JobRecoveryTest, AWindowMissedWhileDownLocksNoDoorLate) {
    have_devices({"d1"});
    Job job = method_job("j1");
    job.start_time += 1min;
    submit(job);
    turn();
    clock.advance(2h);
    crash();
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(row("j1", "d1").error_code, "JobRunPreconditionFailed");
    EXPECT_TRUE(gateway.sent.empty());
}

TEST_F(JobRecoveryTest, AWindowMissedWhileDownChangesNoTwinLate) {
    have_devices({"d1", "d2"});
    Job job = twin_job("j1");
    job.start_time += 1min;
    submit(job);
    turn();
    clock.advance(2h);
    crash();
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(row("j1", "d1").error_code, "JobRunPreconditionFailed");
    EXPECT_TRUE(store.patches.empty());
}

TEST_F(JobRecoveryTest, ACrashBeforeTheCommitOfTheStartEvaluatesAgain) {
    have_devices({"d1"});
    Job job = twin_job("j1");
    job.start_time += 1s;
    submit(job);
    turn();
    clock.advance(1s);
    runner->tick();  // not committed
    have_devices({"d2"});
    crash();
    turn();
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .succeeded = 2}));
    EXPECT_EQ(store.patches_of("d1"), 1);
}

TEST_F(JobRecoveryTest, ASentRowWithoutOutcomeIsUnknown) {
    have_devices({"d1"});
    have_devices({"d2"}, false);
    submit(method_job("j1"));
    turn();
    crash();
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::failed);
    EXPECT_EQ(row("j1", "d1").error_code, "OutcomeUnknown");
    EXPECT_EQ(gateway.sent["d1"], 1);
    EXPECT_EQ(row("j1", "d2").status, RowStatus::pending);
    come_online("d2");
    gateway.answer("d2");
    turn();
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .failed = 1, .succeeded = 1}));
}

TEST_F(JobRecoveryTest, ASentRowWithACommandIdIsCalledAgain) {
    have_devices({"d1"});
    submit(method_job("j1", R"("{\"commandId\":\"c1\"}")"));
    turn();
    crash();
    turn();
    EXPECT_EQ(gateway.sent["d1"], 2);
    gateway.answer("d1");
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::completed);
    EXPECT_EQ(row("j1", "d1").attempts, 2U);
}

TEST_F(JobRecoveryTest, ASentRowThatHasNotComeBackIsShownAsPending) {
    have_devices({"d1"});
    submit(method_job("j1", with_id));
    turn();
    gateway.online.clear();
    crash();
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::pending);
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 1, .pending = 1}));
}

TEST_F(JobRecoveryTest, ACallCommittedButNotSentIsUnknownToo) {
    have_devices({"d1"});
    submit(method_job("j1"));
    runner->tick();
    store.make_durable();  // and the process dies before the PUBLISH
    crash();
    turn();
    EXPECT_TRUE(gateway.sent.empty());
    EXPECT_EQ(row("j1", "d1").error_code, "OutcomeUnknown");
}

TEST_F(JobRecoveryTest, ACallNotCommittedIsMadeAsIfNothingHadBeen) {
    have_devices({"d1"});
    Job job = method_job("j1");
    gateway.online.clear();
    submit(job);
    turn();
    gateway.online = {"d1"};
    runner->device_online("d1");
    runner->tick();  // sent in the store's memory only
    crash();
    turn();
    EXPECT_EQ(gateway.sent["d1"], 1);
}

TEST_F(JobRecoveryTest, RecoveryCountsWhatIsFinalAlready) {
    have_devices({"d1", "d2", "d3"});
    have_devices({"d4"}, false);
    submit(method_job("j1"));
    turn();
    gateway.answer("d1", 200);
    gateway.answer("d2", 409);
    gateway.end("d3", Kind::timed_out);
    turn();
    const Statistics before = found("j1").statistics;
    crash();
    turn();
    EXPECT_EQ(found("j1").statistics, before);
    EXPECT_EQ(before,
              (Statistics{.device_count = 4, .failed = 1, .succeeded = 2, .pending = 1, .refused = 1}));
}

TEST_F(JobRecoveryTest, AJobWhoseLastRowWasFinalEnds) {
    have_devices({"d1"});
    submit(method_job("j1"));
    turn();
    gateway.answer("d1");
    store.commit();  // the row is final, the job is not
    crash();
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 1, .succeeded = 1}));
}

TEST_F(JobRecoveryTest, ADeadlineThatPassedWhileDownClosesTheRows) {
    have_devices({"d1"});
    have_devices({"d2", "d3"}, false);
    submit(method_job("j1", with_id));
    turn();
    clock.advance(2h);
    gateway.online.insert("d2");
    crash();
    turn();
    EXPECT_EQ(row("j1", "d1").error_code, "OutcomeUnknown");
    EXPECT_EQ(row("j1", "d2").error_code, "JobRunPreconditionFailed");
    EXPECT_EQ(gateway.sent.count("d2"), 0U);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

// A remark that leaves them out would say that nothing more can have happened.
TEST_F(JobRecoveryTest, AnAbortTellsOfCallsThatHadLeftBeforeTheRestart) {
    for (const bool repeatable : {false, true}) {
        SCOPED_TRACE(repeatable);
        const std::string id = repeatable ? "again" : "once";
        gateway.online = {"d0", "d1", "d2"};
        targets.devices["all"] = {"d0", "d1", "d2", "d3"};
        Job job = method_job(id, repeatable ? with_id : "null");
        job.rollout = R"({"abort":{"failedCount":2}})";
        submit(job);
        turn();
        gateway.online.clear();
        crash();
        turn();
        if (repeatable) {
            EXPECT_EQ(status(id), JobStatus::running);
            (void)runner->cancel(id, JobRunner::Cancel::force);
            turn();
            EXPECT_EQ(found(id).status_message,
                      "cancelled with 0 calls under way, whose rows tell how they ended, and 3 sent before, "
                      "whose answers were not heard");
            EXPECT_EQ(status(id), JobStatus::cancelled);
        } else {
            EXPECT_EQ(status(id), JobStatus::failed);
            EXPECT_EQ(found(id).status_message,
                      "aborted with 0 calls under way, whose rows tell how they ended, and 3 sent before, "
                      "whose answers were not heard");
        }
    }
}

TEST_F(JobRecoveryTest, AManyPagedJobComesBackWhole) {
    have_devices(many(3000), false);
    submit(method_job("j1"));
    turn();
    crash();
    turn();
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 3000, .pending = 3000}));
}

TEST_F(JobRecoveryTest, AnswersOfBeforeTheRecoveryAreNotHeard) {
    have_devices({"d1"});
    submit(method_job("j1", with_id));
    turn();
    const MethodDone old = gateway.calls.front().done;
    gateway.calls.clear();
    runner->recover();
    turn();
    old({.kind = Kind::answered, .status = 500, .payload = {}, .error = {}});
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::running);
    gateway.answer("d1", 200);
    turn();
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 1, .succeeded = 1}));
}

TEST_F(JobRecoveryTest, AnAnswerAfterTheRunnerHasGoneIsHarmless) {
    have_devices({"d1"});
    submit(method_job("j1"));
    turn();
    const MethodDone old = gateway.calls.front().done;
    runner.reset();
    old({.kind = Kind::answered, .status = 200, .payload = {}, .error = {}});
}

TEST_F(JobRecoveryTest, AStoreThatFailsStopsEverythingAndIsTriedAgain) {
    have_devices({"d1"});
    store.writes_left = 0;
    const auto answer = runner->submit(twin_job("j1"));
    EXPECT_EQ(std::get<Refusal>(answer).name, "ServiceUnavailable");
    EXPECT_EQ(std::get<Refusal>(answer).status, 503);
    EXPECT_EQ(std::get<Refusal>(runner->submit(twin_job("j2"))).status, 503);
    EXPECT_EQ(std::get<Refusal>(runner->cancel("j1")).status, 503);
    store.crash();
    store.writes_left.reset();
    pass(2s);
    EXPECT_EQ(submit(twin_job("j1")), JobStatus::queued);
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobRecoveryTest, AFailedCommitIsWaitedOutAndNotTriedInACircle) {
    have_devices({"d1"});
    submit(twin_job("j1"));
    store.crash();
    runner->store_failed({base::Errc::io, "the disk is full"});
    EXPECT_EQ(runner->next_due(), clock.steady_now() + 2s);
    EXPECT_EQ(std::get<Refusal>(runner->submit(twin_job("j2"))).status, 503);
    pass(2s);
    turn();
    EXPECT_EQ(submit(twin_job("j1")), JobStatus::queued);
}

TEST_F(JobRecoveryTest, AnUnreadableStoreIsTriedUntilItCanBeRead) {
    have_devices({"d1"});
    submit(twin_job("j1"));
    store.commit();
    store.fail_reads = true;
    crash();
    pass(1min);
    EXPECT_FALSE(runner->find("j1"));
    store.fail_reads = false;
    pass(2s);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobRecoveryTest, AFailedWriteIsLeftToTheOwnersLogAndAnUnreadableStoreIsTold) {
    std::vector<std::string> lines;
    const base::Log log(base::Level::error,
                        [&lines](base::Level, std::string_view line) { lines.emplace_back(line); });
    options.log = &log;
    start_runner();
    have_devices({"d1"});
    submit(twin_job("j1"));
    store.commit();
    store.writes_left = 0;
    turn();
    store.crash();
    runner->store_failed({base::Errc::io, "the disk is full"});
    EXPECT_TRUE(lines.empty()) << lines.front();
    store.writes_left.reset();
    store.fail_reads = true;
    pass(2s);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines.front().find("event=jobs_unreadable"), std::string::npos) << lines.front();
    runner.reset();
    options.log = nullptr;
}

TEST_F(JobRecoveryTest, NoWriteThatFailsLosesADeviceOrCallsItTwice) {
    for (int good_writes = 0; good_writes < 40; ++good_writes) {
        SCOPED_TRACE(good_writes);
        store = MemoryStore();
        targets = FakeTargets();
        gateway.online.clear();
        gateway.sent.clear();
        gateway.calls.clear();
        have_devices({"d1", "d2", "d3"});
        options.in_flight = 2;
        start_runner();
        submit(method_job("j1"));
        turn();
        store.writes_left = good_writes;
        for (int i = 0; i < 6 && !gateway.calls.empty(); ++i) {
            gateway.answer(gateway.calls.front().device);
            pass(1s);
        }
        store.crash();  // the transaction of the failed write is rolled back
        store.writes_left.reset();
        pass(10s);
        while (!gateway.calls.empty()) {
            gateway.answer(gateway.calls.front().device);
            turn();
        }
        ASSERT_EQ(status("j1"), JobStatus::completed);
        const Statistics counts = found("j1").statistics;
        EXPECT_EQ(counts.device_count, 3U);
        EXPECT_EQ(counts.succeeded + counts.failed, 3U);
        for (const auto& [device, times] : gateway.sent)
            EXPECT_EQ(times, 1) << device;
    }
}

TEST_F(JobRecoveryTest, AClockSetBackAnHourMovesNeitherTheDeadlineNorTheTimeouts) {
    have_devices({"d1"});
    have_devices({"d2"}, false);
    submit(method_job("j1"));
    pass(10s);
    clock.set_system(clock.system_now() - 1h);
    pass(25s);  // the call's own time-out is steady
    EXPECT_EQ(row("j1", "d1").error_code, "DeviceTimeout");
    EXPECT_GE(row("j1", "d1").updated, row("j1", "d1").created);
    pass(1h - 36s);
    EXPECT_EQ(row("j1", "d2").status, RowStatus::pending);
    pass(1s);
    EXPECT_EQ(row("j1", "d2").error_code, "JobRunPreconditionFailed");
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobRecoveryTest, AClockSetBackNeverEndsAJobBeforeItBegan) {
    have_devices({"d1"});
    submit(method_job("j1"));
    turn();
    clock.set_system(clock.system_now() - 1h);
    gateway.answer("d1");
    turn();
    EXPECT_GE(*found("j1").ended, *found("j1").started);
    EXPECT_GE(row("j1", "d1").updated, row("j1", "d1").created);
}

TEST_F(JobRecoveryTest, AClockSetForwardStartsTheJobWithinTheClockCheck) {
    have_devices({"d1"});
    Job job = twin_job("j1");
    job.start_time += 1h;
    submit(job);
    pass(1min);
    clock.set_system(job.start_time + 1s);
    pass(options.clock_check);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobRecoveryTest, AClockSetBackBeforeTheStartWaitsForTheDate) {
    have_devices({"d1"});
    Job job = twin_job("j1");
    job.start_time += 10s;
    submit(job);
    pass(5s);
    clock.set_system(clock.system_now() - 1h);
    pass(1h);
    EXPECT_EQ(status("j1"), JobStatus::scheduled);
    pass(5s);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

}  // namespace
}  // namespace jobs
