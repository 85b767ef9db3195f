#include "firmware/door.hpp"
#include "firmware/remembered.hpp"
#include "tests/unit/firmware/fakes.hpp"
#include "tests/unit/firmware/power_cut_disk.hpp"
#include "tests/unit/firmware/stepped_store.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace firmware {
namespace {

// What happens at a door: the loop is found whole at each start.
enum class Act { fire, whole, reset, fill_disk, free_disk, restart };

const std::vector<Act>& story() {
    static const std::vector<Act> acts{
        Act::fire,    Act::whole,     Act::restart, Act::reset, Act::restart, Act::fill_disk,
        Act::fire,    Act::whole,     Act::restart, Act::reset, Act::restart, Act::fire,
        Act::whole,   Act::free_disk, Act::restart, Act::reset, Act::fire,    Act::fill_disk,
        Act::restart, Act::reset,     Act::restart};
    return acts;
}

// A door with a fire loop on a disk that fills up and loses power; the classes are those of doorlockd.
class FireWorld {
  public:
    explicit FireWorld(SteppedStore::Deaf deaf) : deaf_(deaf) {}

    void start() {
        process_.reset();
        process_ = std::make_unique<Process>(*this);
        Door& door = process_->door;
        door.start();
        const bool latched = door.fire_latched();
        if (disk.powered() && !between_.contains(latched))
            violations.insert(latched ? "an alarm that was reset is latched" : "an alarm is forgotten");
        if (disk.powered()) between_ = {latched};
        door.switches({false, true});
        door.fire_loop(false);
        door.fire_reset(false);
        settle();
    }
    void perform(Act act) {
        Door& door = process_->door;
        switch (act) {
            case Act::fill_disk:
                return disk.fill(true);
            case Act::free_disk:
                return disk.fill(false);
            case Act::restart:
                return start();
            case Act::whole:
                return door.fire_loop(false);
            case Act::fire:
                door.fire_loop(true);
                break;
            case Act::reset:
                door.fire_loop(false);
                door.fire_reset(true);
                door.fire_reset(false);
                break;
        }
        // Until it is durable, the door may come back with either.
        between_.insert(door.fire_latched());
        settle();
        if (disk.powered()) between_ = {door.fire_latched()};
    }

    PowerCutDisk disk;
    std::set<std::string> violations;

  private:
    struct Process {
        explicit Process(FireWorld& world)
            : file(world.disk, "/state"),
              fire_file(world.disk, "/state"),
              telemetry_file(world.disk, "/state"),
              store(file, fire_file, world.deaf_),
              keeper(store, world.clock_, log, remember(file, fire_file, telemetry_file, true, log).state),
              door({.kind = LockKind::motor_bolt,
                    .timings = {},
                    .locked_switch = true,
                    .unlocked_switch = true},
                   Target::locked, {.contact = false, .fire = true, .tamper = false}, world.clock_, keeper,
                   log, {.drive = [](Drive) { return base::Result<void>(); }, .changed = [] {}}) {}

        base::Log log = silent_log();
        StateFile file;
        FireMarkFile fire_file;
        TelemetryFile telemetry_file;
        SteppedStore store;
        StateKeeper keeper;
        Door door;
    };

    void settle() {
        while (disk.powered() && process_->store.busy()) {
            const auto [done, saved] = process_->store.work();
            if (disk.powered()) done(saved);
        }
    }

    SteppedStore::Deaf deaf_;
    base::ManualClock clock_;
    std::unique_ptr<Process> process_;
    std::set<bool> between_{false};  // what a restart may find
};

std::set<std::string> violations(unsigned cut, Loss loss, SteppedStore::Deaf deaf = {}) {
    FireWorld world(deaf);
    world.disk.cut_at(cut, loss);
    world.start();
    const auto come_back = [&world] {
        if (world.disk.powered()) return;
        world.disk.restore_power();
        world.start();
    };
    come_back();
    for (const Act act : story()) {
        world.perform(act);
        come_back();
    }
    return world.violations;
}

unsigned operations() {
    FireWorld world({});
    world.start();
    for (const Act act : story())
        world.perform(act);
    return world.disk.operations();
}

TEST(PowerCutFireTest, NeitherAFullDiskNorAPowerCutForgetsAnAlarmOrBringsOneBack) {
    EXPECT_EQ(violations(0, Loss::everything), std::set<std::string>()) << "killed, on a full disk";
    const unsigned count = operations();
    ASSERT_GT(count, 30U);
    for (unsigned cut = 1; cut <= count; ++cut) {
        for (const Loss loss : losses) {
            EXPECT_EQ(violations(cut, loss), std::set<std::string>())
                << "operation " << cut << ", loss " << static_cast<int>(loss);
        }
    }
}

TEST(PowerCutFireTest, WouldFindAMarkThatIsNotWritten) {
    EXPECT_EQ(violations(0, Loss::everything, {.marks = true}),
              (std::set<std::string>{"an alarm is forgotten", "an alarm that was reset is latched"}));
}

}  // namespace
}  // namespace firmware
