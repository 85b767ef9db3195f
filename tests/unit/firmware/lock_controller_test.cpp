#include "firmware/lock_controller.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

using std::chrono::milliseconds;

constexpr Settled locked_now{Target::locked, Settlement::reached};
constexpr Settled unlocked_now{Target::unlocked, Settlement::reached};

// A lock on a bench: time passes when the test says so.
class Bench {
  public:
    explicit Bench(const LockSettings& settings) : lock(settings) {}

    std::optional<Settled> command(Target target) { return lock.command(target, now); }
    std::optional<Settled> say(std::optional<bool> locked, std::optional<bool> unlocked) {
        return lock.switches({locked, unlocked}, now);
    }
    // Ticks at every due time on the way; the last thing that settled.
    std::optional<Settled> pass(milliseconds time) {
        const base::SteadyTime end = now + time;
        std::optional<Settled> settled;
        while (lock.next_due() && *lock.next_due() <= end) {
            now = std::max(now, *lock.next_due());
            if (const auto step = lock.tick(now)) settled = step;
        }
        now = end;
        return settled;
    }

    LockController lock;
    base::SteadyTime now{std::chrono::hours(1)};
};

LockSettings motor() {
    return {.kind = LockKind::motor_bolt, .timings = {}, .locked_switch = true, .unlocked_switch = true};
}

class MotorBoltTest : public ::testing::Test {
  protected:
    MotorBoltTest() : bench(motor()) { (void)bench.say(false, true); }
    Bench bench;
    LockController& lock = bench.lock;
};

TEST(MotorBoltStartTest, KnowsNothingBeforeBothSwitchesHaveSpoken) {
    Bench bench(motor());
    EXPECT_EQ(bench.lock.state(), LockState::unknown);
    EXPECT_FALSE(bench.lock.knows());
    (void)bench.say(false, std::nullopt);
    EXPECT_EQ(bench.lock.state(), LockState::unknown);
    (void)bench.say(false, true);
    EXPECT_EQ(bench.lock.state(), LockState::unlocked);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
}

TEST_F(MotorBoltTest, DrivesUntilTheSwitchAgreesAndStopsThere) {
    EXPECT_EQ(bench.command(Target::locked), std::nullopt);
    EXPECT_EQ(lock.state(), LockState::locking);
    EXPECT_EQ(lock.drive(), Drive::toward_locked);
    EXPECT_EQ(bench.say(false, false), std::nullopt);
    EXPECT_EQ(bench.say(true, false), locked_now);
    EXPECT_EQ(lock.state(), LockState::locked);
    EXPECT_EQ(lock.drive(), Drive::off);
    EXPECT_EQ(lock.next_due(), std::nullopt);
}

TEST_F(MotorBoltTest, DoesNotMoveABoltThatIsThereAlready) {
    EXPECT_EQ(bench.command(Target::unlocked), unlocked_now);
    EXPECT_EQ(lock.drive(), Drive::off);
}

TEST_F(MotorBoltTest, TriesOnceMoreAfterAPauseAndIsThenJammed) {
    (void)bench.command(Target::locked);
    EXPECT_EQ(bench.pass(milliseconds(3000)), std::nullopt);
    EXPECT_EQ(lock.drive(), Drive::off);
    EXPECT_EQ(lock.state(), LockState::locking);
    EXPECT_EQ(bench.pass(milliseconds(2000)), std::nullopt);
    EXPECT_EQ(lock.drive(), Drive::toward_locked);
    EXPECT_EQ(bench.pass(milliseconds(3000)), (Settled{Target::locked, Settlement::jammed}));
    EXPECT_EQ(lock.state(), LockState::jammed);
    EXPECT_EQ(lock.drive(), Drive::off);
    EXPECT_EQ(bench.pass(std::chrono::hours(1)), std::nullopt);
}

TEST_F(MotorBoltTest, ArrivesInTheSecondAttempt) {
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(5500));
    EXPECT_EQ(bench.say(true, false), locked_now);
}

TEST_F(MotorBoltTest, LeavesTheJamWithTheNextCommand) {
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(8000));
    EXPECT_EQ(bench.command(Target::unlocked), unlocked_now);
    EXPECT_EQ(lock.state(), LockState::unlocked);
}

TEST_F(MotorBoltTest, LeavesTheJamWhenSomebodyMovesTheBolt) {
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(8000));
    (void)bench.say(false, false);
    EXPECT_EQ(lock.state(), LockState::jammed);
    (void)bench.say(true, false);
    EXPECT_EQ(lock.state(), LockState::locked);
}

TEST_F(MotorBoltTest, JoinsACommandForTheSameWay) {
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(1000));
    const auto due = lock.next_due();
    EXPECT_EQ(bench.command(Target::locked), std::nullopt);
    EXPECT_EQ(lock.next_due(), due);
}

TEST_F(MotorBoltTest, TurnsRoundAfterTheDeadTime) {
    (void)bench.command(Target::locked);
    (void)bench.say(false, false);
    (void)bench.pass(milliseconds(500));
    EXPECT_EQ(bench.command(Target::unlocked), std::nullopt);
    EXPECT_EQ(lock.drive(), Drive::off);
    EXPECT_EQ(lock.state(), LockState::unlocking);
    (void)bench.pass(milliseconds(99));
    EXPECT_EQ(lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(lock.drive(), Drive::toward_unlocked);
    EXPECT_EQ(bench.say(false, true), unlocked_now);
}

TEST_F(MotorBoltTest, BelievesASwitchThatItMayBeLeavingOnlyAfterTheDeadTime) {
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(100));
    EXPECT_EQ(bench.command(Target::unlocked), std::nullopt);
    EXPECT_EQ(bench.pass(milliseconds(100)), unlocked_now);
    EXPECT_EQ(lock.drive(), Drive::off);
}

TEST_F(MotorBoltTest, LeavesADriveOnForItsShortestTimeBeforeItTurnsRound) {
    (void)bench.command(Target::locked);
    (void)bench.say(false, false);
    (void)bench.pass(milliseconds(30));
    EXPECT_EQ(bench.command(Target::unlocked), std::nullopt);
    EXPECT_EQ(lock.state(), LockState::unlocking);
    EXPECT_EQ(lock.drive(), Drive::toward_locked);
    (void)bench.pass(milliseconds(69));
    EXPECT_EQ(lock.drive(), Drive::toward_locked);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(100));
    EXPECT_EQ(lock.drive(), Drive::toward_unlocked);
}

TEST_F(MotorBoltTest, GoesOnWhenItIsTurnedBackToTheDriveThatIsStillOn) {
    (void)bench.command(Target::locked);
    (void)bench.say(false, false);
    (void)bench.pass(milliseconds(30));
    (void)bench.command(Target::unlocked);
    (void)bench.pass(milliseconds(30));
    EXPECT_EQ(bench.command(Target::locked), std::nullopt);
    EXPECT_EQ(lock.drive(), Drive::toward_locked);
    (void)bench.pass(milliseconds(2939));
    EXPECT_EQ(lock.drive(), Drive::toward_locked);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(lock.drive(), Drive::off) << "its travel counts from when it went on";
}

TEST_F(MotorBoltTest, RestsForTheDeadTimeBeforeTheSameWayToo) {
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(500));
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(lock.drive(), Drive::off);
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(99));
    EXPECT_EQ(lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(lock.drive(), Drive::toward_locked);
}

TEST_F(MotorBoltTest, StopsAtItsEndThoughItHasNotBeenOnForLong) {
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(30));
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.say(true, false), std::nullopt);
    EXPECT_EQ(lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(100));
    EXPECT_EQ(lock.drive(), Drive::toward_unlocked);
}

TEST_F(MotorBoltTest, KeepsNobodyInsideForTheShortestTimeOfADrive) {
    (void)bench.command(Target::locked);
    (void)bench.say(false, false);
    (void)lock.command(Target::unlocked, bench.now, Urgency::at_once);
    EXPECT_EQ(lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(99));
    EXPECT_EQ(lock.drive(), Drive::off) << "the dead time stands";
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(lock.drive(), Drive::toward_unlocked);
}

TEST_F(MotorBoltTest, CountsTheDeadTimeFromWhenTheLineIsKnownToBeOff) {
    (void)bench.command(Target::locked);
    (void)bench.say(false, false);
    (void)bench.pass(milliseconds(500));
    (void)bench.command(Target::unlocked);
    lock.driven(bench.now + milliseconds(40));  // setting it took so long
    (void)bench.pass(milliseconds(139));
    EXPECT_EQ(lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(lock.drive(), Drive::toward_unlocked);
}

TEST_F(MotorBoltTest, DoesNotBelieveSwitchesThatContradictEachOther) {
    (void)bench.command(Target::locked);
    EXPECT_EQ(bench.say(true, true), std::nullopt);
    EXPECT_EQ(bench.pass(milliseconds(8000)), (Settled{Target::locked, Settlement::jammed}));
}

TEST_F(MotorBoltTest, FollowsAKeyThatTurnsTheBolt) {
    (void)bench.say(false, false);
    EXPECT_EQ(lock.state(), LockState::unknown);
    (void)bench.say(true, false);
    EXPECT_EQ(lock.state(), LockState::locked);
    EXPECT_FALSE(lock.assumed());
}

TEST_F(MotorBoltTest, EndsTheMovementWhenTheLineIsDead) {
    (void)bench.command(Target::locked);
    EXPECT_EQ(lock.line_failed(bench.now), (Settled{Target::locked, Settlement::dead_line}));
    EXPECT_EQ(lock.drive(), Drive::off);
    EXPECT_EQ(lock.state(), LockState::jammed);
}

TEST(InterlockTest, NeverThrowsTheBoltOnAnOpenDoor) {
    LockSettings settings = motor();
    settings.lock_needs_closed_door = true;
    Bench bench(settings);
    (void)bench.say(false, true);
    EXPECT_EQ(bench.lock.admits(Target::locked, bench.now).error().code, base::Errc::conflict);
    (void)bench.lock.door(false, bench.now);
    EXPECT_EQ(bench.lock.admits(Target::locked, bench.now).error().code, base::Errc::conflict);
    EXPECT_TRUE(bench.lock.admits(Target::unlocked, bench.now));
    (void)bench.lock.door(true, bench.now);
    EXPECT_TRUE(bench.lock.admits(Target::locked, bench.now));
}

TEST(InterlockTest, DrawsTheBoltBackWhenTheDoorIsOpenedUnderIt) {
    LockSettings settings = motor();
    settings.lock_needs_closed_door = true;
    Bench bench(settings);
    (void)bench.say(false, true);
    (void)bench.lock.door(true, bench.now);
    (void)bench.command(Target::locked);
    (void)bench.say(false, false);
    EXPECT_EQ(bench.lock.door(false, bench.now), (Settled{Target::locked, Settlement::stopped}));
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(100));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
    EXPECT_EQ(bench.say(false, true), unlocked_now);
}

TEST(InterlockTest, EndsADriveAtOnceThatWaitsToBeTurnedWhenTheDoorOpensUnderTheBolt) {
    LockSettings settings = motor();
    settings.lock_needs_closed_door = true;
    Bench bench(settings);
    (void)bench.say(false, true);
    (void)bench.lock.door(true, bench.now);
    (void)bench.command(Target::locked);
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
    EXPECT_EQ(bench.lock.door(false, bench.now), std::nullopt);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
}

TEST(DutyTest, RefusesMoreMovementsThanTheLimitAndSaysForHowLong) {
    LockSettings settings = motor();
    settings.timings.duty_operations = 2;
    settings.timings.duty_window = milliseconds(60000);
    Bench bench(settings);
    (void)bench.say(false, true);
    (void)bench.command(Target::locked);
    (void)bench.say(true, false);
    (void)bench.pass(milliseconds(1000));
    (void)bench.command(Target::unlocked);
    (void)bench.say(false, true);
    const auto refused = bench.lock.admits(Target::locked, bench.now);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Errc::busy);
    EXPECT_NE(refused.error().message.find("59s"), std::string::npos) << refused.error().message;
    EXPECT_TRUE(bench.lock.admits(Target::unlocked, bench.now)) << "it is there already";
    (void)bench.pass(milliseconds(59000));
    EXPECT_TRUE(bench.lock.admits(Target::locked, bench.now));
}

TEST(AssumedTest, WaitsForTheTravelTimeWithoutASwitchAndSaysThatItAssumes) {
    LockSettings settings = motor();
    settings.locked_switch = settings.unlocked_switch = false;
    Bench bench(settings);
    EXPECT_EQ(bench.lock.state(), LockState::unknown);
    EXPECT_EQ(bench.command(Target::locked), std::nullopt);
    EXPECT_EQ(bench.pass(milliseconds(2999)), std::nullopt);
    EXPECT_EQ(bench.pass(milliseconds(1)), locked_now);
    EXPECT_TRUE(bench.lock.assumed());
    EXPECT_EQ(bench.lock.drive(), Drive::off);
}

TEST(OneSwitchTest, TakesTheFarSwitchAtItsWordOnlyWhenTheTravelIsOver) {
    LockSettings settings = motor();
    settings.unlocked_switch = false;
    Bench bench(settings);
    (void)bench.say(true, std::nullopt);
    EXPECT_EQ(bench.lock.state(), LockState::locked);
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.say(false, std::nullopt), std::nullopt);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
    EXPECT_EQ(bench.pass(milliseconds(3000)), unlocked_now);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    EXPECT_FALSE(bench.lock.assumed());
}

TEST(LatchingSolenoidTest, GivesAPulseAndAwaitsTheSwitchBehindIt) {
    Bench bench({.kind = LockKind::latching_solenoid,
                 .timings = {.travel = milliseconds(500)},
                 .locked_switch = true});
    (void)bench.say(false, std::nullopt);
    (void)bench.command(Target::locked);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
    (void)bench.pass(milliseconds(50));
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    EXPECT_EQ(bench.lock.state(), LockState::locking);
    EXPECT_EQ(bench.say(true, std::nullopt), locked_now);
}

TEST(LatchingSolenoidTest, FinishesThePulseWhenTheSwitchIsFaster) {
    Bench bench({.kind = LockKind::latching_solenoid,
                 .timings = {.travel = milliseconds(500)},
                 .locked_switch = true});
    (void)bench.say(false, std::nullopt);
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(20));
    EXPECT_EQ(bench.say(true, std::nullopt), locked_now);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
    (void)bench.pass(milliseconds(30));
    EXPECT_EQ(bench.lock.drive(), Drive::off);
}

TEST(LatchingSolenoidTest, FinishesThePulseBeforeItGivesTheOtherOne) {
    Bench bench({.kind = LockKind::latching_solenoid,
                 .timings = {.travel = milliseconds(500)},
                 .locked_switch = true});
    (void)bench.say(false, std::nullopt);
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(10));
    (void)bench.command(Target::unlocked);
    (void)bench.pass(milliseconds(39));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    EXPECT_EQ(bench.pass(milliseconds(100)), std::nullopt);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
}

LockSettings strike(milliseconds max_on = milliseconds(0), milliseconds min_off = milliseconds(0)) {
    return {.kind = LockKind::fail_secure_strike,
            .timings = {.travel = milliseconds(500),
                        .pause = milliseconds(200),
                        .max_on = max_on,
                        .min_off = min_off},
            .locked_switch = true};
}

TEST(FailSecureStrikeTest, IsReleasedByPowerAndLockedByItsAbsence) {
    Bench bench(strike());
    (void)bench.say(true, std::nullopt);
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
    (void)bench.say(false, std::nullopt);
    EXPECT_EQ(bench.pass(milliseconds(500)), unlocked_now);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
    (void)bench.command(Target::locked);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    EXPECT_EQ(bench.say(true, std::nullopt), locked_now);
}

TEST(FailSecureStrikeTest, LocksAgainWhenTheLongestTimeUnderPowerIsOver) {
    Bench bench(strike(milliseconds(5000)));
    (void)bench.say(true, std::nullopt);
    (void)bench.command(Target::unlocked);
    (void)bench.say(false, std::nullopt);
    (void)bench.pass(milliseconds(4999));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    EXPECT_EQ(bench.lock.state(), LockState::locking);
    EXPECT_EQ(bench.say(true, std::nullopt), locked_now);
}

TEST(FailSecureStrikeTest, RefusesDuringTheCoolDownAndWaitsForItIfToldAllTheSame) {
    Bench bench(strike(milliseconds(5000), milliseconds(2000)));
    (void)bench.say(true, std::nullopt);
    (void)bench.command(Target::unlocked);
    (void)bench.say(false, std::nullopt);
    (void)bench.pass(milliseconds(500));
    (void)bench.command(Target::locked);
    (void)bench.say(true, std::nullopt);
    EXPECT_EQ(bench.lock.admits(Target::unlocked, bench.now).error().code, base::Errc::busy);
    EXPECT_TRUE(bench.lock.admits(Target::locked, bench.now));
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(2000));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
}

TEST(FailSecureStrikeTest, StaysUnderPowerAndWithoutItForTheShortestTimesHoweverFastItIsCommanded) {
    Bench bench(strike());
    (void)bench.say(true, std::nullopt);
    (void)bench.command(Target::unlocked);
    (void)bench.command(Target::locked);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
    EXPECT_EQ(bench.lock.state(), LockState::locking);
    (void)bench.pass(milliseconds(99));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
    EXPECT_EQ(bench.pass(milliseconds(1)), locked_now);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    EXPECT_TRUE(bench.lock.admits(Target::unlocked, bench.now)) << "so short a rest is waited for";
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(99));
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_unlocked);
}

TEST(FailSecureStrikeTest, HasReachedWhatItWasTurnedBackToWhenItsLongestTimeIsOver) {
    Bench bench({.kind = LockKind::fail_secure_strike,
                 .timings = {.travel = milliseconds(1000), .max_on = milliseconds(1010)}});
    (void)bench.command(Target::unlocked);
    (void)bench.pass(milliseconds(50));
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(40));
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.pass(milliseconds(920)), unlocked_now);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    EXPECT_EQ(bench.lock.state(), LockState::locking);
}

TEST(FailSecureStrikeTest, IsWithoutPowerWhenJammed) {
    Bench bench(strike());
    (void)bench.say(true, std::nullopt);
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.pass(milliseconds(1200)), (Settled{Target::unlocked, Settlement::jammed}));
    EXPECT_EQ(bench.lock.drive(), Drive::off);
}

class HeldByPowerTest : public ::testing::TestWithParam<LockKind> {};

TEST_P(HeldByPowerTest, IsLockedByPowerForAsLongAsItIsToBeLocked) {
    Bench bench({.kind = GetParam(), .timings = {.travel = milliseconds(500)}, .locked_switch = true});
    (void)bench.say(false, std::nullopt);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    (void)bench.command(Target::locked);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
    EXPECT_EQ(bench.say(true, std::nullopt), locked_now);
    (void)bench.pass(std::chrono::hours(24));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    (void)bench.say(false, std::nullopt);
    EXPECT_EQ(bench.pass(milliseconds(500)), unlocked_now);
}

TEST_P(HeldByPowerTest, RestsBehindPowerThatAnEarlierProcessHadLeft) {
    Bench bench({.kind = GetParam(), .timings = {.travel = milliseconds(500)}, .locked_switch = true});
    (void)bench.say(true, std::nullopt);
    bench.lock.driven(bench.now);
    (void)bench.command(Target::locked);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(100));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
}

TEST_P(HeldByPowerTest, EnergisesWhenToldToEvenIfItStandsLockedWithoutPower) {
    Bench bench({.kind = GetParam(), .timings = {.travel = milliseconds(500)}, .locked_switch = true});
    (void)bench.say(true, std::nullopt);
    EXPECT_EQ(bench.command(Target::locked), locked_now);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
}

TEST_P(HeldByPowerTest, LetsGoAtOnceForWhoHasToGetOutAndRestsBeforeItHoldsAgain) {
    Bench bench({.kind = GetParam(), .timings = {.travel = milliseconds(500)}, .locked_switch = true});
    (void)bench.say(false, std::nullopt);
    (void)bench.command(Target::locked);
    (void)bench.command(Target::unlocked);
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
    (void)bench.lock.command(Target::unlocked, bench.now, Urgency::at_once);
    EXPECT_EQ(bench.lock.drive(), Drive::off) << "also when it waited already";
    (void)bench.command(Target::locked);
    (void)bench.pass(milliseconds(99));
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    (void)bench.pass(milliseconds(1));
    EXPECT_EQ(bench.lock.drive(), Drive::toward_locked);
}

INSTANTIATE_TEST_SUITE_P(Kinds, HeldByPowerTest,
                         ::testing::Values(LockKind::fail_safe_strike, LockKind::magnetic_lock));

TEST(SolenoidTest, IsUnderPowerForItsLongestTimeAndThenRests) {
    Bench bench(
        {.kind = LockKind::solenoid,
         .timings = {
             .travel = milliseconds(200), .max_on = milliseconds(3000), .min_off = milliseconds(10000)}});
    EXPECT_EQ(bench.command(Target::unlocked), std::nullopt);
    EXPECT_EQ(bench.pass(milliseconds(200)), unlocked_now);
    EXPECT_EQ(bench.pass(milliseconds(3000)), locked_now);
    EXPECT_EQ(bench.lock.drive(), Drive::off);
    EXPECT_EQ(bench.lock.admits(Target::unlocked, bench.now).error().code, base::Errc::busy);
    (void)bench.pass(milliseconds(10000));
    EXPECT_TRUE(bench.lock.admits(Target::unlocked, bench.now));
}

}  // namespace
}  // namespace firmware
