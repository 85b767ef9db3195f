// Jobs under power cuts: at each edge of each commit of one story, and at random moments of many. Whatever
// happens, every device of the frozen set ends with a row, the counters agree with the rows, and no row's
// method leaves twice unless its payload carries a commandId.

#include "runner_fixture.hpp"

#include <random>
#include <set>

namespace jobs {
namespace {

class JobCrashTest : public RunnerTest {
  protected:
    // Everything of one run: small bounds, so that rows of several jobs are in every stage at once.
    void new_world() {
        runner.reset();
        store = MemoryStore();
        targets = FakeTargets();
        gateway.crash();
        gateway.online.clear();
        gateway.sent.clear();
        gateway.sent_by_method.clear();
        options.in_flight = 3;
        options.per_tick = 4;
        start_runner();
    }

    // A method job whose method has the job's name, so that the devices can tell whose call it was.
    Job crash_method_job(const std::string& id, bool repeatable) {
        MethodAction action{.name = id, .payload = repeatable ? R"({"commandId":"c"})" : "{}", .text = {}};
        action.text = R"({"methodName":")" + id + R"(","payload":)" + action.payload + "}";
        Job job = job_of(id, std::move(action));
        job.condition = id;
        return job;
    }
    Job crash_twin_job(const std::string& id) {
        Job job = job_of(id, TwinAction{R"({"etag":"*","tags":{"job":")" + id + R"("}})"});
        job.condition = id;
        return job;
    }

    void check(const Job& submitted) {
        SCOPED_TRACE(submitted.id);
        const Job job = store.job(submitted.id);
        ASSERT_TRUE(is_final(job.status)) << to_text(job.status);
        std::set<std::string> devices;
        Statistics counts;
        for (const auto& [key, row] : store.rows()) {
            if (key.first != job.id) continue;
            devices.insert(row.device_id);
            ++counts.device_count;
            if (row.status == RowStatus::completed) ++counts.succeeded;
            if (row.status == RowStatus::failed) ++counts.failed;
            if (row.status == RowStatus::canceled) ++counts.canceled;
            if (row.outcome.find("\"status\":409") != std::string::npos) ++counts.refused;
            check_row(job, row);
        }
        EXPECT_EQ(job.statistics, counts);
        if (job.status == JobStatus::completed) {
            const auto& asked = targets.last_answer[job.condition];
            EXPECT_EQ(devices, std::set<std::string>(asked.begin(), asked.end()));
        }
    }

    void check_row(const Job& job, const Row& row) {
        SCOPED_TRACE(row.device_id);
        EXPECT_TRUE(is_final(row.status)) << to_text(row.status);
        if (job.type() == JobType::schedule_update_twin) {
            const auto patches = store.patches.find({row.device_id, job.action_text()});
            const int times = patches == store.patches.end() ? 0 : patches->second;
            EXPECT_EQ(times, row.status == RowStatus::completed ? 1 : 0);
            return;
        }
        const auto calls = gateway.sent_by_method.find({job.id, row.device_id});
        const int times = calls == gateway.sent_by_method.end() ? 0 : calls->second;
        const bool repeatable =
            std::get<MethodAction>(job.action).payload.find("commandId") != std::string::npos;
        if (!repeatable) {
            EXPECT_LE(times, 1);
        }
        if (row.status == RowStatus::completed || row.error_code == error_timeout) {
            EXPECT_GE(times, 1);
        }
        // "It was never sent" is only said when it was never sent.
        if (row.status == RowStatus::canceled || row.error_code == error_deadline) {
            EXPECT_EQ(times, 0);
        }
    }

    bool all_final(const std::vector<Job>& all) {
        return std::ranges::all_of(
            all, [&](const Job& job) { return store.has_job(job.id) && is_final(store.job(job.id).status); });
    }
};

TEST_F(JobCrashTest, APowerCutAtAnyEdgeOfAnyCommitLosesNothing) {
    using Where = MemoryStore::Where;
    int cuts = 0;
    for (const Where where : {Where::before, Where::between, Where::after}) {
        bool cut = true;
        for (int at = 0; cut; ++at) {
            SCOPED_TRACE("commit " + std::to_string(at) + ", edge " +
                         std::to_string(static_cast<int>(where)));
            ASSERT_LT(at, 300);
            new_world();
            std::vector<Job> all = {crash_method_job("once", false), crash_method_job("again", true),
                                    crash_twin_job("twin")};
            for (Job& job : all) {
                job.max_execution = 3min;
                targets.devices[job.id] = {"d1", "d2", "d3", "d4", "d5"};
                submit(job);
            }
            store.commit();  // the clients have their answers
            gateway.online = {"d1", "d2", "d3"};
            store.cut_at = at;
            store.where = where;
            cut = false;
            for (int step = 0; step < 2000 && !all_final(all); ++step) {
                try {
                    if (step == 20) come_online("d4");
                    if (!gateway.calls.empty()) {
                        gateway.answer(gateway.calls.front().device, step % 3 == 0 ? 409 : 200);
                        turn();
                    } else {
                        pass(1min);
                    }
                } catch (const MemoryStore::PowerCut&) {
                    cut = true;
                    store.cut_at.reset();
                    crash();
                }
            }
            for (const Job& job : all)
                check(job);
            if (HasFailure()) return;
            cuts += cut ? 1 : 0;
        }
    }
    EXPECT_GT(cuts, 60);
}

// One random story: what a hub, its doors and its disk may do, in any order.
class Story {
  public:
    Story(unsigned seed, FakeGateway& gateway) : random_(seed), gateway_(gateway) {}

    int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    std::string device() { return "d" + std::to_string(pick(12)); }

    void end_some_call() {
        if (gateway_.calls.empty()) return;
        using Kind = MethodOutcome::Kind;
        const std::string device =
            gateway_.calls[static_cast<std::size_t>(pick(static_cast<int>(gateway_.calls.size())))].device;
        switch (pick(6)) {
            case 0:
                return gateway_.end(device, Kind::timed_out);
            case 1:
                gateway_.online.erase(device);
                return gateway_.end(device, Kind::connection_lost);
            case 2:
                return gateway_.answer(device, 409);
            default:
                return gateway_.answer(device, 200);
        }
    }

  private:
    std::mt19937 random_;
    FakeGateway& gateway_;
};

TEST_F(JobCrashTest, PowerCutsAtRandomMomentsOfRandomStories) {
    for (unsigned seed = 1; seed <= 400; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        new_world();
        Story story(seed, gateway);
        std::vector<Job> all;
        for (int i = 0; i < 5; ++i) {
            const std::string id = "job-" + std::to_string(i);
            Job job = i % 3 == 2 ? crash_twin_job(id) : crash_method_job(id, i % 3 == 1);
            job.start_time += std::chrono::seconds(story.pick(60));
            job.max_execution = std::chrono::seconds(30 + story.pick(300));
            for (int d = story.pick(12); d >= 0; --d)
                targets.devices[id].push_back(story.device());
            submit(job);
            all.push_back(job);
        }
        store.commit();
        for (int step = 0; step < 400; ++step) {
            switch (story.pick(13)) {
                case 0:
                    store.make_durable();
                    crash();
                    break;
                case 1:
                    crash();
                    break;
                case 2: {
                    const auto device = story.device();
                    gateway.online.insert(device);
                    runner->device_online(device);
                    break;
                }
                case 3:
                    gateway.online.erase(story.device());
                    break;
                case 4:
                    targets.devices[all[static_cast<std::size_t>(story.pick(5))].id].push_back(
                        story.device());
                    break;
                case 5:
                    clock.advance(std::chrono::milliseconds(story.pick(5000)));
                    break;
                case 6:
                    if (story.pick(20) == 0) {
                        clock.set_system(clock.system_now() + std::chrono::seconds(story.pick(240) - 120));
                    }
                    break;
                case 7:
                    if (story.pick(30) == 0)
                        (void)runner->cancel(all[static_cast<std::size_t>(story.pick(5))].id,
                                             JobRunner::Cancel::force);
                    break;
                case 8:
                case 9:
                    story.end_some_call();
                    break;
                case 10:
                case 11:
                    runner->tick();
                    break;
                default:
                    store.commit();
            }
        }
        for (int i = 0; i < 12; ++i)
            gateway.online.insert("d" + std::to_string(i));
        for (int i = 0; i < 12; ++i)
            runner->device_online("d" + std::to_string(i));
        for (int step = 0; step < 1000 && !all_final(all); ++step) {
            turn();
            story.end_some_call();
            pass(10s);
        }
        for (const Job& job : all)
            check(job);
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace jobs
