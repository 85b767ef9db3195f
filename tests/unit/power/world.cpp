#include "world.hpp"

#include "base/json.hpp"
#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/event_log.hpp"
#include "scheduler/hub/job_store.hpp"
#include "scheduler/hub/query_service.hpp"
#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/twin_store.hpp"
#include "scheduler/jobs/records.hpp"
#include "scheduler/jobs/runner.hpp"

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

constexpr std::string_view absent = "-";
constexpr int most_calls = 5;  // jobs::JobRunner::Options::attempts
constexpr int retries = 2;

base::Json parsed(const std::string& text) {
    auto json = base::Json::parse(text, {.bytes = std::size_t{1024} * 1024, .depth = 64, .comments = false});
    return json ? std::move(*json) : base::Json();
}

std::string number_at(base::JsonView section) {
    const auto number = section.find("n").as_integer();
    return number ? std::to_string(*number) : std::string(absent);
}

std::string small_object(const std::string& number) {
    return R"({"n":)" + number + "}";
}

}  // namespace

struct World::Hub {
    Hub(World& world, const std::string& path)
        : database(std::move(*hub::Database::open(path))),
          registry(*database, world.clock_),
          twins(*database, connections, world.clock_),
          jobs(*database),
          events(*database, world.clock_, {}),
          queries(twins, jobs),
          runner(jobs, world, world, world.clock_, options()) {
        database->rolled_back.connect(
            [] { ADD_FAILURE() << "a turn was taken back, though the disk took everything"; });
        hub::Statement pages =
            database->prepare("PRAGMA wal_autocheckpoint = " + std::to_string(world.checkpoint_pages_));
        pages.start();
        while (pages.step()) {
        }
    }

    static jobs::JobRunner::Options options() {
        jobs::JobRunner::Options options;
        options.in_flight = 4;
        options.per_tick = 3;
        return options;
    }

    std::unique_ptr<hub::Database> database;
    hub::Connections connections;
    hub::Registry registry;
    hub::TwinStore twins;
    hub::JobStore jobs;
    hub::EventLog events;
    hub::QueryService queries;
    jobs::JobRunner runner;
};

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

std::string World::held(const std::string& place) {
    const std::size_t space = place.find(' ');
    const std::string what = place.substr(0, space);
    const std::string id = place.substr(space + 1);
    if (what == "device") {
        const auto found = hub_->registry.find(id);
        if (!found) return std::string(absent);
        return found->status_reason.empty() ? "new" : found->status_reason;
    }
    if (what == "event") {
        std::string value(absent);
        const std::int64_t number = std::stoll(id);
        hub_->events.read(number - 1, number, [&value](const hub::Event& event) {
            value = number_at(parsed(event.data));
            return true;
        });
        return value;
    }
    const auto view = hub_->twins.service_view(id);
    if (!view) return std::string(absent);
    const base::Json twin = parsed(*view);
    return number_at(what == "tags" ? twin.find("tags") : twin.find("properties").find(what));
}

void World::check_places() {
    bool some_new = false;
    bool some_old = false;
    std::string told;
    for (auto& [name, place] : places_) {
        const std::string now = held(name);
        if (place.written.empty()) {
            EXPECT_EQ(now, place.acknowledged) << name << " was acknowledged";
        } else if (now == place.written.back()) {
            if (now != place.acknowledged) some_new = true;
        } else {
            EXPECT_EQ(now, place.acknowledged)
                << name << ": neither what was acknowledged nor what was written";
            some_old = true;
        }
        told += "\n  " + name + ": acknowledged " + place.acknowledged +
                (place.written.empty() ? "" : ", written " + place.written.back()) + ", found " + now;
        place.acknowledged = now;
        place.written.clear();
    }
    EXPECT_FALSE(some_new && some_old) << "half a turn survived" << told;
    // A number that was never acknowledged may be given again.
    std::erase_if(places_, [](const auto& place) {
        return place.first.starts_with("event ") && place.second.acknowledged == absent;
    });
}

void World::check_sound() {
    for (const char* question : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"}) {
        hub::Statement check = hub_->database->prepare(question);
        check.start();
        while (check.step()) {
            const std::string said(check.text());
            EXPECT_EQ(said, "ok") << question;
        }
    }
}

void World::finish() {
    const auto is_final = [this](const std::string& id) {
        const auto job = hub_->jobs.find_job(id);
        return !job || !*job || jobs::is_final((*job)->status);
    };
    for (int i = 0; i < 5; ++i) {
        online_.insert("t-" + std::to_string(i));
        hub_->runner.device_online("t-" + std::to_string(i));
    }
    for (int step = 0; step < 400; ++step) {
        turn();
        while (!under_way_.empty()) {
            end_some_call();
        }
        for (int i = 0; i < 5; ++i) {
            online_.insert("t-" + std::to_string(i));
            hub_->runner.device_online("t-" + std::to_string(i));
        }
        turn();
        if (std::ranges::all_of(jobs_, [&](const auto& job) { return is_final(job.first); })) break;
        clock_.advance(5s);
    }
    for (const auto& [id, asked] : jobs_) {
        check_job(id, asked);
    }
}

void World::check_job(const std::string& id, const Asked& asked) {
    SCOPED_TRACE("job " + id);
    const auto job = hub_->jobs.find_job(id);
    ASSERT_TRUE(job);
    if (!*job) {
        EXPECT_FALSE(asked.acknowledged);
        for (const auto& [key, calls] : calls_) {
            if (key.first == id) {
                EXPECT_EQ(calls.received, 0) << "a job that is gone has called " << key.second;
            }
        }
        return;
    }
    ASSERT_EQ((*job)->status, jobs::JobStatus::completed);
    const auto rows = hub_->jobs.load_rows(id, "", 1000);
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->size(), (*job)->condition == "*" ? 5U : 3U);
    jobs::Statistics counts;
    for (const jobs::Row& row : *rows) {
        SCOPED_TRACE(row.device_id);
        ++counts.device_count;
        counts.succeeded += row.status == jobs::RowStatus::completed ? 1U : 0U;
        counts.failed += row.status == jobs::RowStatus::failed ? 1U : 0U;
        counts.refused += jobs::answered_status(row.outcome).value_or(0) >= 400 ? 1U : 0U;
        EXPECT_TRUE(jobs::is_final(row.status));
        if (asked.twin) {
            const base::Json twin = parsed(hub_->twins.service_view(row.device_id).value_or(""));
            EXPECT_TRUE(twin.find("tags").find("jobs").find(id).exists());
            continue;
        }
        const Calls& calls = calls_[{id, row.device_id}];
        EXPECT_LE(calls.acted, 1);
        EXPECT_LE(calls.received, 1 + (asked.repeatable ? most_calls : 0) + (asked.retried ? retries : 0));
        if (row.status == jobs::RowStatus::completed) {
            EXPECT_TRUE(std::ranges::any_of(calls.answers, [&](const std::string& answer) {
                return row.outcome.find(answer) != std::string::npos;
            })) << row.outcome;
        } else {
            EXPECT_TRUE(row.error_code == jobs::error_outcome_unknown ||
                        (row.error_code == jobs::error_timeout && calls.received > 0))
                << row.error_code;
        }
    }
    EXPECT_EQ((*job)->statistics, counts);
}

}  // namespace power
