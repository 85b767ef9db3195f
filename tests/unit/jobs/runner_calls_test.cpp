// Rows: offline devices, deadlines, outcomes, bounds and fairness.

#include "runner_fixture.hpp"

namespace jobs {
namespace {

using JobCallsTest = RunnerTest;
using Kind = MethodOutcome::Kind;
constexpr auto with_id = R"({"commandId":"c1"})";

TEST_F(JobCallsTest, ARowIsDurableAsSentBeforeItsCallLeaves) {
    have_devices({"d1"});
    gateway.on_send = [&](const std::string& id) { EXPECT_TRUE(store.durable_row("j1", id).sent); };
    submit(method_job("j1"));
    runner->tick();
    runner->tick();
    EXPECT_TRUE(gateway.sent.empty());
    store.commit();
    EXPECT_EQ(gateway.sent["d1"], 1);
    EXPECT_EQ(row("j1", "d1").attempts, 1U);
}

// §2.7
TEST_F(JobCallsTest, AnOfflineDeviceIsCalledWhenItComes) {
    have_devices({"d1"}, false);
    submit(method_job("j1"));
    pass(10min);
    EXPECT_EQ(row("j1", "d1").status, RowStatus::pending);
    EXPECT_EQ(found("j1").statistics.pending, 1U);
    come_online("d1");
    EXPECT_EQ(gateway.sent["d1"], 1);
    come_online("d1");  // said twice
    EXPECT_EQ(gateway.sent["d1"], 1);
    gateway.answer("d1");
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobCallsTest, ATwinRowDoesNotNeedTheDevice) {
    have_devices({"d1"}, false);
    submit(twin_job("j1"));
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::completed);
}

// §2.7
TEST_F(JobCallsTest, ADeviceThatDoesNotComeFailsAtTheDeadline) {
    have_devices({"d1"}, false);
    have_devices({"d2"});
    Job job = method_job("j1");
    job.max_execution = 300s;
    submit(job);
    turn();
    gateway.answer("d2");
    pass(299s);
    EXPECT_EQ(row("j1", "d1").status, RowStatus::pending);
    pass(1s);
    EXPECT_EQ(row("j1", "d1").status, RowStatus::failed);
    EXPECT_EQ(row("j1", "d1").error_code, "JobRunPreconditionFailed");
    EXPECT_EQ(row("j1", "d1").updated, row("j1", "d1").deadline);
    EXPECT_EQ(row("j1", "d2").status, RowStatus::completed);
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .failed = 1, .succeeded = 1}));
    come_online("d1");
    EXPECT_EQ(gateway.sent.count("d1"), 0U);
}

TEST_F(JobCallsTest, ACallUnderWayAtTheDeadlineIsWaitedFor) {
    have_devices({"d1"});
    Job job = method_job("j1");
    job.max_execution = 10s;
    submit(job);
    pass(12s);
    EXPECT_EQ(status("j1"), JobStatus::running);
    gateway.answer("d1");
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::completed);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobCallsTest, ACallWhoseCommitCameAfterTheDeadlineDoesNotLeave) {
    have_devices({"d1"});
    Job job = method_job("j1");
    job.max_execution = 10s;
    submit(job);
    runner->tick();
    clock.advance(11s);  // the disk was slow
    store.commit();
    EXPECT_TRUE(gateway.sent.empty());
    turn();
    EXPECT_EQ(row("j1", "d1").error_code, "JobRunPreconditionFailed");
}

// §2.7 CHOICE
TEST_F(JobCallsTest, ASilentDeviceIsATimeout) {
    have_devices({"d1"});
    submit(method_job("j1"));
    turn();
    gateway.end("d1", Kind::timed_out);
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::failed);
    EXPECT_EQ(row("j1", "d1").error_code, "DeviceTimeout");
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobCallsTest, AGatewayThatNeverAnswersIsGivenUp) {
    have_devices({"d1"});
    Job job = method_job("j1");
    std::get<MethodAction>(job.action).connect_timeout = 10s;
    submit(job);
    pass(44s);  // 30 s to answer, 10 s to connect, 5 s of grace
    EXPECT_EQ(row("j1", "d1").status, RowStatus::running);
    pass(1s);
    EXPECT_EQ(row("j1", "d1").error_code, "DeviceTimeout");
    gateway.answer("d1");  // too late; nobody listens
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::failed);
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 1, .failed = 1}));
}

TEST_F(JobCallsTest, ATwinStoreThatNeverAnswersIsGivenUp) {
    have_devices({"d1", "d2"});
    gateway.patches_are_late = true;
    submit(twin_job("j1"));
    turn();
    ASSERT_EQ(gateway.late_patches.size(), 2U);
    EXPECT_EQ(found("j1").statistics.running, 2U);
    gateway.late_patches[0].second(std::nullopt);
    pass(60s);
    EXPECT_EQ(row("j1", "d1").status, RowStatus::completed);
    EXPECT_EQ(row("j1", "d2").error_code, "DeviceTimeout");
    gateway.late_patches[1].second(std::nullopt);
    turn();
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 2, .failed = 1, .succeeded = 1}));
}

TEST_F(JobCallsTest, APatchThatIsRefusedFailsItsRowOnly) {
    have_devices({"d1", "d2"});
    gateway.missing = {"d1"};
    submit(twin_job("j1"));
    turn();
    EXPECT_EQ(row("j1", "d1").error_code, "DeviceNotFound");
    EXPECT_EQ(row("j1", "d2").status, RowStatus::completed);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobCallsTest, ACallThatIsRejectedFailsWithTheGatewaysReason) {
    have_devices({"d1", "d2"});
    submit(method_job("j1"));
    turn();
    gateway.finish("d1", {.kind = Kind::rejected, .payload = {}, .error = {"DeviceNotFound", "deleted"}});
    gateway.finish("d2", {.kind = Kind::rejected, .payload = {}, .error = {}});
    turn();
    EXPECT_EQ(row("j1", "d1").error_code, "DeviceNotFound");
    EXPECT_EQ(row("j1", "d1").error_description, "deleted");
    EXPECT_EQ(row("j1", "d2").error_code, "ServerError");
}

TEST_F(JobCallsTest, ADeviceThatLeftBeforeItsCallIsWaitedFor) {
    have_devices({"d1"});
    submit(method_job("j1"));
    runner->tick();
    gateway.online.clear();  // between the commit and the call
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::pending);
    EXPECT_FALSE(row("j1", "d1").sent);
    EXPECT_TRUE(gateway.sent.empty());
    come_online("d1");
    EXPECT_EQ(gateway.sent["d1"], 1);
}

TEST_F(JobCallsTest, ADeviceThatSaysOnlineAndTakesNoCallDoesNotSpinTheLoop) {
    have_devices({"d1"}, false);
    gateway.lies_about = {"d1"};
    submit(method_job("j1"));
    const auto before = store.rows_written;
    pass(60s);
    EXPECT_LT(store.rows_written - before, 150U);
    EXPECT_EQ(row("j1", "d1").status, RowStatus::pending);
    gateway.online = {"d1"};
    pass(1s);
    EXPECT_EQ(gateway.sent["d1"], 1);
}

TEST_F(JobCallsTest, ALostConnectionLeavesTheOutcomeUnknown) {
    have_devices({"d1"});
    submit(method_job("j1"));
    turn();
    gateway.online.clear();
    gateway.end("d1", Kind::connection_lost);
    turn();
    come_online("d1");
    EXPECT_EQ(gateway.sent["d1"], 1);
    EXPECT_EQ(row("j1", "d1").error_code, "OutcomeUnknown");
}

TEST_F(JobCallsTest, WithACommandIdALostConnectionIsCalledAgain) {
    have_devices({"d1"});
    submit(method_job("j1", with_id));
    turn();
    gateway.online.clear();
    gateway.end("d1", Kind::connection_lost);
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::pending);
    come_online("d1");
    EXPECT_EQ(gateway.sent["d1"], 2);
    gateway.answer("d1");
    turn();
    EXPECT_EQ(row("j1", "d1").status, RowStatus::completed);
    EXPECT_EQ(row("j1", "d1").attempts, 2U);
}

TEST_F(JobCallsTest, CallsOfOneRowAreBounded) {
    have_devices({"d1"});
    options.attempts = 3;
    start_runner();
    gateway.automatic = MethodOutcome{.kind = Kind::connection_lost, .payload = {}, .error = {}};
    submit(method_job("j1", with_id));
    pass(1min);
    EXPECT_EQ(gateway.sent["d1"], 3);
    EXPECT_EQ(row("j1", "d1").error_code, "OutcomeUnknown");
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobCallsTest, ARepeatThatDidNotLeaveDoesNotHideTheCallThatDid) {
    have_devices({"d1"});
    Job job = method_job("j1", with_id);
    job.max_execution = 60s;
    submit(job);
    turn();
    gateway.end("d1", Kind::connection_lost);
    clock.advance(1s);
    runner->tick();  // the repeat is committed as sent,
    gateway.online.clear();
    pass(60s);  // but finds the device gone
    EXPECT_EQ(gateway.sent["d1"], 1);
    EXPECT_EQ(row("j1", "d1").attempts, 1U);
    EXPECT_EQ(row("j1", "d1").error_code, "OutcomeUnknown");
}

TEST_F(JobCallsTest, ARepeatThatFindsTheDeadlinePassedIsUnknownNotMissed) {
    have_devices({"d1"});
    Job job = method_job("j1", with_id);
    job.max_execution = 60s;
    submit(job);
    turn();
    gateway.online.clear();
    gateway.end("d1", Kind::connection_lost);
    pass(60s);
    EXPECT_EQ(row("j1", "d1").error_code, "OutcomeUnknown");
}

TEST_F(JobCallsTest, CallsUnderWayAreBounded) {
    options.in_flight = 3;
    start_runner();
    have_devices({"d1", "d2", "d3", "d4", "d5"});
    submit(method_job("j1"));
    pass(1s);
    EXPECT_EQ(gateway.calls.size(), 3U);
    gateway.answer("d2");
    turn();
    EXPECT_EQ(gateway.calls.size(), 3U);
    EXPECT_EQ(gateway.sent.size(), 4U);
}

TEST_F(JobCallsTest, MoreJobsThanATickTakesWaitForAFullWindowInSilence) {
    options.in_flight = 1;
    options.per_tick = 2;
    start_runner();
    have_devices(many(2));
    for (const char* id : {"j1", "j2", "j3", "j4", "j5"}) {
        submit(method_job(id));
    }
    turn();  // fails if it is never done
    EXPECT_GT(runner->next_due().value(), clock.steady_now());
    while (!gateway.calls.empty()) {
        EXPECT_EQ(gateway.calls.size(), 1U);
        gateway.answer(gateway.calls.front().device);
        turn();
    }
    EXPECT_EQ(status("j5"), JobStatus::completed);
}

TEST_F(JobCallsTest, MethodsThatFillTheWindowDoNotHoldUpATwinJob) {
    options.in_flight = 1;
    start_runner();
    have_devices({"d1", "d2"});
    submit(method_job("j1"));
    turn();
    submit(twin_job("j2"));
    turn();
    EXPECT_EQ(status("j2"), JobStatus::completed);
}

TEST_F(JobCallsTest, JobsTakeTurns) {
    options.in_flight = 4;
    start_runner();
    for (int i = 0; i < 100; ++i) {
        const auto id = "big-" + std::to_string(i);
        targets.devices["big"].push_back(id);
        gateway.online.insert(id);
    }
    have_devices({"small-1", "small-2"});
    Job big = method_job("big");
    big.condition = "big";
    submit(big);
    turn();
    submit(method_job("small"));
    for (int answered = 0; gateway.sent.count("small-2") == 0; ++answered) {
        ASSERT_LT(answered, 10);
        gateway.answer(gateway.calls.front().device);
        turn();
    }
}

TEST_F(JobCallsTest, AFullWindowIsSharedFairly) {
    options.in_flight = 2;
    start_runner();
    for (const std::string name : {"a", "b", "c"}) {
        for (int i = 0; i < 20; ++i) {
            targets.devices[name].push_back(name + std::to_string(i));
            gateway.online.insert(name + std::to_string(i));
        }
        Job job = method_job(name);
        job.condition = name;
        submit(job);
    }
    turn();
    while (gateway.order.size() < 30) {
        gateway.answer(gateway.calls.front().device);
        turn();
    }
    for (const char name : {'a', 'b', 'c'}) {
        const auto calls = std::ranges::count(gateway.order, name, [](const auto& id) { return id[0]; });
        EXPECT_GE(calls, 9) << name;
        EXPECT_LE(calls, 11) << name;
    }
}

TEST_F(JobCallsTest, OneTickBeginsABoundedNumberOfRows) {
    options.per_tick = 10;
    start_runner();
    have_devices(many(100));
    submit(twin_job("j1"));
    runner->tick();
    EXPECT_EQ(store.patches.size(), 10U);
    EXPECT_EQ(runner->next_due(), clock.steady_now());
    turn();
    EXPECT_EQ(store.patches.size(), 100U);
}

TEST_F(JobCallsTest, TheOwnerIsWokenWhenAnEventMakesWork) {
    int woken = 0;
    options.wake = [&] { ++woken; };
    start_runner();
    have_devices({"d1", "d2"}, false);
    submit(method_job("j1"));
    turn();
    woken = 0;
    gateway.online = {"d1", "d2"};
    runner->device_online("d1");
    runner->device_online("d2");
    EXPECT_EQ(woken, 1);  // once until the tick
    turn();
    woken = 0;
    gateway.answer("d1");
    EXPECT_EQ(woken, 0);  // nothing follows from it
    gateway.answer("d2");
    EXPECT_EQ(woken, 1);  // the job is over
}

TEST_F(JobCallsTest, TenThousandWaitingRowsCostNothingPerTick) {
    have_devices(many(10'000), false);
    submit(method_job("j1"));
    turn();
    EXPECT_LE(gateway.online_questions, 10'000U);
    const auto questions = gateway.online_questions;
    const auto written = store.rows_written;
    for (int i = 0; i < 1000; ++i) {
        clock.advance(1s);
        runner->tick();
        store.commit();
    }
    EXPECT_EQ(gateway.online_questions, questions);
    EXPECT_EQ(store.rows_written, written);
    come_online("d77");
    EXPECT_EQ(gateway.sent["d77"], 1);
    EXPECT_LE(store.rows_written, written + 1);
}

TEST_F(JobCallsTest, TenThousandDoorsAreWrittenAConstantNumberOfTimesEach) {
    have_devices(many(10'000));
    gateway.automatic = MethodOutcome{.kind = Kind::answered, .status = 200, .payload = "{}", .error = {}};
    submit(method_job("j1"));
    turn();
    EXPECT_EQ(status("j1"), JobStatus::completed);
    EXPECT_EQ(found("j1").statistics, (Statistics{.device_count = 10'000, .succeeded = 10'000}));
    EXPECT_EQ(store.rows_written, 30'000U);  // pending, sent, outcome
}

}  // namespace
}  // namespace jobs
