#pragma once

#include "firmware/bolt.hpp"
#include "firmware/config.hpp"
#include "firmware/door.hpp"
#include "hal/mock/wiring.hpp"
#include "tests/unit/firmware/fakes.hpp"

#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace firmware {

// A whole door on simulated wiring, under random hands: commands, people, faults, time, restarts and power
// cuts, with somebody who looks at it after every step. Time and disk move when it says so.
class DoorWorld {
  public:
    // A mistake that is made on purpose: whoever looks has to see it.
    enum class Mutant {
        none,
        forgets_the_shortest_time_on,
        forgets_the_dead_time,
        forgets_a_held_exit_button,
    };
    // `lock` and `rest` are sections of a configuration. The seed decides everything.
    DoorWorld(const std::string& lock, const std::string& rest, unsigned seed, Mutant mutant = Mutant::none);
    DoorWorld(const DoorWorld&) = delete;
    DoorWorld& operator=(const DoorWorld&) = delete;
    ~DoorWorld();

    void step();
    // What was seen that must never be, each with what was done before; empty: nothing.
    [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
    // What has happened at all: a test that never sees a fire proves nothing about fires.
    [[nodiscard]] const std::set<std::string>& seen() const { return seen_; }

  private:
    struct Process;
    class Guarded;

    [[nodiscard]] unsigned number(unsigned below) {
        return std::uniform_int_distribution<unsigned>(0, below - 1)(random_);
    }
    void act();
    void people();
    void faults();
    void hand(const std::string& command);
    void order();
    void restart(bool power_cut);
    void start();
    void pass(std::chrono::nanoseconds time);
    void be_quiet();
    [[nodiscard]] base::Result<void> drive(Drive drive, Urgency urgency);
    void loop(bool open);
    void key(bool turned);
    void look();
    [[nodiscard]] LockSettings lock_as_mutated() const;
    [[nodiscard]] bool exit_is_held();
    [[nodiscard]] bool throws(Drive wanted);
    void check_pulse(Drive wanted, Urgency urgency);
    void breaks(const std::string& rule);

    base::ManualClock clock_;
    std::minstd_rand random_;
    Config config_;
    Mutant mutant_;
    hal::Wiring wiring_{clock_};
    std::unique_ptr<FakeStore> store_;
    std::unique_ptr<Process> process_;

    // What ought to be, as somebody sees it from outside.
    bool fire_ = false;
    std::optional<bool> loop_open_;
    std::optional<bool> key_turned_;
    Drive drive_ = Drive::off;
    base::SteadyTime on_since_;
    std::optional<base::SteadyTime> off_since_;  // in this life
    unsigned drives_ = 0;
    unsigned waiting_ = 0;  // commands without an answer, of this life
    unsigned last_id_ = 0;
    std::set<std::string> moved_;  // commandIds that have moved the bolt
    std::string history_;
    std::vector<std::string> broken_;
    std::set<std::string> seen_;
};

}  // namespace firmware
