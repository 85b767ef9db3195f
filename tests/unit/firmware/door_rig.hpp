#pragma once

#include "firmware/door.hpp"
#include "tests/unit/firmware/fakes.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace firmware {

// A door whose bolt goes where it is driven as soon as the test says so, on a disk that the test turns.
class DoorRig {
  public:
    struct Options {
        LockSettings lock{
            .kind = LockKind::motor_bolt, .timings = {}, .locked_switch = true, .unlocked_switch = true};
        Target resting = Target::unlocked;
        DoorInputs inputs{};
    };

    explicit DoorRig(Options given) : options(given) { restart(); }

    // The process dies; what was durable is there again. The bolt stays where it is.
    void restart() {
        State state;
        std::optional<std::string> durable = store ? store->durable() : std::nullopt;
        if (durable) state = *parse_state(*durable);
        if (store && store->mark()) state.fire = newer(state.fire, *store->mark());
        door.reset();
        store = std::make_unique<FakeStore>(std::move(durable));
        keeper = std::make_unique<StateKeeper>(*store, clock, log, std::move(state));
        drives.clear();
        events.clear();
        door = std::make_unique<Door>(
            options.lock, options.resting, options.inputs, clock, *keeper, log,
            Door::Seams{.drive = [this](Drive drive) { return bring(drive, false); },
                        .drive_at_once = [this](Drive drive) { return bring(drive, true); },
                        .changed = [] {},
                        .event = [this](Event event) { events.push_back(std::move(event)); },
                        .date_is_kept = [this] { return date_is_kept; }});
        door->start();
    }
    void speak() { door->switches({bolt_locked, !bolt_locked}); }
    // The bolt arrives where it is driven.
    void arrive() {
        ASSERT_FALSE(drives.empty());
        bolt_locked = drives.back() == Drive::toward_locked;
        speak();
    }
    void command(Target target, std::optional<std::chrono::milliseconds> time = {}, std::string id = {},
                 std::optional<base::SystemTime> not_after = {}) {
        door->command({.method = target == Target::locked ? "lockDoor" : "unlockDoor",
                       .target = target,
                       .hold_for = time,
                       .command_id = std::move(id),
                       .not_after = not_after},
                      [this](Answer answer) { answers.push_back(std::move(answer)); });
    }
    void pass(std::chrono::milliseconds time) {
        const auto end = clock.steady_now() + time;
        while (door->next_due() && *door->next_due() <= end) {
            clock.advance(std::max(*door->next_due() - clock.steady_now(), base::SteadyTime::duration(0)));
            door->tick();
        }
        clock.advance(end - clock.steady_now());
    }
    [[nodiscard]] unsigned movements() const {
        unsigned count = 0;
        for (const Drive drive : drives)
            count += drive != Drive::off ? 1U : 0U;
        return count;
    }
    [[nodiscard]] std::vector<std::string> event_kinds() const {
        std::vector<std::string> kinds;
        for (const Event& event : events)
            kinds.push_back(event.kind);
        return kinds;
    }

    Options options;
    base::ManualClock clock;
    std::vector<std::string> warned;  // warnings and errors in the log
    base::Log log{base::Level::warning,
                  [this](base::Level, std::string_view line) { warned.emplace_back(line); }};
    std::unique_ptr<FakeStore> store;
    std::unique_ptr<StateKeeper> keeper;
    std::unique_ptr<Door> door;
    std::vector<Drive> drives;
    std::vector<Event> events;
    std::vector<Answer> answers;
    bool bolt_locked = false;
    bool dead = false;  // the line cannot be set
    bool date_is_kept = false;
    bool hurried = false;  // the last drive went past the cool-down

  private:
    base::Result<void> bring(Drive drive, bool at_once) {
        if (dead) return base::Error{base::Errc::io, "dead line"};
        drives.push_back(drive);
        hurried = at_once;
        return {};
    }
};

}  // namespace firmware
