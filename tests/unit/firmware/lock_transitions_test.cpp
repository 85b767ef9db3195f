#include "firmware/lock_controller.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// The whole transition table of the controller, for every kind of actuator. Every state that can be reached
// is reached, every event is given to it there, and what comes of it is compared with lock_transitions.txt: a
// transition that the table does not have fails, and so does a row of the table that nothing exercises.

namespace firmware {
namespace {

using std::chrono::milliseconds;

constexpr std::array kinds{LockKind::motor_bolt,         LockKind::latching_solenoid,
                           LockKind::fail_secure_strike, LockKind::fail_safe_strike,
                           LockKind::magnetic_lock,      LockKind::solenoid};

LockSettings settings_of(LockKind kind) {
    LockSettings settings{.kind = kind,
                          .timings = {.travel = milliseconds(1000),
                                      .pulse = milliseconds(50),
                                      .pause = milliseconds(500),
                                      .dead_time = milliseconds(100)},
                          .locked_switch = true,
                          .unlocked_switch = true,
                          .lock_needs_closed_door = true};
    if (kind == LockKind::fail_secure_strike || kind == LockKind::solenoid) {
        settings.timings.max_on = milliseconds(3000);
        settings.timings.min_off = milliseconds(700);
    }
    return settings;
}

// A controller, the time it is, and what its switches say.
struct Bench {
    explicit Bench(LockKind kind) : lock(settings_of(kind)) {}

    LockController lock;
    base::SteadyTime now{std::chrono::hours(1)};
    std::string bolt = "?";

    void say(std::string_view where, std::optional<Settled>& settled) {
        bolt = where;
        settled = lock.switches({where == "locked", where == "unlocked"}, now);
    }
    // As the table names it: where the switches say that the bolt is, what the controller makes of it, which
    // line is on; and, where it decides what comes next, what the actuator has to wait for.
    [[nodiscard]] std::string state() const {
        std::string text = "at:" + bolt + " " + std::string(name_of(lock.state()));
        if (lock.attempt() > 0) text += "/" + std::to_string(lock.attempt());
        if (lock.waiting()) text += "/waits";
        text += " " + std::string(name_of(lock.drive()));
        if (fresh()) text += " fresh";
        if (!lock.moving() && rests_for() > milliseconds(0)) text += " rests";
        return text;
    }

  private:
    // The drive has not been on for its shortest time: seen on a copy that is to go the other way.
    [[nodiscard]] bool fresh() const {
        if (lock.drive() == Drive::off) return false;
        LockController copy = lock;
        (void)copy.command(lock.drive() == Drive::toward_locked ? Target::unlocked : Target::locked, now);
        return copy.drive() == lock.drive();
    }
    // How long a command to some side would have to wait: seen on a copy that is given it.
    [[nodiscard]] milliseconds rests_for() const {
        milliseconds most{0};
        for (const Target target : {Target::locked, Target::unlocked}) {
            LockController copy = lock;
            (void)copy.command(target, now);
            if (copy.waiting())
                most = std::max(most, std::chrono::ceil<milliseconds>(*copy.next_due() - now));
        }
        return most;
    }
};

struct Event {
    const char* name;
    std::function<void(Bench&, std::optional<Settled>&)> give;
};

const std::vector<Event>& events() {
    static const std::vector<Event> all{
        {"lock", [](Bench& b, auto& s) { s = b.lock.command(Target::locked, b.now); }},
        {"unlock", [](Bench& b, auto& s) { s = b.lock.command(Target::unlocked, b.now); }},
        {"release", [](Bench& b, auto& s) { s = b.lock.command(Target::unlocked, b.now, Urgency::at_once); }},
        {"says-locked", [](Bench& b, auto& s) { b.say("locked", s); }},
        {"says-unlocked", [](Bench& b, auto& s) { b.say("unlocked", s); }},
        {"says-between", [](Bench& b, auto& s) { b.say("between", s); }},
        {"door-opens", [](Bench& b, auto& s) { s = b.lock.door(false, b.now); }},
        {"door-closes", [](Bench& b, auto& s) { s = b.lock.door(true, b.now); }},
        {"line-fails", [](Bench& b, auto& s) { s = b.lock.line_failed(b.now); }},
        {"moment",
         [](Bench& b, auto& s) {
             // As long as a drive lasts at least, or to what is due before.
             b.now = std::min(b.now + b.lock.settings().timings.min_on,
                              b.lock.next_due().value_or(base::SteadyTime::max()));
             s = b.lock.tick(b.now);
         }},
        {"time",
         [](Bench& b, auto& s) {
             // To what is due next; without that, until everything has cooled down.
             b.now = b.lock.next_due() ? *b.lock.next_due() : b.now + std::chrono::minutes(1);
             s = b.lock.tick(b.now);
         }},
    };
    return all;
}

using Table = std::map<std::string, std::set<std::string>>;  // "kind | state | event" to what comes of it

std::string outcome(const Bench& bench, const std::optional<Settled>& settled) {
    std::string text = bench.state();
    if (settled)
        text += ", " + std::string(name_of(settled->target)) + " " + std::string(name_of(settled->how));
    return text;
}

// Breadth first, with one representative for each state and for each time that is left in it.
Table explore(LockKind kind) {
    Table table;
    std::set<std::string> seen;
    std::deque<Bench> open{Bench(kind)};
    while (!open.empty()) {
        const Bench bench = open.front();
        open.pop_front();
        for (const Event& event : events()) {
            Bench next = bench;
            std::optional<Settled> settled;
            event.give(next, settled);
            table[std::string(name_of(kind)) + " | " + bench.state() + " | " + event.name].insert(
                outcome(next, settled));
            const auto left = next.lock.next_due() ? (*next.lock.next_due() - next.now).count() : -1;
            if (seen.insert(next.state() + " " + std::to_string(left)).second) open.push_back(next);
        }
        if (seen.size() > 5000) {
            ADD_FAILURE() << name_of(kind) << " has too many states";
            break;
        }
    }
    return table;
}

// [kind, kind]
// state
//   event: what comes of it      "=" is the same state as before, and nothing settled
Table expected() {
    std::ifstream file(LOCK_TRANSITIONS);
    EXPECT_TRUE(file) << LOCK_TRANSITIONS;
    Table table;
    std::vector<std::string> of;
    std::string state;
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(": ");
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '[') {
            of.clear();
            std::istringstream names(line.substr(1, line.size() - 2));
            for (std::string name; names >> name;)
                of.push_back(name);
        } else if (!line.starts_with("  ")) {
            state = line;
        } else if (colon == std::string::npos) {
            ADD_FAILURE() << "no transition: " << line;
        } else {
            const std::string to = line.substr(colon + 2);
            for (const std::string& kind : of)
                table[kind + " | " + state + " | " + line.substr(2, colon - 2)].insert(to == "=" ? state
                                                                                                 : to);
        }
    }
    return table;
}

// The same the other way round, for a change that was meant: read the difference before it is committed.
void write(const std::map<LockKind, Table>& tables, const char* path) {
    std::map<std::string, std::string> kinds_of;  // by what is written of them
    for (const auto& [kind, table] : tables) {
        std::string text;
        std::string state;
        for (const auto& [from, tos] : table) {
            const auto first = from.find(" | ") + 3;
            const auto second = from.rfind(" | ");
            if (from.substr(first, second - first) != state) {
                state = from.substr(first, second - first);
                text += state + "\n";
            }
            for (const std::string& to : tos)
                text += "  " + from.substr(second + 3) + ": " + (to == state ? "=" : to) + "\n";
        }
        std::string& names = kinds_of[text];
        names += (names.empty() ? "" : " ") + std::string(name_of(kind));
    }
    std::ofstream out(path);
    for (const auto& [text, names] : kinds_of)
        out << "[" << names << "]\n" << text << '\n';
}

std::vector<std::string> rows(const Table& table) {
    std::vector<std::string> rows;
    for (const auto& [from, tos] : table) {
        for (const std::string& to : tos)
            rows.push_back(from + " -> " + to);
    }
    return rows;
}

TEST(LockTransitionsTest, AreThoseOfTheTableAndAllOfThemAreExercised) {
    Table exercised;
    std::map<LockKind, Table> by_kind;
    for (const LockKind kind : kinds) {
        by_kind[kind] = explore(kind);
        exercised.insert(by_kind[kind].begin(), by_kind[kind].end());
    }
    if (const char* path = std::getenv("WRITE_LOCK_TRANSITIONS")) write(by_kind, path);
    const Table table = expected();
    for (const std::string& row : rows(exercised)) {
        const auto known = table.find(row.substr(0, row.find(" -> ")));
        const bool there = known != table.end() && known->second.contains(row.substr(row.find(" -> ") + 4));
        EXPECT_TRUE(there) << "not in the table: " << row;
    }
    for (const std::string& row : rows(table)) {
        const auto done = exercised.find(row.substr(0, row.find(" -> ")));
        const bool there = done != exercised.end() && done->second.contains(row.substr(row.find(" -> ") + 4));
        EXPECT_TRUE(there) << "no test exercises it: " << row;
    }
}

TEST(LockTransitionsTest, HaveARowForEveryKindStateAndEvent) {
    const Table table = expected();
    std::set<std::string> states;  // "kind | state"
    for (const auto& [from, tos] : table)
        states.insert(from.substr(0, from.rfind(" | ")));
    for (const std::string& state : states) {
        for (const Event& event : events())
            EXPECT_TRUE(table.contains(state + " | " + event.name)) << state << " | " << event.name;
    }
    for (const LockKind kind : kinds) {
        for (const LockState state : {LockState::unknown, LockState::locked, LockState::locking,
                                      LockState::unlocked, LockState::unlocking, LockState::jammed}) {
            const std::string name = " " + std::string(name_of(state));
            const bool reached = std::any_of(states.begin(), states.end(), [&](const std::string& known) {
                return known.starts_with(name_of(kind)) && known.find(name) != std::string::npos;
            });
            EXPECT_TRUE(reached) << name_of(kind) << " is never" << name;
        }
    }
}

// What the table must not have, whatever else it says.
TEST(LockTransitionsTest, NeverTurnADriveRoundNorLockWithoutTheSwitch) {
    for (const std::string& row : rows(expected())) {
        const std::string from = row.substr(0, row.find(" -> "));
        const std::string to = row.substr(row.find(" -> ") + 4);
        const auto drives = [](const std::string& text, const char* way) {
            return text.find(way) != std::string::npos;
        };
        const bool turned = (drives(from, " toward_locked") && drives(to, " toward_unlocked")) ||
                            (drives(from, " toward_unlocked") && drives(to, " toward_locked"));
        EXPECT_FALSE(turned) << row;
        if (to.find(" locked ") < to.find(',')) {
            EXPECT_TRUE(to.starts_with("at:locked")) << row;
        }
        if (to.find("locked reached") != std::string::npos &&
            to.find("unlocked reached") == std::string::npos) {
            EXPECT_TRUE(to.starts_with("at:locked")) << row;
        }
        if (to.find(" jammed ") < to.find(',')) {
            EXPECT_TRUE(drives(to, " jammed off")) << row;
        }
        if (from.ends_with("door-opens")) {
            EXPECT_EQ(to.find(" locking"), std::string::npos) << row;
        }
    }
}

}  // namespace
}  // namespace firmware
