// What a clock that is set does to a job (§2.7): its time is a span, its start a date.

#include "runner_fixture.hpp"

#include <random>

namespace jobs {
namespace {

class JobClockTest : public RunnerTest {
  protected:
    void start_waiting_job(std::chrono::seconds time) {
        have_devices({"d1"}, false);
        Job job = method_job("j1");
        job.max_execution = time;
        submit(job);
        turn();
    }
    void set_clock(std::chrono::nanoseconds by) {
        clock.set_system(clock.system_now() + std::chrono::duration_cast<base::SystemTime::duration>(by));
    }
    // How long it goes on from now, at most a day; found to the second.
    std::chrono::seconds time_left() {
        for (std::chrono::seconds passed(0); passed < 24h; passed += 1s) {
            turn();
            if (is_final(status("j1"))) return passed;
            clock.advance(1s);
        }
        return 24h;
    }
};

TEST_F(JobClockTest, AClockThatStepsBackAnHourMakesNoJobLonger) {
    start_waiting_job(300s);
    pass(100s);
    set_clock(-1h);
    EXPECT_EQ(time_left(), 200s);
    EXPECT_EQ(row("j1", "d1").error_code, "JobRunPreconditionFailed");
}

TEST_F(JobClockTest, AClockThatStepsAheadMakesNoJobShorter) {
    start_waiting_job(300s);
    pass(100s);
    set_clock(24h * 365);
    EXPECT_EQ(time_left(), 200s);
}

TEST_F(JobClockTest, WhatWasLeftOutlivesARestartBehindAStep) {
    for (const auto step : {-1h, 1h}) {
        SCOPED_TRACE(step.count());
        store = MemoryStore();
        targets = FakeTargets();
        crash();
        start_waiting_job(300s);
        pass(100s);
        set_clock(step);
        pass(5s);  // so soon it is noticed
        crash();
        pass(5s);
        crash();
        EXPECT_EQ(time_left(), 190s);
    }
}

TEST_F(JobClockTest, TimeWhileNoHubRunsCounts) {
    start_waiting_job(300s);
    pass(100s);
    clock.advance(50s);
    crash();
    EXPECT_EQ(time_left(), 150s);
}

// Nobody has watched the clock meanwhile.
TEST_F(JobClockTest, AStepBackWhileNoHubRunsGivesNoMoreThanTheWholeTimeAndOnlyOnce) {
    start_waiting_job(300s);
    pass(100s);
    set_clock(-1h);
    crash();
    pass(100s);
    crash();
    EXPECT_EQ(time_left(), 200s);
}

TEST_F(JobClockTest, AStepWhileTheStoreIsBrokenIsNoticedToo) {
    start_waiting_job(300s);
    pass(100s);
    runner->store_failed({base::Errc::io, "the disk is full"});
    set_clock(-1h);
    pass(10s);
    EXPECT_EQ(time_left(), 190s);
}

TEST_F(JobClockTest, AClockThatIsSlewedIsFollowed) {
    start_waiting_job(300s);
    for (int i = 0; i < 200; ++i) {
        set_clock(-100ms);
        pass(1s);
    }
    crash();
    const auto left = time_left();
    EXPECT_GE(left, 99s);
    EXPECT_LE(left, 101s);
}

TEST_F(JobClockTest, AStartIsADate) {
    have_devices({"d1"});
    Job job = twin_job("j1");
    job.start_time += 10min;
    submit(job);
    pass(5min);
    set_clock(-1h);
    pass(64min);
    EXPECT_EQ(status("j1"), JobStatus::scheduled);
    pass(1min);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobClockTest, AStartThatHasComeStaysSoWhileTheTargetsAreBusy) {
    have_devices({"d1"});
    targets.error = base::Error{base::Errc::busy, "locked"};
    Job job = twin_job("j1");
    job.start_time += 1s;
    submit(job);
    pass(10s);
    set_clock(-1h);
    pass(10s);
    targets.error.reset();
    pass(2s);
    EXPECT_EQ(status("j1"), JobStatus::completed);
}

TEST_F(JobClockTest, TheRecordKeepsItsWindow) {
    start_waiting_job(300s);
    const auto window = found("j1").deadline();
    set_clock(-1h);
    pass(10s);
    EXPECT_EQ(found("j1").deadline(), window);
    EXPECT_EQ(found("j1").stop_at, window - 1h);
    EXPECT_EQ(row("j1", "d1").deadline, window);
}

// However the clock is set and the hub is killed, as long as the step is seen before the kill.
TEST_F(JobClockTest, NoMixtureOfStepsAndCrashesChangesTheSpan) {
    for (unsigned seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        store = MemoryStore();
        targets = FakeTargets();
        crash();
        start_waiting_job(1000s);
        const auto begun = clock.steady_now();
        while (!is_final(status("j1"))) {
            ASSERT_LE(clock.steady_now() - begun, 1001s);
            if (random() % 20 == 0)
                set_clock(std::chrono::seconds(static_cast<long>(random() % 20000) - 10000));
            pass(std::chrono::seconds(1 + random() % 10));
            if (random() % 20 == 0) {
                pass(5s);
                crash();
            }
            turn();
        }
        EXPECT_GE(clock.steady_now() - begun, 1000s);
    }
}

}  // namespace
}  // namespace jobs
