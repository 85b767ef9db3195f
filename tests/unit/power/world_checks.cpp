#include "base/json.hpp"
#include "scheduler/jobs/records.hpp"
#include "world_hub.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

// What must be true after a power cut, and at the end.

namespace power {
namespace {

using namespace std::chrono_literals;

constexpr int most_calls = 5;  // jobs::JobRunner::Options::attempts

base::Json parsed(const std::string& text) {
    auto json = base::Json::parse(text, {.bytes = std::size_t{1024} * 1024, .depth = 64, .comments = false});
    return json ? std::move(*json) : base::Json();
}

std::string number_at(base::JsonView section) {
    const auto number = section.find("n").as_integer();
    return number ? std::to_string(*number) : std::string(absent);
}

}  // namespace

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
