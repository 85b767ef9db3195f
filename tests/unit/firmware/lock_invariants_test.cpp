#include "firmware/lock_controller.hpp"

#include <gtest/gtest.h>

#include <random>

namespace firmware {
namespace {

using std::chrono::milliseconds;

constexpr std::array kinds{LockKind::motor_bolt,         LockKind::latching_solenoid,
                           LockKind::fail_secure_strike, LockKind::fail_safe_strike,
                           LockKind::magnetic_lock,      LockKind::solenoid};

// A controller under random input, watched from outside like an installation with a scope on its lines.
class Watched {
  public:
    Watched(LockSettings settings, std::minstd_rand& random) : lock(settings), random_(random) {}

    void act() {
        switch (number(8)) {
            case 0:
            case 1:
                command(number(2) == 0 ? Target::locked : Target::unlocked);
                break;
            case 2:
                said_ = {bit(lock.settings().locked_switch), bit(lock.settings().unlocked_switch)};
                (void)lock.switches(said_, now);
                break;
            case 3:
                closed_ = number(2) == 0;
                (void)lock.door(closed_, now);
                break;
            case 4:
                // Fire and the exit button ask nobody.
                (void)lock.command(Target::unlocked, now, Urgency::at_once);
                break;
            case 5:
                if (number(8) == 0) (void)lock.line_failed(now);
                break;
            default:
                now += milliseconds(number(900));
                while (lock.next_due() && *lock.next_due() <= now)
                    (void)lock.tick(now);
        }
        look();
    }

    // Nothing happens but time, until the movement is over or so long.
    void wait(milliseconds longest) {
        const base::SteadyTime end = now + longest;
        while (lock.moving() && lock.next_due() && *lock.next_due() <= end) {
            now = *lock.next_due();
            (void)lock.tick(now);
            look();
        }
    }

    LockController lock;
    base::SteadyTime now{std::chrono::hours(1)};

  private:
    unsigned number(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }
    std::optional<bool> bit(bool exists) { return exists ? std::optional(number(2) == 0) : std::nullopt; }

    void command(Target target) {
        if (!lock.admits(target, now)) return;
        // What is under power already may stay so when the door opens.
        const bool on_open_door = target == Target::locked && lock.settings().lock_needs_closed_door &&
                                  closed_ != true && lock.drive() != Drive::toward_locked;
        (void)lock.command(target, now);
        if (on_open_door) {
            EXPECT_NE(lock.drive(), Drive::toward_locked) << "thrown on an open door";
        }
    }

    void look() {
        const LockTimings& timings = lock.settings().timings;
        const Drive drive = lock.drive();
        if (drive != before_) {
            const bool reversed =
                keeps_without_power(lock.settings().kind) && before_ != Drive::off && drive != Drive::off;
            EXPECT_FALSE(reversed) << "from one direction to the other without a pause";
            const bool too_soon = keeps_without_power(lock.settings().kind) && drive != Drive::off &&
                                  last_on_ != Drive::off && drive != last_on_ &&
                                  now < off_since_ + timings.dead_time;
            EXPECT_FALSE(too_soon) << "within the dead time";
            if (drive == Drive::off) off_since_ = now;
            if (drive != Drive::off) last_on_ = drive, on_since_ = now;
            before_ = drive;
        }
        if (drive != Drive::off) {
            milliseconds most = timings.max_on;
            if (lock.settings().kind == LockKind::motor_bolt) most = timings.travel;
            if (lock.settings().kind == LockKind::latching_solenoid) most = timings.pulse;
            if (most.count() > 0) {
                EXPECT_LT(now, on_since_ + most) << "under power for too long";
            }
        }
        if (lock.state() == LockState::locked && lock.settings().locked_switch) {
            EXPECT_EQ(said_.locked, true) << "locked was reported without the switch";
        }
        if (lock.state() == LockState::jammed) {
            EXPECT_FALSE(lock.moving());
            EXPECT_EQ(drive, Drive::off);
        }
    }

    std::minstd_rand& random_;
    BoltSwitches said_;
    std::optional<bool> closed_;
    Drive before_ = Drive::off;
    Drive last_on_ = Drive::off;
    base::SteadyTime on_since_;
    base::SteadyTime off_since_;
};

TEST(LockInvariantsTest, HoldForEveryKindUnderRandomInput) {
    constexpr unsigned seed = 20261120;
    std::minstd_rand random(seed);
    for (int run = 0; run < 300; ++run) {
        for (const LockKind kind : kinds) {
            LockSettings settings{.kind = kind,
                                  .timings = {.travel = milliseconds(800), .pause = milliseconds(300)}};
            settings.locked_switch = run % 3 != 0;
            settings.unlocked_switch = run % 2 != 0;
            settings.lock_needs_closed_door = run % 5 == 0;
            if (powered_side(kind) == Target::unlocked && run % 4 != 0) {
                settings.timings.max_on = milliseconds(2000);
                settings.timings.min_off = milliseconds(run % 7 * 100);
            }
            Watched watched(settings, random);
            for (int step = 0; step < 60; ++step)
                watched.act();
            if (::testing::Test::HasFailure())
                FAIL() << "seed " << seed << ", run " << run << ", " << name_of(kind);
        }
    }
}

TEST(LockInvariantsTest, EveryMovementEndsWithoutAnyFurtherInput) {
    std::minstd_rand random(7);
    for (const LockKind kind : kinds) {
        LockSettings settings{.kind = kind, .timings = {.travel = milliseconds(800)}, .locked_switch = true};
        Watched watched(settings, random);
        for (int step = 0; step < 200; ++step) {
            watched.act();
            const auto longest =
                2 * settings.timings.travel + settings.timings.pause + settings.timings.dead_time;
            watched.wait(longest);
            ASSERT_FALSE(watched.lock.moving()) << name_of(kind);
        }
    }
}

}  // namespace
}  // namespace firmware
