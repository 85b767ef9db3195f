#include "scheduler/jobs/conflicts.hpp"

#include "runner_fixture.hpp"

#include <gtest/gtest.h>

namespace jobs {
namespace {

MethodAction call(std::string name, std::string payload) {
    return {.name = std::move(name), .payload = std::move(payload), .text = {}};
}
TwinAction patch(const std::string& members) {
    return {R"({"etag":"*",)" + members + "}"};
}

TEST(ContradictionTest, CallsOfDifferentMethodsContradict) {
    EXPECT_TRUE(contradict(call("lockDoor", "null"), call("unlockDoor", "null")));
    EXPECT_FALSE(contradict(call("lockDoor", "null"), call("lockDoor", "null")));
}

TEST(ContradictionTest, AQuestionContradictsNoCommand) {
    EXPECT_FALSE(contradict(call("getStatus", "null"), call("lockDoor", "null")));
    EXPECT_FALSE(contradict(call("lockDoor", "null"), call("getStatus", "{}")));
    EXPECT_FALSE(contradict(call("getStatus", "null"), call("getStatus", "{}")));
    EXPECT_TRUE(contradict(call("reboot", "null"), call("lockDoor", "null")));
}

TEST(ContradictionTest, ACommandIdMakesNoDifference) {
    EXPECT_FALSE(contradict(call("lockDoor", R"({"lockTime":"10m","commandId":"a"})"),
                            call("lockDoor", R"({"commandId":"b","lockTime":"10m"})")));
    EXPECT_TRUE(
        contradict(call("lockDoor", R"({"lockTime":"10m"})"), call("lockDoor", R"({"lockTime":"5m"})")));
}

TEST(ContradictionTest, APayloadMayStandInAString) {
    EXPECT_FALSE(contradict(call("lockDoor", R"("{\"lockTime\":\"10m\",\"commandId\":\"a\"}")"),
                            call("lockDoor", R"({"lockTime":"10m"})")));
}

TEST(ContradictionTest, PatchesContradictWhereTheySetOnePathToDifferentValues) {
    const auto floor3 = patch(R"("properties":{"desired":{"floor":3}})");
    EXPECT_TRUE(contradict(floor3, patch(R"("properties":{"desired":{"floor":4}})")));
    EXPECT_TRUE(contradict(floor3, patch(R"("properties":{"desired":{"floor":null}})")));
    EXPECT_FALSE(contradict(floor3, floor3));
    EXPECT_FALSE(contradict(floor3, patch(R"("properties":{"desired":{"building":43}})")));
    EXPECT_FALSE(contradict(floor3, patch(R"("tags":{"floor":4})")));
    EXPECT_TRUE(contradict(patch(R"("tags":{"a":{"b":1,"c":2}})"), patch(R"("tags":{"a":{"c":3}})")));
    EXPECT_FALSE(contradict(patch(R"("tags":{"a":{"b":1}})"), patch(R"("tags":{"a":{"c":3}})")));
}

TEST(ContradictionTest, ACallAndAPatchDoNot) {
    EXPECT_FALSE(contradict(call("lockDoor", "null"), patch(R"("tags":{"a":1})")));
}

TEST(OverlapTest, WindowsThatTouchDoNotOverlap) {
    Job first;
    first.max_execution = 60s;
    Job second = first;
    second.start_time = first.deadline();
    EXPECT_FALSE(overlap(first, second));
    EXPECT_FALSE(overlap(second, first));
    second.start_time -= 1s;
    EXPECT_TRUE(overlap(first, second));
}

class ConflictTest : public RunnerTest {
  protected:
    Job job_for(std::string id, std::string condition, std::string method) {
        Job job = job_of(std::move(id), call(std::move(method), "null"));
        job.condition = std::move(condition);
        return job;
    }
    std::string told(Job job) {
        const auto answer = runner->submit(std::move(job));
        return std::get<Job>(answer).status_message;
    }
};

TEST_F(ConflictTest, ARunningJobIsComparedByTheDevicesItHasNotDoneYet) {
    targets.devices["left"] = {"a", "b", "c", "d", "e"};
    targets.devices["right"] = {"b", "c", "d", "e", "f"};
    gateway.online = {"a", "b", "c", "d", "e", "f"};
    EXPECT_EQ(told(job_for("j1", "left", "lockDoor")), "");
    turn();
    gateway.answer("c");
    turn();
    EXPECT_EQ(told(job_for("j2", "right", "unlockDoor")),
              "conflicts with job 'j1' (running, until 2026-11-20T01:00:00Z) on 3 devices: b, d, e");
}

TEST_F(ConflictTest, AScheduledJobIsComparedByItsCondition) {
    targets.devices["left"] = {"a", "b"};
    targets.devices["right"] = {"b"};
    Job later = job_for("j1", "left", "lockDoor");
    later.start_time += 30min;
    EXPECT_EQ(told(later), "");
    turn();
    EXPECT_NE(told(job_for("j2", "right", "unlockDoor")).find("job 'j1' (scheduled"), std::string::npos);
}

TEST_F(ConflictTest, JobsThatDoTheSameOrOnOtherDevicesOrAtOtherTimesDoNotConflict) {
    targets.devices["left"] = {"a"};
    targets.devices["right"] = {"b"};
    EXPECT_EQ(told(job_for("j1", "left", "lockDoor")), "");
    EXPECT_EQ(told(job_for("j2", "left", "lockDoor")), "");
    EXPECT_EQ(told(job_for("j3", "right", "unlockDoor")), "");
    Job later = job_for("j4", "left", "unlockDoor");
    later.start_time += 2h;
    EXPECT_EQ(told(later), "");
}

TEST_F(ConflictTest, WhatIsToldAndComparedIsBounded) {
    for (int i = 0; i < 30; ++i) {
        targets.devices[std::to_string(i)] = {"a"};
        Job job = job_for("j" + std::to_string(i), std::to_string(i), "m" + std::to_string(i));
        job.start_time += 10min;
        (void)told(job);
    }
    const int before = targets.evaluations;
    targets.devices["new"] = {"a"};
    const std::string message = told(job_for("new", "new", "lockDoor"));
    EXPECT_LE(targets.evaluations - before, 17);
    EXPECT_TRUE(message.ends_with("; and with further jobs")) << message;
    EXPECT_LT(message.size(), 600U);
}

TEST_F(ConflictTest, AConditionThatCannotBeEvaluatedIsNotCompared) {
    targets.devices["left"] = {"a"};
    (void)told(job_for("j1", "left", "lockDoor"));
    targets.error = base::Error{base::Errc::invalid_argument, "no such thing"};
    EXPECT_EQ(told(job_for("j2", "left", "unlockDoor")), "");
}

}  // namespace
}  // namespace jobs
