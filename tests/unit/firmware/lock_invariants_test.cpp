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
                if (number(8) != 0) break;
                (void)lock.line_failed(now);
                failed_ = true;
                break;
            default:
                pass(milliseconds(number(2) == 0 ? 900 : 120));
        }
        look();
        failed_ = false;
    }

    // So long, or less: time goes from one thing that is due to the next.
    void pass(milliseconds most) {
        const base::SteadyTime end = now + milliseconds(number(static_cast<unsigned>(most.count())));
        while (lock.next_due() && *lock.next_due() <= end) {
            now = std::max(now, *lock.next_due());
            (void)lock.tick(now);
            look();
        }
        now = end;
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
            if (drive != Drive::off && off_since_) {
                EXPECT_GE(now, *off_since_ + timings.dead_time) << "within the dead time";
            }
            if (drive == Drive::off && !may_be_short()) {
                EXPECT_GE(now, on_since_ + shortest()) << "a pulse that is too short";
            }
            if (drive == Drive::off) off_since_ = now;
            if (drive != Drive::off) on_since_ = now;
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

    [[nodiscard]] milliseconds shortest() const {
        const LockTimings& timings = lock.settings().timings;
        return lock.settings().kind == LockKind::latching_solenoid ? timings.pulse : timings.min_on;
    }
    // What ends a drive, of before_, that has hardly begun.
    [[nodiscard]] bool may_be_short() const {
        const LockSettings& settings = lock.settings();
        const bool lets_out = lock.urgency() == Urgency::at_once && before_ == Drive::toward_locked;
        const bool opened =
            settings.lock_needs_closed_door && closed_ == false && before_ == Drive::toward_locked;
        const auto& end = before_ == Drive::toward_locked ? said_.locked : said_.unlocked;
        const bool at_end = settings.kind == LockKind::motor_bolt && end == true;
        return lets_out || opened || at_end || failed_;
    }

    std::minstd_rand& random_;
    BoltSwitches said_;
    std::optional<bool> closed_;
    Drive before_ = Drive::off;
    base::SteadyTime on_since_;
    std::optional<base::SteadyTime> off_since_;
    bool failed_ = false;
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
            const auto longest = 2 * settings.timings.travel + settings.timings.pause +
                                 settings.timings.dead_time + settings.timings.min_on;
            watched.wait(longest);
            ASSERT_FALSE(watched.lock.moving()) << name_of(kind);
        }
    }
}

}  // namespace
}  // namespace firmware
