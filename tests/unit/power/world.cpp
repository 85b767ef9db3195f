#include "world.hpp"

#include "world_hub.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

namespace power {
namespace {

using jobs::MethodOutcome;
using namespace std::chrono_literals;

std::string small_object(const std::string& number) {
    return R"({"n":)" + number + "}";
}

}  // namespace

World::World(Disk& disk, unsigned seed, int checkpoint_pages)
    : disk_(disk), random_(seed), checkpoint_pages_(checkpoint_pages) {}
World::~World() = default;

void World::start() {
    hub_ = std::make_unique<Hub>(*this, file_.path());
    if (disk_.off()) return;
    check_sound();
    check_places();
    for (const auto& [id, asked] : jobs_) {
        if (!asked.acknowledged) continue;
        const auto job = hub_->jobs.find_job(id);
        EXPECT_TRUE(job && *job) << "the job " << id << " was acknowledged and is gone";
    }
    hub_->runner.recover();
    turn();
}

void World::furnish() {
    for (int i = 0; i < 5 && !disk_.off(); ++i) {
        const std::string id = "t-" + std::to_string(i);
        if (hub_->registry.find(id)) continue;
        ASSERT_TRUE(hub_->registry.create(id, {}));
        wrote("device " + id, "new");
        turn();
    }
}

void World::play(int steps) {
    for (int i = 0; i < steps && !disk_.off(); ++i) {
        step();
    }
}

void World::stop() {
    turn();
    under_way_.clear();
    hub_.reset();
}

void World::lose() {
    under_way_.clear();
    hub_.reset();
    disk_.reboot();
}

void World::step() {
    switch (pick(14)) {
        case 0:
            return change_identity();
        case 1:
        case 2:
            return patch();
        case 3:
            return report();
        case 4:
            return log_telemetry();
        case 5:
            return submit_job();
        case 6:
        case 7:
            return end_some_call();
        case 8: {
            const std::string id = device();
            if (pick(3) == 0) {
                online_.erase(id);
            } else {
                online_.insert(id);
                hub_->runner.device_online(id);
            }
            return;
        }
        case 9:
            clock_.advance(std::chrono::milliseconds(pick(4000)));
            return;
        case 10:
            hub_->runner.tick();
            return;
        default:
            (void)hub_->database->commit_turn();
            hub_->runner.tick();
    }
}

// Written in this turn; acknowledged when its commit says so, unless nobody hears that any more.
void World::wrote(const std::string& place, std::string value) {
    Place& entry = places_.try_emplace(place, Place{std::string(absent), {}}).first->second;
    entry.written.push_back(std::move(value));
    hub_->database->after_commit([this, &entry](const base::Result<void>& committed) {
        if (disk_.off()) return;
        EXPECT_TRUE(committed);
        entry.acknowledged = std::move(entry.written.front());
        entry.written.pop_front();
    });
}

void World::change_identity() {
    const std::string id = "r-" + std::to_string(pick(3));
    const std::string value = std::to_string(++count_);
    hub::DeviceDraft draft;
    draft.status_reason = value;
    if (!hub_->registry.find(id)) {
        ASSERT_TRUE(hub_->registry.create(id, draft));
        return wrote("device " + id, value);
    }
    if (pick(2) == 0) {
        ASSERT_TRUE(hub_->registry.remove(id, hub::IfMatch()));
        return wrote("device " + id, std::string(absent));
    }
    ASSERT_TRUE(hub_->registry.update(id, draft, hub::IfMatch()));
    wrote("device " + id, value);
}

void World::patch() {
    const std::string value = std::to_string(++count_);
    const std::string id = device();
    const std::string padding(pick(3) == 0 ? 3000 : 10, 'x');
    const auto changed = hub_->twins.patch(id,
                                           R"({"tags":{"n":)" + value + R"(,"a":")" + padding +
                                               R"("},"properties":{"desired":)" + small_object(value) + "}}",
                                           {});
    ASSERT_TRUE(changed) << changed.error().message;
    wrote("tags " + id, value);
    wrote("desired " + id, value);
}

void World::report() {
    const std::string value = std::to_string(++count_);
    const std::string id = device();
    ASSERT_TRUE(hub_->twins.report(id, small_object(value)));
    wrote("reported " + id, value);
}

void World::log_telemetry() {
    const auto id =
        hub_->events.append(hub::EventKind::telemetry, device(), small_object(std::to_string(++count_)));
    wrote("event " + std::to_string(id), std::to_string(count_));
}

void World::submit_job() {
    if (jobs_.size() > 8) return;
    const std::string id = "j" + std::to_string(++count_);
    Asked asked;
    jobs::Job job;
    job.id = id;
    job.condition = pick(2) == 0 ? "*" : "deviceId IN ['t-0','t-1','t-4']";
    job.created = job.start_time = clock_.system_now();
    if (pick(4) == 0) job.start_time += 3s;
    job.max_execution = 10min;
    asked.twin = pick(3) == 0;
    if (asked.twin) {
        job.action = jobs::TwinAction{R"({"etag":"*","tags":{"jobs":{")" + id + R"(":1}}})"};
    } else {
        asked.repeatable = pick(2) == 0;
        jobs::MethodAction action;
        action.name = id;  // so that a device can tell whose call it was
        action.payload = asked.repeatable ? R"({"commandId":")" + id + R"("})" : "null";
        action.text = R"({"methodName":")" + id + R"(","payload":)" + action.payload + "}";
        job.action = std::move(action);
        asked.retried = pick(3) == 0;
        if (asked.retried)
            job.rollout = R"({"retry":{"count":)" + std::to_string(retries) + R"(,"backoff":1}})";
    }
    const auto answer = hub_->runner.submit(std::move(job));
    ASSERT_TRUE(std::holds_alternative<jobs::Job>(answer));
    jobs_[id] = asked;
    hub_->database->after_commit([this, id](const base::Result<void>& committed) {
        if (committed && !disk_.off()) jobs_[id].acknowledged = true;
    });
}

void World::end_some_call() {
    if (under_way_.empty()) return;
    const auto at = under_way_.begin() + static_cast<std::ptrdiff_t>(pick(under_way_.size()));
    UnderWay call = std::move(*at);
    under_way_.erase(at);
    MethodOutcome outcome{.status = call.status, .payload = call.payload, .error = {}};
    if (pick(6) == 0) {
        online_.erase(call.device);
        outcome = {.kind = MethodOutcome::Kind::connection_lost, .payload = {}, .error = {}};
    }
    call.done(std::move(outcome));
}

// Turns at this moment until there is nothing left to do.
void World::turn() {
    for (int i = 0; i < 10'000 && !disk_.off(); ++i) {
        (void)hub_->database->commit_turn();
        const auto due = hub_->runner.next_due();
        const bool idle = !due || *due > clock_.steady_now();
        if (idle && !hub_->database->has_work()) return;
        if (!idle) hub_->runner.tick();
    }
    EXPECT_TRUE(disk_.off()) << "the hub is never done";
}

bool World::is_online(const std::string& device_id) const {
    return online_.contains(device_id);
}

void World::call_method(const std::string& device_id, const jobs::MethodAction& action,
                        jobs::MethodDone done) {
    if (!online_.contains(device_id)) {
        return done({.kind = MethodOutcome::Kind::not_sent, .payload = {}, .error = {}});
    }
    if (disk_.off()) return;  // the machine is off: nothing leaves it
    Calls& calls = calls_[{action.name, device_id}];
    ++calls.received;
    const int status = pick(4) == 0 ? 409 : 200;
    // A device acts once on one commandId, and answers a repeat as if it had.
    const bool acted_before = action.payload != "null" && calls.acted > 0;
    if (status == 200 && !acted_before) ++calls.acted;
    const std::string payload = small_object(std::to_string(++count_));
    calls.answers.insert(payload);
    under_way_.push_back({device_id, acted_before ? 200 : status, payload, std::move(done)});
}

void World::patch_twin(const std::string& device_id, const jobs::TwinAction& action, jobs::TwinDone done) {
    const auto patched = hub_->twins.patch(device_id, action.update_twin, hub::IfMatch());
    EXPECT_TRUE(patched);
    done(std::nullopt);
}

base::Result<std::vector<std::string>> World::targets(std::string_view condition) {
    auto ids = hub_->queries.device_ids(condition);
    if (!ids) return base::Error{base::Errc::invalid_argument, ids.error().message};
    std::erase_if(*ids, [](const std::string& id) { return !id.starts_with("t-"); });
    return std::move(*ids);
}

}  // namespace power
