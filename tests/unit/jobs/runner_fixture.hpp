#pragma once

#include "base/clock.hpp"
#include "fake_devices.hpp"
#include "memory_store.hpp"
#include "scheduler/jobs/request.hpp"
#include "scheduler/jobs/runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jobs {

using namespace std::chrono_literals;

// A runner in simulated time over a store that can crash and devices that do as told. The condition "all"
// means the devices that were given to have_devices().
class RunnerTest : public testing::Test {
  protected:
    RunnerTest() { start_runner(); }

    void start_runner() {
        runner = std::make_unique<JobRunner>(store, targets, gateway, clock, options);
        runner->recover();
    }
    // SIGKILL, and up again.
    void crash() {
        runner.reset();
        store.crash();
        gateway.crash();
        start_runner();
    }

    void have_devices(const std::vector<std::string>& ids, bool online = true) {
        for (const auto& id : ids) {
            targets.devices["all"].push_back(id);
            if (online) gateway.online.insert(id);
        }
    }
    static std::vector<std::string> many(int count) {
        std::vector<std::string> ids(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            ids[static_cast<std::size_t>(i)] = "d" + std::to_string(i);
        }
        return ids;
    }
    void come_online(const std::string& id) {
        gateway.online.insert(id);
        runner->device_online(id);
        turn();
    }

    Job method_job(std::string id, std::string payload = "null") const {
        MethodAction action{.name = "lockDoor", .payload = std::move(payload), .text = {}};
        action.text = R"({"methodName":"lockDoor","payload":)" + action.payload + "}";
        return job_of(std::move(id), std::move(action));
    }
    Job twin_job(std::string id) const {
        return job_of(std::move(id), TwinAction{R"({"etag":"*","tags":{"building":43}})"});
    }
    Job job_of(std::string id, Action action) const {
        Job job;
        job.id = std::move(id);
        job.action = std::move(action);
        job.condition = "all";
        job.created = job.start_time = clock.system_now();
        return job;
    }

    JobStatus submit(Job job) {
        const auto answer = runner->submit(std::move(job));
        if (const auto* refusal = std::get_if<Refusal>(&answer)) {
            ADD_FAILURE() << refusal->error.message;
            return JobStatus::unknown;
        }
        return std::get<Job>(answer).status;
    }

    // Loop turns at this moment, until nothing is left to do.
    void turn() {
        for (int i = 0; i < 10'000; ++i) {
            store.commit();
            const auto due = runner->next_due();
            if (!due || *due > clock.steady_now()) return;
            runner->tick();
        }
        FAIL() << "the runner is never done";
    }
    // Time passes, and the owner looks whenever next_due() says so.
    void pass(std::chrono::nanoseconds time) {
        const base::SteadyTime end = clock.steady_now() + time;
        turn();
        while (clock.steady_now() < end) {
            const auto due = runner->next_due().value_or(end);
            clock.advance(std::min(due, end) - clock.steady_now());
            turn();
        }
    }

    Job found(const std::string& id) const {
        auto job = runner->find(id);
        return job.value().value();
    }
    JobStatus status(const std::string& id) const { return found(id).status; }
    const Row& row(const std::string& job, const std::string& device) const { return store.row(job, device); }

    base::ManualClock clock;
    MemoryStore store;
    FakeTargets targets;
    FakeGateway gateway{store};
    JobRunner::Options options;
    std::unique_ptr<JobRunner> runner;
};

}  // namespace jobs
