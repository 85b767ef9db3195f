#include "firmware/methods.hpp"
#include "tests/unit/firmware/door_rig.hpp"

#include <gmock/gmock.h>

namespace firmware {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

DoorRig::Options with_fire(Target resting = Target::locked) {
    DoorRig::Options options;
    options.resting = resting;
    options.inputs = {.contact = false, .fire = true, .tamper = true};
    return options;
}

// A door that rests locked, and is.
class DoorFireTest : public ::testing::Test {
  protected:
    DoorFireTest() : rig(with_fire()) {
        rig.bolt_locked = true;
        rig.speak();
        rig.door->fire_loop(false);
        rig.door->fire_reset(false);
        rig.store->finish_all();
        rig.events.clear();
    }
    void turn_key() {
        rig.door->fire_reset(true);
        rig.door->fire_reset(false);
    }
    [[nodiscard]] Answer reboot() {
        Methods methods(*rig.door, {}, rig.clock, rig.log, {.status = [](base::Json&) {}, .restart = [] {}});
        Answer got;
        methods.call("reboot", "", [&got](Answer answer) { got = std::move(answer); });
        return got;
    }
    DoorRig rig;
};

TEST_F(DoorFireTest, ReleasesBeforeTheDiskHasSaidAnything) {
    rig.door->fire_loop(true);
    EXPECT_EQ(rig.drives, std::vector{Drive::toward_unlocked});
    EXPECT_TRUE(rig.hurried);
    EXPECT_TRUE(rig.store->busy()) << "the latch is on its way to the disk";
    rig.arrive();
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
    EXPECT_EQ(rig.door->facts().fire, FireState::alarm);
    EXPECT_EQ(rig.door->facts().last_operation->cause, Cause::fire);
    EXPECT_THAT(rig.event_kinds(), ElementsAre("fire", "operation"));
}

TEST_F(DoorFireTest, EndsCommandsAndHoldsAndNamesItself) {
    rig.command(Target::unlocked, minutes(10));
    rig.arrive();
    rig.store->finish_all();
    rig.pass(seconds(1));
    rig.command(Target::locked, minutes(10));
    rig.bolt_locked = false;
    rig.door->switches({false, false});
    rig.door->fire_loop(true);
    ASSERT_EQ(rig.answers.size(), 1U) << "the answer waits for what was written";
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_EQ(rig.answers[1].status, 409);
    EXPECT_THAT(rig.answers[1].body, HasSubstr("fire"));
    EXPECT_EQ(rig.door->facts().hold, std::nullopt);
    EXPECT_EQ(rig.drives.back(), Drive::off) << "the dead time stands";
    rig.pass(milliseconds(100));
    EXPECT_EQ(rig.drives.back(), Drive::toward_unlocked);
}

TEST_F(DoorFireTest, RefusesToLockAndAnswersUnlockWith200) {
    rig.door->fire_loop(true);
    rig.arrive();
    rig.command(Target::locked);
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 409);
    EXPECT_THAT(rig.answers[0].body, HasSubstr("fire"));
    rig.drives.clear();
    rig.command(Target::unlocked, seconds(5));
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_EQ(rig.answers[1].status, 200);
    rig.pass(hours(1));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked) << "no hold began that could end";
    EXPECT_TRUE(rig.drives.empty());
}

TEST_F(DoorFireTest, RefusesACommandWhoseIntentWasStillOnItsWayToTheDisk) {
    rig.command(Target::locked, {}, "late");
    rig.door->fire_loop(true);
    rig.arrive();
    rig.drives.clear();
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 409);
    EXPECT_TRUE(rig.drives.empty());
}

TEST_F(DoorFireTest, AnswersAnUnlockWhoseIntentWasStillOnItsWayToTheDiskWith200) {
    rig.command(Target::unlocked, minutes(1), "late");
    rig.door->fire_loop(true);
    rig.arrive();
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 200);
    EXPECT_EQ(rig.door->facts().hold, std::nullopt);
}

TEST_F(DoorFireTest, IsClearedOnlyByAWholeLoopAndThenTheKey) {
    rig.door->fire_loop(true);
    rig.arrive();
    turn_key();
    EXPECT_TRUE(rig.door->fire_latched());
    rig.door->fire_loop(false);
    EXPECT_EQ(rig.door->facts().fire, FireState::latched);
    rig.pass(hours(24));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
    rig.events.clear();
    turn_key();
    EXPECT_EQ(rig.door->facts().fire, FireState::clear);
    EXPECT_EQ(rig.event_kinds().front(), "fire_reset");
    EXPECT_EQ(rig.door->facts().lock, LockState::locking) << "back to the resting state";
    rig.store->finish_all();
    EXPECT_FALSE(parse_state(*rig.store->durable())->fire.latched);
}

TEST_F(DoorFireTest, SurvivesARestartAndReleasesBeforeAnySwitchHasSpoken) {
    rig.door->fire_loop(true);
    rig.store->finish_all();
    rig.restart();
    EXPECT_EQ(rig.drives, std::vector{Drive::toward_unlocked});
    rig.arrive();
    rig.door->fire_loop(false);
    EXPECT_EQ(rig.door->facts().fire, FireState::latched);
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
    rig.command(Target::locked);
    EXPECT_EQ(rig.answers.back().status, 409);
}

TEST_F(DoorFireTest, IsSeenByTheOpenLoopAfterAPowerCutThatCameBeforeTheLatchWasSaved) {
    rig.door->fire_loop(true);
    rig.arrive();
    rig.restart();
    EXPECT_FALSE(rig.door->fire_latched());
    rig.speak();
    EXPECT_TRUE(rig.drives.empty()) << "nothing is locked before the loop has spoken";
    EXPECT_TRUE(rig.door->undecided());
    rig.command(Target::locked);
    EXPECT_EQ(rig.answers.back().status, 409);
    rig.door->fire_loop(true);
    EXPECT_FALSE(rig.door->undecided());
    EXPECT_TRUE(rig.door->fire_latched());
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
}

TEST_F(DoorFireTest, StoresTheLatchAgainWhenTheDiskFailed) {
    rig.door->fire_loop(true);
    rig.arrive();
    rig.store->fail_one();
    EXPECT_EQ(rig.door->facts().storage_error, "the disk is full");
    EXPECT_FALSE(rig.store->busy());
    rig.pass(seconds(10));
    ASSERT_TRUE(rig.store->busy());
    rig.store->finish_all();
    EXPECT_TRUE(parse_state(*rig.store->durable())->fire.latched);
    EXPECT_EQ(rig.door->facts().storage_error, "");
}

TEST_F(DoorFireTest, IsKeptByAFullDiskThatTakesNoStateAndSoIsItsReset) {
    rig.door->fire_loop(true);
    rig.arrive();
    rig.store->refuse_one();
    EXPECT_EQ(rig.door->facts().storage_error, "the disk is full");
    rig.door->fire_loop(false);
    rig.restart();
    EXPECT_TRUE(rig.door->fire_latched());
    rig.door->fire_loop(false);
    rig.door->fire_reset(false);
    turn_key();
    rig.store->refuse_one();
    rig.restart();
    EXPECT_FALSE(rig.door->fire_latched());
}

TEST_F(DoorFireTest, WritesOneLatchAtATimeWhileTheDiskIsStalled) {
    for (int i = 0; i < 20; ++i) {
        rig.door->fire_loop(true);
        rig.door->fire_loop(false);
        turn_key();
    }
    EXPECT_EQ(rig.store->marks_waiting(), 1U);
    rig.door->fire_loop(true);
    rig.store->finish_all();
    EXPECT_EQ(rig.store->mark(), (FireMark{41, true})) << "the latest follows";
}

TEST_F(DoorFireTest, IsDroppedForGoodWithTheInputThatToldOfIt) {
    rig.door->fire_loop(true);
    rig.store->finish_all();
    rig.options.inputs.fire = false;
    rig.restart();
    rig.store->finish_all();
    rig.options.inputs.fire = true;
    rig.restart();
    EXPECT_FALSE(rig.door->fire_latched());
}

TEST_F(DoorFireTest, TriesAStuckBoltAgainAndAgain) {
    rig.options.lock.timings.pause = milliseconds(100);
    rig.options.lock.timings.travel = seconds(1);
    rig.restart();
    rig.speak();
    rig.door->fire_loop(true);
    rig.pass(milliseconds(2200));
    EXPECT_EQ(rig.door->facts().lock, LockState::jammed);
    rig.drives.clear();
    rig.pass(seconds(3));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocking);
    rig.arrive();
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
    EXPECT_EQ(rig.door->next_due(), std::nullopt);
}

TEST_F(DoorFireTest, ReleasesAgainWhatSomebodyHasLockedByHand) {
    rig.door->fire_loop(true);
    rig.arrive();
    rig.pass(minutes(1));
    rig.drives.clear();
    rig.door->switches({true, false});
    EXPECT_EQ(rig.drives, std::vector{Drive::toward_unlocked});
}

TEST_F(DoorFireTest, RefusesARebootWhileItIsLatched) {
    rig.door->fire_loop(true);
    rig.arrive();
    const Answer refused = reboot();
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr("fire"));
    rig.door->fire_loop(false);
    EXPECT_EQ(reboot().status, 409);
    turn_key();
    EXPECT_EQ(reboot().status, 409) << "the bolt travels back";
    rig.pass(milliseconds(100));
    rig.arrive();
    EXPECT_EQ(reboot().status, 202);
}

TEST_F(DoorFireTest, DoesNothingMoreAfterTheDoorWasStopped) {
    rig.door->stop();
    rig.door->fire_loop(true);
    EXPECT_TRUE(rig.drives.empty());
    rig.store->finish_all();
    EXPECT_TRUE(parse_state(*rig.store->durable())->fire.latched) << "the next start knows";
}

TEST(DoorFirePowerTest, PassesOverTheCoolDownOfAStrike) {
    DoorRig::Options options = with_fire();
    options.lock.kind = LockKind::fail_secure_strike;
    options.lock.unlocked_switch = false;
    options.lock.timings.travel = milliseconds(100);
    options.lock.timings.min_off = minutes(5);
    options.lock.timings.duty_operations = 1;
    DoorRig rig(options);
    rig.door->fire_loop(false);
    rig.door->switches({true, std::nullopt});
    rig.command(Target::unlocked, seconds(1));
    rig.door->switches({false, std::nullopt});
    rig.pass(seconds(2));
    rig.door->switches({true, std::nullopt});
    EXPECT_EQ(rig.drives.back(), Drive::off);
    rig.command(Target::unlocked, seconds(1));
    EXPECT_EQ(rig.answers.back().status, 429);
    rig.door->fire_loop(true);
    EXPECT_EQ(rig.drives.back(), Drive::toward_unlocked);
    EXPECT_TRUE(rig.hurried);
    rig.door->switches({false, std::nullopt});
    rig.pass(hours(10));
    EXPECT_EQ(rig.drives.back(), Drive::toward_unlocked);
}

TEST(DoorExitTest, IsNotRefusedByCoolDownOrDuty) {
    DoorRig::Options options;
    options.resting = Target::locked;
    options.lock.kind = LockKind::solenoid;
    options.lock.unlocked_switch = false;
    options.lock.timings.travel = milliseconds(100);
    options.lock.timings.max_on = seconds(5);
    options.lock.timings.min_off = minutes(5);
    options.lock.timings.duty_operations = 1;
    DoorRig rig(options);
    rig.door->switches({true, std::nullopt});
    for (int press = 0; press < 3; ++press) {
        rig.drives.clear();
        rig.door->exit_pressed();
        ASSERT_EQ(rig.drives, std::vector{Drive::toward_unlocked}) << press;
        EXPECT_EQ(rig.hurried, true);
        rig.door->switches({false, std::nullopt});
        rig.pass(seconds(6));
        rig.door->switches({true, std::nullopt});
        EXPECT_EQ(rig.drives.back(), Drive::off);
    }
}

TEST(DoorExitTest, DoesNotWaitForThePauseAfterAJam) {
    DoorRig::Options options;
    options.resting = Target::locked;
    DoorRig rig(options);
    rig.bolt_locked = true;
    rig.speak();
    rig.command(Target::unlocked);
    rig.pass(milliseconds(3000));
    EXPECT_EQ(rig.drives.back(), Drive::off);
    rig.door->exit_pressed();
    rig.pass(options.lock.timings.dead_time);
    EXPECT_EQ(rig.drives.back(), Drive::toward_unlocked);
}

// A button that is held through a fire, or through a start, has nobody locked in.
TEST(DoorExitTest, KeepsTheDoorOpenForWhoHoldsTheButtonWhenTheFireIsReset) {
    DoorRig::Options options;
    options.resting = Target::locked;
    options.inputs = {.exit_button = true, .fire = true};
    DoorRig rig(options);
    rig.speak();
    rig.door->exit_released();
    rig.door->fire_loop(true);
    rig.door->exit_pressed(true);
    rig.door->fire_loop(false);
    rig.door->fire_reset(false);
    rig.drives.clear();
    rig.door->fire_reset(true);
    rig.pass(std::chrono::hours(1));
    EXPECT_EQ(rig.movements(), 0U);
    EXPECT_EQ(rig.door->facts().hold->target, Target::unlocked);
    rig.door->exit_released();
    rig.pass(DoorBehaviour{}.exit_time);
    EXPECT_EQ(rig.drives.back(), Drive::toward_locked);
}

TEST(DoorExitTest, LocksNothingAfterAStartBeforeTheButtonHasSpoken) {
    DoorRig::Options options;
    options.resting = Target::locked;
    options.inputs = {.exit_button = true};
    DoorRig rig(options);
    rig.speak();
    rig.pass(std::chrono::hours(1));
    EXPECT_EQ(rig.movements(), 0U);
    EXPECT_TRUE(rig.door->undecided());
    rig.door->exit_pressed(true);
    rig.pass(std::chrono::hours(1));
    EXPECT_EQ(rig.movements(), 0U);
    rig.restart();
    rig.speak();
    rig.door->exit_released();
    EXPECT_EQ(rig.movements(), 1U);
}

TEST(DoorExitTest, DoesNotShortenALongerUnlock) {
    DoorRig::Options options;
    options.resting = Target::locked;
    DoorRig rig(options);
    rig.bolt_locked = true;
    rig.speak();
    rig.command(Target::unlocked, minutes(10));
    rig.arrive();
    rig.door->exit_pressed();
    rig.pass(minutes(9));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
    rig.pass(minutes(1));
    EXPECT_EQ(rig.door->facts().lock, LockState::locking);
}

TEST(DoorExitTest, KeepsTheDoorUnlockedForAsLongAsItIsHeld) {
    DoorRig::Options options;
    options.resting = Target::locked;
    DoorRig rig(options);
    rig.bolt_locked = true;
    rig.speak();
    rig.door->exit_pressed(true);
    rig.arrive();
    rig.pass(minutes(3));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
    rig.door->exit_released();
    rig.pass(seconds(6));
    EXPECT_EQ(rig.door->facts().lock, LockState::locking);
}

TEST(DoorTamperTest, IsAFactAndAnEvent) {
    DoorRig rig(with_fire());
    EXPECT_EQ(rig.door->facts().tamper, TamperState::unknown);
    rig.door->tamper(false);
    EXPECT_EQ(rig.door->facts().tamper, TamperState::clear);
    EXPECT_TRUE(rig.events.empty()) << "a loop that is found whole is no event";
    rig.door->tamper(true);
    rig.door->tamper(false);
    EXPECT_THAT(rig.event_kinds(), ElementsAre("tamper", "tamper"));
    EXPECT_EQ(rig.events[0].facts.find("tamper").as_string(), "alarm");
    EXPECT_EQ(rig.events[1].facts.find("tamper").as_string(), "clear");
}

TEST(DoorEventsTest, TellOperationsJamsForcedAndAjar) {
    DoorRig::Options options;
    options.resting = Target::locked;
    options.inputs.contact = true;
    DoorRig rig(options);
    rig.door->set_behaviour({.ajar_time = seconds(30)});
    rig.door->contact(true);
    rig.bolt_locked = true;
    rig.speak();
    rig.command(Target::unlocked);
    rig.arrive();
    rig.door->contact(false);
    rig.pass(minutes(1));
    rig.door->contact(true);
    rig.command(Target::locked);
    rig.arrive();
    rig.door->contact(false);
    rig.command(Target::unlocked);
    rig.pass(seconds(30));
    EXPECT_THAT(rig.event_kinds(), ElementsAre("operation", "ajar", "operation", "forced", "jam"));
    EXPECT_EQ(rig.events[0].facts.find("cause").as_string(), "method");
    EXPECT_EQ(rig.events[4].facts.find("result").as_string(), "jammed");
}

TEST(DoorAnswerTest, IsThatOfTheBoltThoughTheHoldIsShorterThanItsWay) {
    DoorRig::Options options;
    options.resting = Target::locked;
    options.lock.kind = LockKind::solenoid;
    options.lock.unlocked_switch = false;
    options.lock.timings.travel = milliseconds(500);
    options.lock.timings.max_on = seconds(5);
    DoorRig rig(options);
    rig.door->switches({true, std::nullopt});
    rig.command(Target::unlocked, milliseconds(100));
    rig.pass(options.lock.timings.travel * 2 + options.lock.timings.pause);
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 500) << "it has not arrived in two attempts";
}

}  // namespace
}  // namespace firmware
