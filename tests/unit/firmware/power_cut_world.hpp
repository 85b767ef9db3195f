#pragma once

#include "firmware/door.hpp"
#include "firmware/state_file.hpp"
#include "firmware/state_keeper.hpp"
#include "firmware/twin.hpp"
#include "tests/unit/firmware/power_cut_disk.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace firmware {

// What a hub sends in one step of a script: commands at the same time, a change of desired properties, or
// nothing for a while.
struct PowerCutStep {
    struct Order {
        Target target = Target::locked;
        std::string id;  // empty: without commandId
        std::optional<std::chrono::milliseconds> hold_for;
    };
    std::vector<Order> orders{};
    std::string desired{};  // JSON; empty: none
    std::chrono::milliseconds pass{0};
};

// What differs between the runs of a script.
struct PowerCutVariant {
    bool switches = false;     // the bolt has end switches
    bool slow_disk = false;    // the bolt is there before the disk has done anything
    bool deaf_store = false;   // a mutation: says that a text is durable and writes nothing
    bool hasty_store = false;  // a mutation: says so before it writes
    PowerCutDisk::Lies lies{};
};

// A door whose power can go at every operation of its disk, and the hub that remembers what it was told. The
// classes are those of doorlockd, on one thread.
class PowerCutWorld {
  public:
    explicit PowerCutWorld(PowerCutVariant variant);
    ~PowerCutWorld();
    PowerCutWorld(const PowerCutWorld&) = delete;
    PowerCutWorld& operator=(const PowerCutWorld&) = delete;

    // The process starts and does what it does by itself.
    void start();
    // One step, until nothing moves any more or the power is gone.
    void run(const PowerCutStep& step);
    // After the power came back and start(): compares with what the hub was told, sends the twin and repeats
    // every command so far under its commandId.
    void verify();

    PowerCutDisk disk;
    // What must not have happened, each as a sentence.
    [[nodiscard]] const std::set<std::string>& violations() const { return violations_; }

  private:
    struct Process;
    struct Sent {
        PowerCutStep::Order order;
        std::optional<Answer> answer;
    };

    void settle();
    void note_acknowledged();
    void send(std::size_t index);
    void check_answer(Sent& sent, const Answer& answer);
    void fetch_twin();
    void check_properties();
    void check_hold();
    void violated(const std::string& what) { violations_.insert(what); }
    base::Result<void> drive(Drive drive);

    PowerCutVariant variant_;
    LockSettings settings_;
    base::ManualClock clock_;
    std::unique_ptr<Process> process_;
    std::optional<Target> bolt_;

    std::vector<Sent> sent_;
    std::vector<std::size_t> under_way_;      // of sent_: to these a movement belongs
    std::map<std::string, unsigned> pulses_;  // by commandId
    base::Json desired_ = base::Json::object();
    std::int64_t desired_version_ = 1;
    std::map<std::string, std::string> acknowledged_;         // property: value
    std::map<std::string, std::set<std::string>> requested_;  // and not acknowledged
    std::set<std::string> violations_;
};

}  // namespace firmware
