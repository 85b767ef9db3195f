#include "scheduler/hub/twin_indexes.hpp"

#include "base/excerpt.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hub {
namespace {

// After a slice the others have their turn.
constexpr std::chrono::milliseconds between_slices{5};
constexpr std::chrono::seconds after_failure{10};

Fault invalid(std::string message) {
    return {protocol::HubError::argument_invalid, std::move(message)};
}

bool is_table(const TwinIndexes::State& state) {
    return state.name == twin_values_table(state.path);
}

// A path is plain characters and dots (twin_path), so that it can stand in a name as it is.
std::string quoted(const std::string& name) {
    return '"' + name + '"';
}

// What keeps the table true. Twins that go with their device are deleted too, which sets triggers off.
std::vector<std::string> triggers(const std::string& name, const TwinPath& path) {
    const std::string now = path.expression("NEW.");
    const std::string before = path.expression("OLD.");
    const std::string add = "INSERT OR IGNORE INTO " + quoted(name) + " SELECT " + now +
                            ", NEW.device WHERE " + now + " IS NOT NULL;";
    const std::string remove =
        "DELETE FROM " + quoted(name) + " WHERE value = " + before + " AND device = OLD.device;";
    const auto trigger = [&name](const char* end, const std::string& when, const std::string& what) {
        return "CREATE TRIGGER " + quoted(name + end) + " AFTER " + when + " BEGIN " + what + " END";
    };
    return {trigger("+", "INSERT ON twins", add), trigger("-", "DELETE ON twins", remove),
            trigger("*", "UPDATE OF " + path.column + " ON twins WHEN " + before + " IS NOT " + now,
                    remove + add)};
}

}  // namespace

TwinIndexes::TwinIndexes(Database& database, const base::Clock& clock) : database_(database), clock_(clock) {
    database_.rolled_back.connect([this] {
        unfinished_ = true;
        due_ = clock_.steady_now() + after_failure;
    });
}

std::vector<TwinIndexes::State> TwinIndexes::list() {
    std::vector<State> states;
    Statement rows =
        database_.prepare("SELECT path, name, filled IS NULL, filled FROM twin_indexes ORDER BY path");
    rows.start();
    while (rows.step()) {
        State state;
        state.path = rows.text();
        state.name = rows.text();
        const bool whole = rows.number() != 0;
        const std::int64_t filled = rows.number();
        if (!whole) state.filled = filled;
        states.push_back(std::move(state));
    }
    return states;
}

std::optional<std::int64_t> TwinIndexes::number(const std::string& sql, std::int64_t parameter) {
    Statement row = database_.prepare("SELECT ifnull((" + sql + "), -1)");
    if (!row.start().bind(parameter).step()) return std::nullopt;
    const std::int64_t value = row.number();
    return value < 0 ? std::nullopt : std::optional(value);
}

TwinIndexes::Progress TwinIndexes::progress(const State& state) {
    const std::int64_t twins = number("SELECT count(*) FROM twins WHERE device > ?", -1).value_or(0);
    if (!state.filled) return {twins, twins};
    return {number("SELECT count(*) FROM twins WHERE device <= ?", *state.filled).value_or(0), twins};
}

Outcome<TwinIndexes::Made> TwinIndexes::add(std::string_view text) {
    const auto path = parse_twin_path(text);
    if (!path) return path.error();
    const auto there = list();
    const auto has_path = [text](const State& state) { return state.path == text; };
    if (std::any_of(there.begin(), there.end(), has_path)) {
        return invalid("'" + std::string(text) + "' has an index already");
    }
    if (there.size() >= most) {
        return invalid("there are " + std::to_string(most) +
                       " indexes, as many as may be; lockhub index remove PATH makes room");
    }
    const State state{std::string(text), twin_values_table(text), 0};
    database_
        .prepare("CREATE TABLE " + quoted(state.name) +
                 " (value NOT NULL, device INTEGER NOT NULL, PRIMARY KEY (value, device)) WITHOUT ROWID")
        .start()
        .run();
    for (const std::string& trigger : triggers(state.name, *path)) {
        database_.prepare(trigger).start().run();
    }
    database_.prepare("INSERT INTO twin_indexes (path, name, filled) VALUES (?, ?, 0)")
        .start()
        .bind(state.path)
        .bind(state.name)
        .run();
    Made made;
    const base::SteadyTime began = clock_.steady_now();
    made.twins = fill(state);
    made.took = clock_.steady_now() - began;
    unfinished_ = true;
    due_ = clock_.steady_now() + between_slices;
    return made;
}

// The next slice; how many twins were in it.
std::int64_t TwinIndexes::fill(const State& state) {
    const auto path = parse_twin_path(state.path);
    if (!path || !state.filled) return 0;
    const std::string slice_of = "FROM twins WHERE device > ? ORDER BY device LIMIT " + std::to_string(slice);
    const auto last = number("SELECT max(device) FROM (SELECT device " + slice_of + ")", *state.filled);
    const auto count = number("SELECT count(*) FROM (SELECT device " + slice_of + ")", *state.filled);
    if (last) {
        database_
            .prepare("INSERT OR IGNORE INTO " + quoted(state.name) + " SELECT value, device FROM (SELECT " +
                     path->expression("") + " AS value, device " + slice_of + ") WHERE value IS NOT NULL")
            .start()
            .bind(*state.filled)
            .run();
    }
    const bool more = last && count == slice;
    database_.prepare("UPDATE twin_indexes SET filled = ? WHERE path = ?")
        .start()
        .bind(more ? last : std::nullopt)
        .bind(state.path)
        .run();
    return count.value_or(0);
}

std::optional<base::SteadyTime> TwinIndexes::next_due() const {
    return unfinished_ ? std::optional(due_) : std::nullopt;
}

void TwinIndexes::tick() {
    if (!unfinished_ || clock_.steady_now() < due_) return;
    const auto all = list();
    const auto next =
        std::find_if(all.begin(), all.end(), [](const State& state) { return state.filled.has_value(); });
    unfinished_ = next != all.end();
    if (!unfinished_) return;
    (void)fill(*next);
    due_ = clock_.steady_now() + between_slices;
}

Outcome<void> TwinIndexes::remove(std::string_view text) {
    const auto there = list();
    const auto found =
        std::find_if(there.begin(), there.end(), [text](const State& state) { return state.path == text; });
    if (found == there.end()) {
        return invalid("'" + base::excerpt(text, 200) +
                       "' has no index; lockhub index list names those there are");
    }
    if (is_table(*found)) {
        for (const char* end : {"+", "-", "*"}) {
            database_.prepare("DROP TRIGGER " + quoted(found->name + end)).start().run();
        }
    }
    database_.prepare((is_table(*found) ? "DROP TABLE " : "DROP INDEX ") + quoted(found->name)).start().run();
    database_.prepare("DELETE FROM twin_indexes WHERE path = ?").start().bind(text).run();
    return {};
}

}  // namespace hub
