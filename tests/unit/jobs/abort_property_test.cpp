// After the threshold is reached, no further send leaves: at any interleaving of answers, commits, ticks,
// repeats, lost connections, crashes, failing writes and clocks that step, for methods and for twins. What
// has failed is counted here from the rows that the store holds, not from the engine's own counters.

#include "runner_fixture.hpp"
#include "scheduler/jobs/records.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace jobs {
namespace {

constexpr int devices = 20;

class AbortPropertyTest : public RunnerTest {
  protected:
    void new_world(unsigned seed) {
        random.seed(seed);
        runner.reset();
        store = MemoryStore();
        targets = FakeTargets();
        gateway.crash();
        gateway.online.clear();
        gateway.sent.clear();
        gateway.order.clear();
        options.per_tick = 1 + pick(8);
        options.in_flight = 2 + pick(20);
        start_runner();
        have_devices(many(devices));
    }
    std::size_t pick(std::size_t below) { return random() % below; }

    [[nodiscard]] std::uint64_t failed_rows() const {
        return static_cast<std::uint64_t>(std::ranges::count_if(store.rows(), [](const auto& entry) {
            const Row& row = entry.second;
            return row.status == RowStatus::failed ||
                   (row.status == RowStatus::completed && answered_status(row.outcome).value_or(0) >= 400);
        }));
    }

    void end_some_call() {
        if (gateway.calls.empty()) return;
        const std::string device = gateway.calls[pick(gateway.calls.size())].device;
        switch (pick(8)) {
            case 0:
                return gateway.end(device, MethodOutcome::Kind::timed_out);
            case 1:
                return gateway.end(device, MethodOutcome::Kind::connection_lost);
            case 2:
                return gateway.answer(device, 500);
            case 3:
                return gateway.answer(device, 429);
            default:
                return gateway.answer(device, 200);
        }
    }

    void lose_and_find_a_device() {
        const std::string id = "d" + std::to_string(pick(devices));
        if (gateway.online.erase(id) != 0) return;
        gateway.online.insert(id);
        runner->device_online(id);
    }

    void fail_a_write() {
        store.writes_left = 0;
        runner->tick();
        store.writes_left.reset();
        // The owner's commit fails too, and everything since the last one is gone.
        store.crash();
        runner->store_failed({base::Errc::io, "the disk is full"});
    }

    void step() {
        switch (pick(12)) {
            case 0:
            case 1:
                return runner->tick();
            case 2:
            case 3:
                return store.commit();
            case 4:
                return clock.advance(std::chrono::milliseconds(pick(3000)));
            case 5:
                if (pick(10) == 0) crash();
                return;
            case 6:
                // The answers are durable; those who wait for the commit never hear it.
                if (pick(20) == 0) {
                    store.make_durable();
                    crash();
                }
                return;
            case 7:
                if (pick(20) == 0) clock.set_system(clock.system_now() - 1h);
                return;
            case 8:
                return lose_and_find_a_device();
            case 9:
                if (pick(20) == 0) fail_a_write();
                return;
            default:
                return end_some_call();
        }
    }

    void run_to_the_end(const std::string& id) {
        for (int i = 0; i < 4000 && !is_final(store.job(id).status); ++i) {
            step();
        }
        // A start time is a date: if the clock was set back before it, it is still to come.
        clock.set_system(std::max(clock.system_now(), store.job(id).start_time));
        for (const std::string& device : many(devices)) {
            gateway.online.insert(device);
            runner->device_online(device);
        }
        for (int i = 0; i < 2000 && !is_final(store.job(id).status); ++i) {
            end_some_call();
            turn();
            clock.advance(1s);
        }
        ASSERT_TRUE(is_final(store.job(id).status));
        ASSERT_EQ(store.rows().size(), static_cast<std::size_t>(devices));
        for (const auto& [key, row] : store.rows()) {
            EXPECT_TRUE(is_final(row.status)) << row.device_id;
        }
    }

    std::mt19937 random;
};

TEST_F(AbortPropertyTest, NoCallLeavesOnceTheThresholdIsReached) {
    int aborted = 0;
    int repeated = 0;
    for (unsigned seed = 1; seed <= 400; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        new_world(seed);
        const bool gated = pick(4) == 0;  // waves alone: the first failure stops the job
        const std::uint64_t most = gated ? 1 : 1 + pick(5);
        Job job = method_job("j1", pick(2) == 0 ? R"({"commandId":"c"})" : "null");
        job.rollout = gated ? std::string(R"({"waves":[2,"30%"])")
                            : R"({"abort":{"failedCount":)" + std::to_string(most) + "}";
        if (pick(2) == 0) job.rollout += R"(,"retry":{"count":2,"backoff":1})";
        if (!gated && pick(2) == 0) job.rollout += R"(,"waves":[2,"30%"])";
        if (pick(2) == 0) job.rollout += R"(,"inFlight":)" + std::to_string(1 + pick(6));
        job.rollout += "}";
        submit(job);
        store.commit();
        gateway.on_send = [&](const std::string& device) {
            EXPECT_LT(failed_rows(), most) << "called " << device << " after the threshold";
        };
        run_to_the_end("j1");
        const Job ended = store.job("j1");
        EXPECT_EQ(ended.status == JobStatus::failed, ended.stop == StopCause::aborted);
        // The last device may be the one too many: then there is nothing left to abort.
        if (ended.stop == StopCause::none) {
            EXPECT_LE(failed_rows(), most);
        }
        aborted += ended.stop == StopCause::aborted ? 1 : 0;
        for (const auto& [device, times] : gateway.sent) {
            repeated += times > 1 ? 1 : 0;
        }
        if (HasFailure()) break;
    }
    gateway.on_send = nullptr;
    EXPECT_GT(aborted, 100);
    EXPECT_GT(repeated, 100);
}

TEST_F(AbortPropertyTest, NoTwinIsPatchedOnceTheThresholdIsReached) {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        new_world(seed);
        const std::uint64_t most = 1 + pick(4);
        gateway.missing.clear();
        for (int i = 0; i < 8; ++i) {
            gateway.missing.insert("d" + std::to_string(pick(devices)));
        }
        Job job = twin_job("j1");
        job.rollout = R"({"abort":{"failedCount":)" + std::to_string(most) + "}}";
        submit(job);
        store.commit();
        run_to_the_end("j1");
        // One patch after the other: exactly so many fail.
        EXPECT_LE(failed_rows(), most);
        if (gateway.missing.size() > most) {
            EXPECT_EQ(store.job("j1").stop, StopCause::aborted);
        }
        if (HasFailure()) break;
    }
    gateway.missing.clear();
}

// A wave opens when every row of those before is final, also when some of them are called again.
TEST_F(AbortPropertyTest, NoWaveOpensBeforeTheOneBeforeIsFinal) {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        new_world(seed);
        Job job = method_job("j1", R"({"commandId":"c"})");
        job.rollout = R"({"waves":[1,4,"50%"],"abort":{"failedCount":20},"retry":{"count":2,"backoff":1}})";
        submit(job);
        store.commit();
        gateway.on_send = [&](const std::string& device) {
            std::uint64_t final_rows = 0;
            std::uint64_t begun = 0;
            for (const auto& [key, row] : store.rows()) {
                final_rows += is_final(row.status) ? 1U : 0U;
                begun += is_final(row.status) || row.attempts > 0 ? 1U : 0U;
            }
            const std::uint64_t open = final_rows < 1 ? 1 : final_rows < 5 ? 5 : final_rows < 15 ? 15 : 20;
            EXPECT_LE(begun, open) << device;
        };
        run_to_the_end("j1");
        if (HasFailure()) break;
    }
    gateway.on_send = nullptr;
}

// A clock that steps back an hour, at any moment of a job: no row is lost, none is called twice, dates stay
// in order, and what is timed in steady time goes on.
TEST_F(AbortPropertyTest, AClockThatStepsBackAnHourLosesNothing) {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        new_world(seed);
        Job job = method_job("j1");
        job.start_time += std::chrono::seconds(pick(5));
        submit(job);
        store.commit();
        const std::size_t when = pick(60);
        for (std::size_t i = 0; i < 60; ++i) {
            if (i == when) clock.set_system(clock.system_now() - 1h);
            if (!gateway.calls.empty()) gateway.answer(gateway.calls[pick(gateway.calls.size())].device);
            turn();
            clock.advance(200ms);
        }
        if (!is_final(status("j1"))) pass(1h);  // the start time is a date: it has to come again
        while (!gateway.calls.empty()) {
            gateway.answer(gateway.calls.front().device);
            turn();
        }
        const Job ended = found("j1");
        ASSERT_EQ(ended.status, JobStatus::completed);
        EXPECT_EQ(ended.statistics.succeeded, static_cast<std::uint64_t>(devices));
        EXPECT_LE(ended.created, *ended.started);
        EXPECT_LE(*ended.started, *ended.ended);
        for (const auto& [key, row] : store.rows()) {
            EXPECT_LE(row.created, row.updated);
            EXPECT_EQ(gateway.sent[row.device_id], 1);
        }
        if (HasFailure()) break;
    }
}

}  // namespace
}  // namespace jobs
