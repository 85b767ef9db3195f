// The runner's parts, each alone.

#include "scheduler/jobs/active_job.hpp"
#include "scheduler/jobs/agenda.hpp"
#include "scheduler/jobs/calls.hpp"
#include "scheduler/jobs/rotation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace jobs {
namespace {

using namespace std::chrono_literals;

Job some_job(std::string id = "j1") {
    Job job;
    job.id = std::move(id);
    job.action = MethodAction{.name = "m", .payload = "null", .text = {}};
    return job;
}

class ActiveJobTest : public testing::Test {
  protected:
    void add(const std::string& id) {
        Row row;
        row.device_id = id;
        job.add(row);
    }

    ActiveJob job{some_job()};
    base::SteadyTime now{1h};
};

TEST_F(ActiveJobTest, RowsAreTakenInTheOrderTheyCame) {
    add("b");
    add("a");
    EXPECT_EQ(job.take_ready(), "b");
    EXPECT_EQ(job.take_ready(), "a");
    EXPECT_EQ(job.take_ready(), std::nullopt);
    EXPECT_FALSE(job.done());
    EXPECT_EQ(job.job().statistics, (Statistics{.device_count = 2, .running = 2}));
}

TEST_F(ActiveJobTest, AWaitingRowIsReadyOnceItsDeviceComes) {
    add("a");
    job.wait(*job.take_ready());
    EXPECT_FALSE(job.has_work());
    EXPECT_FALSE(job.wake("b"));
    EXPECT_TRUE(job.wake("a"));
    EXPECT_FALSE(job.wake("a"));
    EXPECT_EQ(job.take_ready(), "a");
}

TEST_F(ActiveJobTest, ADelayedRowIsReadyWhenItsTimeHasCome) {
    add("a");
    add("b");
    job.delay(*job.take_ready(), now + 2s);
    job.delay(*job.take_ready(), now + 1s);
    job.wake_delayed(now + 1s);
    EXPECT_EQ(job.take_ready(), "b");
    EXPECT_FALSE(job.wake("a"));  // its device does not matter
    job.wake_delayed(now + 2s);
    EXPECT_EQ(job.take_ready(), "a");
}

TEST_F(ActiveJobTest, AStoppedJobClosesWhatWasNotBegun) {
    for (const auto* id : {"begun", "waiting", "delayed", "ready"})
        add(id);
    (void)job.take_ready();
    job.wait(*job.take_ready());
    job.delay(*job.take_ready(), now);
    job.stop(StopCause::cancelled);
    EXPECT_EQ(job.take_ready(), std::nullopt);
    for (int i = 0; i < 3; ++i)
        job.finish(job.take_closing().value(), RowStatus::canceled, false);
    EXPECT_EQ(job.take_closing(), std::nullopt);
    EXPECT_FALSE(job.done());
    job.wait("begun");  // it came back, and is closed like the others
    job.finish(job.take_closing().value(), RowStatus::canceled, false);
    EXPECT_TRUE(job.done());
    EXPECT_EQ(job.job().statistics, (Statistics{.device_count = 4, .canceled = 4}));
}

TEST_F(ActiveJobTest, OnlyACommandIdOrATwinMakesAJobRepeatable) {
    EXPECT_FALSE(job.repeatable());
    Job with_id = some_job();
    std::get<MethodAction>(with_id.action).payload = R"({"commandId":"x"})";
    EXPECT_TRUE(ActiveJob(with_id).repeatable());
    Job twin = some_job();
    twin.action = TwinAction{R"({"etag":"*"})"};
    EXPECT_TRUE(ActiveJob(twin).repeatable());
}

class AgendaTest : public testing::Test {
  protected:
    Agenda agenda;
    base::SystemTime date = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20};
    base::SteadyTime now{1h};
    using Ids = std::vector<std::string>;
};

TEST_F(AgendaTest, DatesAndWaitsComeDueEachOnItsOwnClock) {
    agenda.at_date(date + 10s, "date");
    agenda.after_wait(now + 10s, "wait");
    EXPECT_EQ(agenda.take_due(date + 9s, now + 9s), Ids{});
    EXPECT_EQ(agenda.take_due(date + 10s, now + 9s), Ids{"date"});
    EXPECT_EQ(agenda.take_due(date, now + 10s), Ids{"wait"});
    EXPECT_EQ(agenda.take_due(date + 1h, now + 1h), Ids{});
}

TEST_F(AgendaTest, ADateIsLookedForAgainAfterTheClockCheck) {
    EXPECT_EQ(agenda.next_due(date, now, 5s), std::nullopt);
    agenda.at_date(date + 1h, "a");
    EXPECT_EQ(agenda.next_due(date, now, 5s), now + 5s);
    EXPECT_EQ(agenda.next_due(date + 1h - 2s, now, 5s), now + 2s);
    EXPECT_EQ(agenda.next_due(date + 2h, now, 5s), now);
    agenda.after_wait(now + 1s, "b");
    EXPECT_EQ(agenda.next_due(date, now, 5s), now + 1s);
}

TEST_F(AgendaTest, AForgottenDateDoesNotCome) {
    agenda.at_date(date, "a");
    agenda.at_date(date, "b");
    agenda.forget_date(date, "a");
    EXPECT_EQ(agenda.take_due(date, now), Ids{"b"});
}

TEST(CallsTest, ACallEndsOnce) {
    ActiveJob job(some_job());
    Calls calls;
    const auto method = calls.begin_method(job, "a", false);
    const auto patch = calls.begin_patch(job, "b");
    EXPECT_EQ(calls.methods(), 1U);
    EXPECT_EQ(calls.patches(), 1U);
    EXPECT_EQ(calls.end(method).value().device_id, "a");
    EXPECT_FALSE(calls.end(method));
    EXPECT_EQ(calls.methods(), 0U);
    EXPECT_TRUE(calls.end(patch));
    EXPECT_EQ(calls.patches(), 0U);
}

TEST(CallsTest, TheCallThatIsOverdueFirstIsToldFirst) {
    ActiveJob job(some_job());
    Calls calls;
    const base::SteadyTime now{1h};
    const auto late = calls.begin_method(job, "a", false);
    const auto soon = calls.begin_method(job, "b", false);
    const auto never = calls.begin_method(job, "c", false);
    calls.set_give_up(late, now + 9s);
    calls.set_give_up(soon, now + 10s);
    calls.set_give_up(soon, now + 5s);  // the last word counts
    EXPECT_EQ(calls.next_due(), now + 5s);
    EXPECT_EQ(calls.overdue(now + 4s), std::nullopt);
    EXPECT_EQ(calls.overdue(now + 20s), soon);
    (void)calls.end(soon);
    EXPECT_EQ(calls.overdue(now + 20s), late);
    (void)calls.end(late);
    EXPECT_EQ(calls.overdue(now + 20s), std::nullopt);
    EXPECT_NE(calls.find(never), nullptr);
}

TEST(RotationTest, AJobStandsInItOnce) {
    ActiveJob a(some_job("a"));
    ActiveJob b(some_job("b"));
    Rotation rotation;
    rotation.push(a);
    rotation.push(b);
    rotation.push(a);
    EXPECT_EQ(&rotation.pop(), &a);
    rotation.push(a);
    rotation.remove(b);
    rotation.remove(b);
    EXPECT_EQ(&rotation.pop(), &a);
    EXPECT_TRUE(rotation.empty());
}

}  // namespace
}  // namespace jobs
