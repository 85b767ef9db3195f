#include "scheduler/jobs/rollout.hpp"

#include "runner_fixture.hpp"
#include "scheduler/jobs/records.hpp"

#include <gtest/gtest.h>

#include <random>

namespace jobs {
namespace {

TEST(RolloutTextTest, ReadsEveryMember) {
    const auto rollout = parse_rollout(
        R"({"rate":2.5,"inFlight":7,"abort":{"failedCount":3,"failedPercent":20},"waves":[1,"10%"],"other":1})");
    ASSERT_TRUE(rollout);
    EXPECT_DOUBLE_EQ(rollout->rate, 2.5);
    EXPECT_EQ(rollout->in_flight, 7U);
    EXPECT_EQ(rollout->abort_count, 3U);
    EXPECT_EQ(rollout->abort_percent, 20U);
    ASSERT_EQ(rollout->waves.size(), 2U);
    EXPECT_EQ(rollout->waves[0].devices, 1U);
    EXPECT_EQ(rollout->waves[1].percent, 10U);
}

TEST(RolloutTextTest, WithoutMembersNothingIsBound) {
    for (const auto* text : {"", "{}", R"({"rate":null,"inFlight":null,"abort":null,"waves":null})"}) {
        const auto rollout = parse_rollout(text);
        ASSERT_TRUE(rollout) << text;
        EXPECT_EQ(rollout->abort_at(10), std::nullopt);
        EXPECT_EQ(rollout->may_begin(10, 0), 10U);
    }
}

TEST(RolloutTextTest, MistakesNameTheMember) {
    const std::pair<const char*, const char*> mistakes[] = {
        {R"({"rate":0})", "rate"},
        {R"({"rate":"5"})", "rate"},
        {R"({"inFlight":0})", "inFlight"},
        {R"({"inFlight":1.5})", "inFlight"},
        {R"({"abort":{}})", "abort"},
        {R"({"abort":3})", "abort"},
        {R"({"abort":{"failedCount":0}})", "abort.failedCount"},
        {R"({"abort":{"failedPercent":101}})", "abort.failedPercent"},
        {R"({"waves":[]})", "waves"},
        {R"({"waves":"10%"})", "waves"},
        {R"({"waves":[1,"0%"]})", "waves"},
        {R"({"waves":["10"]})", "waves"},
        {R"({"waves":["1 0%"]})", "waves"},
        {R"({"waves":[-1]})", "waves"},
        {R"({"waves":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]})", "waves"},
    };
    for (const auto& [text, member] : mistakes) {
        const auto rollout = parse_rollout(text);
        ASSERT_FALSE(rollout) << text;
        EXPECT_TRUE(rollout.error().message.starts_with(member)) << rollout.error().message;
    }
}

TEST(RolloutTextTest, TheSmallerOfCountAndShareAborts) {
    EXPECT_EQ(parse_rollout(R"({"abort":{"failedCount":3}})").value().abort_at(1000), 3U);
    EXPECT_EQ(parse_rollout(R"({"abort":{"failedPercent":10}})").value().abort_at(11), 2U);
    EXPECT_EQ(parse_rollout(R"({"abort":{"failedPercent":1}})").value().abort_at(3), 1U);
    const auto both = parse_rollout(R"({"abort":{"failedCount":3,"failedPercent":10}})").value();
    EXPECT_EQ(both.abort_at(10), 1U);
    EXPECT_EQ(both.abort_at(1000), 3U);
    EXPECT_EQ(parse_rollout(R"({"waves":[1]})").value().abort_at(1000), 1U);
}

TEST(RolloutTextTest, AWaveOpensWhenThoseBeforeAreFinal) {
    const auto rollout = parse_rollout(R"({"waves":[1,"10%"]})").value();
    EXPECT_EQ(rollout.may_begin(100, 0), 1U);
    EXPECT_EQ(rollout.may_begin(100, 1), 11U);
    EXPECT_EQ(rollout.may_begin(100, 10), 11U);
    EXPECT_EQ(rollout.may_begin(100, 11), 100U);
    EXPECT_EQ(rollout.may_begin(1, 0), 1U);
}

TEST(RolloutTextTest, ARequestCarriesItAndTheRecordShowsIt) {
    const std::string body =
        R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"m"},"queryCondition":"*")";
    const auto job = std::get<Job>(parse_job_request("j", body + R"(,"waves":[1, "10%"],"rate":5})", {}));
    EXPECT_EQ(job.rollout, R"({"rate":5,"waves":[1, "10%"]})");
    EXPECT_NE(job_record(job).find(R"("rate":5,"waves":[1, "10%"],"status")"), std::string::npos);
    const auto bad = std::get<Refusal>(parse_job_request("j", body + R"(,"rate":-1})", {}));
    EXPECT_EQ(bad.name, "ArgumentInvalid");
    EXPECT_EQ(std::get<Job>(parse_job_request("j", body + "}", {})).rollout, "");
}

class RolloutTest : public RunnerTest {
  protected:
    void have(int count) { have_devices(many(count)); }
    Job job_with(std::string rollout, std::string payload = "null") {
        Job job = method_job("j1", std::move(payload));
        job.rollout = std::move(rollout);
        return job;
    }
};

TEST_F(RolloutTest, TheRateSpreadsTheCalls) {
    have(100);
    gateway.automatic = MethodOutcome{.status = 200, .payload = {}, .error = {}};
    submit(job_with(R"({"rate":10})"));
    turn();
    EXPECT_LE(gateway.order.size(), 2U);
    pass(5s);
    EXPECT_GE(gateway.order.size(), 49U);
    EXPECT_LE(gateway.order.size(), 52U);
    pass(5s);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(RolloutTest, TheRateHoldsForTwinsToo) {
    have(30);
    Job job = twin_job("j1");
    job.rollout = R"({"rate":1})";
    submit(job);
    pass(10s);
    EXPECT_GE(store.patches.size(), 10U);
    EXPECT_LE(store.patches.size(), 12U);
}

TEST_F(RolloutTest, TheJobsOwnBoundOfCallsUnderWayHolds) {
    have(10);
    submit(job_with(R"({"inFlight":2})"));
    turn();
    while (!gateway.calls.empty()) {
        EXPECT_LE(gateway.calls.size(), 2U);
        gateway.answer(gateway.calls.front().device);
        turn();
    }
    EXPECT_EQ(found("j1").statistics.succeeded, 10U);
}

TEST_F(RolloutTest, AnAbortSendsNothingMoreAndSaysWhy) {
    have(10);
    submit(job_with(R"({"inFlight":3,"abort":{"failedCount":2}})"));
    turn();
    gateway.answer("d0", 409);  // completed on the wire, failed for us
    turn();
    EXPECT_EQ(gateway.order.size(), 4U);
    gateway.end("d1", MethodOutcome::Kind::timed_out);
    turn();
    EXPECT_EQ(gateway.order.size(), 4U);
    EXPECT_EQ(status("j1"), JobStatus::running);  // two are under way
    gateway.answer("d2");
    gateway.answer("d3");
    turn();
    EXPECT_EQ(status("j1"), JobStatus::failed);
    EXPECT_EQ(found("j1").failure_reason, "aborted: 2 of 10 devices had failed");
    EXPECT_NE(found("j1").status_message.find("aborted with 2 calls under way"), std::string::npos);
    EXPECT_EQ(found("j1").statistics,
              (Statistics{.device_count = 10, .failed = 1, .succeeded = 3, .canceled = 6, .refused = 1}));
}

TEST_F(RolloutTest, ATwinJobIsAbortedToo) {
    have(10);
    gateway.missing = {"d3"};
    Job job = twin_job("j1");
    job.rollout = R"({"abort":{"failedPercent":10}})";
    submit(job);
    turn();
    EXPECT_EQ(status("j1"), JobStatus::failed);
    EXPECT_EQ(store.patches.size(), 3U);
}

TEST_F(RolloutTest, AfterTheThresholdNothingLeavesAtAnyInterleaving) {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const auto pick = [&](std::size_t below) { return random() % below; };
        const std::uint64_t most = 1 + pick(4);
        store = MemoryStore();
        targets = FakeTargets();
        gateway.crash();
        gateway.online.clear();
        options.per_tick = 1 + pick(8);
        start_runner();
        have(20);
        submit(job_with(R"({"abort":{"failedCount":)" + std::to_string(most) + R"(},"inFlight":)" +
                            std::to_string(1 + pick(6)) + "}",
                        seed % 2 == 0 ? R"({"commandId":"c"})" : "null"));
        store.commit();
        gateway.on_send = [&](const std::string& device) {
            const Statistics counts = found("j1").statistics;
            EXPECT_LT(counts.failed + counts.refused, most) << device;
        };
        for (int step = 0; step < 3000 && !is_final(store.job("j1").status); ++step) {
            switch (pick(6)) {
                case 0:
                    runner->tick();
                    break;
                case 1:
                    store.commit();
                    break;
                case 2:
                    clock.advance(500ms);
                    break;
                case 3:
                    if (pick(20) == 0) crash();
                    break;
                default:
                    if (gateway.calls.empty()) break;
                    const auto device = gateway.calls[pick(gateway.calls.size())].device;
                    gateway.answer(device, pick(3) == 0 ? 500 : 200);
            }
        }
        ASSERT_TRUE(is_final(store.job("j1").status));
        EXPECT_EQ(found("j1").statistics.device_count, 20U);
        if (HasFailure()) break;
    }
    gateway.on_send = nullptr;
}

TEST_F(RolloutTest, WavesGoOneAfterTheOther) {
    have(20);
    submit(job_with(R"({"waves":[1,"20%"]})"));
    turn();
    EXPECT_EQ(gateway.order.size(), 1U);
    gateway.answer("d0");
    turn();
    EXPECT_EQ(gateway.order.size(), 5U);
    for (int i = 0; i < 3; ++i) {
        gateway.answer(gateway.calls.front().device);
        turn();
    }
    EXPECT_EQ(gateway.order.size(), 5U);
    gateway.answer(gateway.calls.front().device);
    turn();
    EXPECT_EQ(gateway.order.size(), 20U);
}

TEST_F(RolloutTest, AFailureInAWaveEndsTheJob) {
    have(20);
    submit(job_with(R"({"waves":[1]})"));
    turn();
    gateway.answer("d0", 500);
    turn();
    EXPECT_EQ(gateway.order.size(), 1U);
    EXPECT_EQ(status("j1"), JobStatus::failed);
    EXPECT_EQ(found("j1").statistics.canceled, 19U);
}

TEST_F(RolloutTest, AWaveWaitsForItsOfflineDevice) {
    have_devices({"a"}, false);
    have_devices({"b"});
    submit(job_with(R"({"waves":[1]})"));
    pass(1min);
    EXPECT_TRUE(gateway.order.empty());
    come_online("a");
    EXPECT_EQ(gateway.order, std::vector<std::string>{"a"});
    gateway.answer("a");
    turn();
    EXPECT_EQ(gateway.order.size(), 2U);
}

TEST_F(RolloutTest, AWaveIsNotForgottenInACrash) {
    have(20);
    submit(job_with(R"({"waves":[2]})", R"({"commandId":"c"})"));
    turn();
    gateway.answer("d0");
    turn();
    crash();
    turn();
    EXPECT_EQ(gateway.calls.size(), 1U);  // the second of the wave, again
    EXPECT_EQ(gateway.sent.size(), 2U);
}

}  // namespace
}  // namespace jobs
