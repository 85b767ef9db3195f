#include "base/json.hpp"
#include "tests/unit/firmware/door_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace firmware {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

DoorRig::Options resting(Target where) {
    DoorRig::Options options;
    options.resting = where;
    return options;
}

// With a contact at the leaf, and a bolt that is thrown on a closed door only.
DoorRig::Options with_leaf(Target where) {
    DoorRig::Options options = resting(where);
    options.inputs.contact = true;
    options.lock.lock_needs_closed_door = true;
    return options;
}

class DoorTest : public ::testing::Test {
  protected:
    DoorTest() { rig.speak(); }
    DoorRig rig{DoorRig::Options()};
};

TEST_F(DoorTest, AnswersWhenTheSwitchAgreesAndTheHoldIsDurable) {
    rig.command(Target::locked, minutes(10));
    EXPECT_EQ(rig.drives, std::vector{Drive::toward_locked});
    EXPECT_EQ(rig.door->facts().lock, LockState::locking);
    rig.arrive();
    EXPECT_TRUE(rig.answers.empty());
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 200);
    const auto body = base::Json::parse(rig.answers[0].body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->find("Response").as_string(), "lockDoor called successfully");
    EXPECT_EQ(body->find("lock").find("state").as_string(), "locked");
    EXPECT_EQ(body->find("lockTime").as_string(), "10m");
}

TEST_F(DoorTest, GoesBackToTheRestingStateWhenTheHoldIsOver) {
    rig.command(Target::locked, minutes(10));
    rig.pass(milliseconds(800));
    rig.arrive();
    rig.pass(minutes(10) - milliseconds(1));
    EXPECT_EQ(rig.door->facts().lock, LockState::locked) << "it begins when the bolt is there";
    rig.pass(milliseconds(1));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocking);
    rig.arrive();
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
    EXPECT_EQ(rig.door->facts().last_operation->cause, Cause::hold_end);
    EXPECT_FALSE(rig.door->facts().hold);
}

TEST_F(DoorTest, TheLatestCommandReplacesTheHold) {
    rig.command(Target::locked, minutes(10));
    rig.arrive();
    rig.command(Target::locked, minutes(1));
    rig.pass(minutes(1));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocking);
}

TEST_F(DoorTest, StaysLockedWithoutATimeUntilToldOtherwise) {
    rig.command(Target::locked);
    rig.arrive();
    rig.pass(std::chrono::hours(1000));
    EXPECT_EQ(rig.door->facts().lock, LockState::locked);
    EXPECT_EQ(rig.door->next_due(), std::nullopt);
}

TEST_F(DoorTest, DoesNotWriteAgainWhatIsWrittenAlready) {
    rig.command(Target::locked);
    rig.arrive();
    rig.store->finish_all();
    const unsigned writes = rig.store->writes();
    rig.command(Target::locked);
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_FALSE(rig.store->busy());
    EXPECT_EQ(rig.store->writes(), writes);
}

TEST_F(DoorTest, AnswersWithAnErrorWhenTheBoltSticks) {
    rig.command(Target::locked, minutes(10));
    rig.store->finish_all();
    rig.pass(seconds(8));
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 500);
    EXPECT_EQ(rig.door->facts().lock, LockState::jammed);
    EXPECT_EQ(rig.movements(), 2U) << "one attempt and one more";
    EXPECT_EQ(rig.door->facts().last_operation->how, Settlement::jammed);
}

TEST_F(DoorTest, AnswersWithAnErrorWhenTheLineIsDead) {
    rig.dead = true;
    rig.command(Target::locked);
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 500);
    EXPECT_EQ(rig.door->facts().lock, LockState::jammed);
}

TEST_F(DoorTest, AnswersBothWhenASecondCommandGoesTheSameWay) {
    rig.command(Target::locked, minutes(10));
    rig.command(Target::locked, minutes(20));
    rig.arrive();
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_EQ(rig.answers[0].status, 200);
    EXPECT_EQ(rig.answers[1].status, 200);
    EXPECT_EQ(rig.movements(), 1U);
    EXPECT_EQ(*rig.door->facts().hold->ends, rig.clock.steady_now() + minutes(20));
}

TEST_F(DoorTest, TurnsTheBoltAndRefusesTheFirstWhenASecondCommandGoesTheOtherWay) {
    rig.command(Target::locked, minutes(10));
    rig.store->finish_all();
    rig.command(Target::unlocked);
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 409);
    rig.door->switches({false, false});
    rig.pass(milliseconds(100));  // the shortest time on, and then the dead time
    EXPECT_EQ(rig.drives, (std::vector{Drive::toward_locked, Drive::off}));
    rig.pass(milliseconds(100));
    EXPECT_EQ(rig.drives, (std::vector{Drive::toward_locked, Drive::off, Drive::toward_unlocked}));
    rig.arrive();
    rig.store->finish_all();
    EXPECT_EQ(rig.answers.back().status, 200);
}

TEST_F(DoorTest, BoundsTheCommandsThatWait) {
    for (std::size_t i = 0; i <= Door::operations_most; ++i)
        rig.command(Target::locked, minutes(10));
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 429);
}

TEST_F(DoorTest, AnswersEverythingThatWaitsWhenItStops) {
    rig.command(Target::locked, minutes(10));
    rig.command(Target::locked, minutes(10), "id-1");
    rig.door->stop();
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_EQ(rig.answers[0].status, 503);
    EXPECT_EQ(rig.answers[1].status, 503);
    rig.command(Target::locked);
    EXPECT_EQ(rig.answers.back().status, 503);
}

// ---- commandId ----

TEST_F(DoorTest, WritesTheIntentBeforeTheLineMovesAndTheOutcomeBeforeTheAnswer) {
    rig.command(Target::locked, minutes(10), "id-1");
    EXPECT_TRUE(rig.drives.empty());
    rig.store->finish_one();
    EXPECT_EQ(rig.drives, std::vector{Drive::toward_locked});
    EXPECT_NE(parse_state(*rig.store->durable())->journal.find("id-1"), nullptr);
    rig.arrive();
    rig.store->finish_one();
    EXPECT_TRUE(rig.answers.empty());
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(parse_state(*rig.store->durable())->journal.find("id-1")->answer, rig.answers[0]);
}

TEST_F(DoorTest, GivesARepeatTheFirstAnswerAndMovesNothing) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_one();
    rig.arrive();
    rig.store->finish_all();
    rig.command(Target::unlocked);
    rig.pass(milliseconds(100));
    rig.arrive();
    rig.store->finish_all();
    const unsigned movements = rig.movements();
    rig.command(Target::locked, minutes(10), "id-1");
    ASSERT_EQ(rig.answers.size(), 3U);
    EXPECT_EQ(rig.answers[2], rig.answers[0]);
    EXPECT_EQ(rig.movements(), movements);
    rig.restart();
    rig.speak();
    rig.answers.clear();
    rig.command(Target::locked, minutes(10), "id-1");
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 200);
    EXPECT_EQ(rig.movements(), 0U);
}

TEST_F(DoorTest, LetsARepeatWaitForTheAnswerThatIsUnderWay) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_one();
    rig.arrive();
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_EQ(rig.answers[0], rig.answers[1]);
    EXPECT_EQ(rig.movements(), 1U);
}

TEST_F(DoorTest, RefusesAnIdThatAnotherMethodHasUsed) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.command(Target::unlocked, minutes(10), "id-1");
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 400);
}

TEST_F(DoorTest, DoesNotMoveWhenTheIntentCannotBeWritten) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->fail_one();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 500);
    EXPECT_TRUE(rig.drives.empty());
    rig.store->finish_all();
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_one();
    EXPECT_EQ(rig.movements(), 1U) << "nothing had moved, so a repeat may";
}

TEST_F(DoorTest, NeverDrivesAnIntentOfAnEarlierLifeAgain) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_one();
    ASSERT_EQ(rig.movements(), 1U);
    rig.restart();
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 500);
    EXPECT_NE(rig.answers[0].body.find("\"outcome\":\"unknown\""), std::string::npos);
    rig.bolt_locked = true;
    rig.door->switches({true, false});
    EXPECT_EQ(rig.movements(), 1U) << "back to rest, for no hold was durable";
}

TEST(DoorRestartTest, AnswersAnIntentWithoutOutcomeFromTheSwitch) {
    DoorRig rig(resting(Target::locked));
    rig.speak();
    rig.arrive();
    rig.command(Target::unlocked, minutes(10), "id-1");
    rig.store->finish_one();
    rig.pass(milliseconds(100));
    rig.store->finish_one();
    EXPECT_EQ(rig.drives.back(), Drive::toward_unlocked);
    rig.bolt_locked = false;
    rig.restart();
    rig.speak();
    rig.command(Target::unlocked, minutes(10), "id-1");
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 200);
    EXPECT_EQ(rig.movements(), 0U);
}

TEST_F(DoorTest, ALaterCommandWinsOverAnIntentThatIsStillBeingWritten) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.command(Target::unlocked);
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_EQ(rig.movements(), 0U);
    EXPECT_EQ(rig.answers[0].status + rig.answers[1].status, 200 + 409);
}

// ---- dates ----

TEST_F(DoorTest, RefusesACommandPastItsDate) {
    rig.command(Target::locked, minutes(10), {}, rig.clock.system_now() - seconds(1));
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 410);
    rig.command(Target::locked, minutes(10), {}, rig.clock.system_now() + seconds(1));
    EXPECT_EQ(rig.movements(), 1U);
}

TEST_F(DoorTest, RefusesADatedCommandWhileItDoesNotKnowTheDate) {
    rig.clock.set_system(base::SystemTime{} + minutes(1));
    rig.command(Target::locked, minutes(10), {}, rig.clock.system_now() + seconds(1));
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 503);
    EXPECT_NE(rig.answers[0].body.find("clock not trusted"), std::string::npos);
}

// ---- restart ----

TEST_F(DoorTest, IsUnknownAfterARestartUntilTheSwitchesSpeakAndThenTakesUpItsHold) {
    rig.command(Target::locked, minutes(10));
    rig.arrive();
    rig.store->finish_all();
    rig.clock.advance(minutes(3));
    rig.restart();
    EXPECT_EQ(rig.door->facts().lock, LockState::unknown);
    EXPECT_EQ(rig.door->facts().hold->target, Target::locked);
    rig.speak();
    EXPECT_EQ(rig.door->facts().lock, LockState::locked);
    EXPECT_EQ(rig.movements(), 0U);
    rig.pass(minutes(7) + seconds(1));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocking);
}

TEST_F(DoorTest, CommandsItsHoldAgainWhenTheBoltWasMovedMeanwhile) {
    rig.command(Target::locked, minutes(10));
    rig.arrive();
    rig.store->finish_all();
    rig.bolt_locked = false;
    rig.restart();
    rig.speak();
    EXPECT_EQ(rig.drives, std::vector{Drive::toward_locked});
    EXPECT_EQ(rig.door->facts().lock, LockState::locking);
}

TEST(DoorStartTest, BringsADoorWithoutAHoldToItsRestingState) {
    DoorRig rig(resting(Target::locked));
    rig.speak();
    EXPECT_EQ(rig.drives, std::vector{Drive::toward_locked});
}

TEST(DoorStartTest, WaitsForAClosedDoor) {
    DoorRig rig(with_leaf(Target::locked));
    rig.speak();
    EXPECT_TRUE(rig.drives.empty());
    rig.door->contact(false);
    EXPECT_TRUE(rig.drives.empty());
    rig.door->contact(true);
    EXPECT_EQ(rig.drives, std::vector{Drive::toward_locked});
}

// ---- the door leaf and the exit button ----

TEST(DoorLeafTest, RefusesToLockAnOpenDoor) {
    DoorRig rig(with_leaf(Target::unlocked));
    rig.speak();
    rig.door->contact(false);
    rig.command(Target::locked);
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 409);
}

TEST(DoorLeafTest, FailsTheCommandWhenTheDoorIsOpenedUnderTheBolt) {
    DoorRig rig(with_leaf(Target::unlocked));
    rig.speak();
    rig.door->contact(true);
    rig.command(Target::locked, minutes(10));
    rig.store->finish_all();
    rig.door->contact(false);
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 409);
    EXPECT_FALSE(rig.door->facts().hold);
}

TEST(DoorLeafTest, LocksWhenTheDoorIsClosedAfterAHoldThatEndedWhileItWasOpen) {
    DoorRig rig(with_leaf(Target::locked));
    rig.speak();
    rig.door->contact(true);
    rig.arrive();
    rig.command(Target::unlocked, seconds(5));
    rig.pass(milliseconds(100));
    rig.arrive();
    rig.door->contact(false);
    rig.pass(seconds(10));
    EXPECT_EQ(rig.door->facts().lock, LockState::unlocked);
    rig.door->contact(true);
    EXPECT_EQ(rig.door->facts().lock, LockState::locking);
}

TEST(DoorLeafTest, RelocksOnceSomebodyHasPassedIfToldTo) {
    DoorRig rig(with_leaf(Target::locked));
    rig.door->set_behaviour({.auto_relock = true});
    rig.speak();
    rig.door->contact(true);
    rig.arrive();
    rig.command(Target::unlocked, minutes(5));
    rig.pass(milliseconds(100));
    rig.arrive();
    rig.door->contact(false);
    rig.pass(seconds(3));
    rig.door->contact(true);
    EXPECT_EQ(rig.door->facts().lock, LockState::locking);
    EXPECT_FALSE(rig.door->facts().hold);
}

TEST(ExitButtonTest, OpensAtOnceWithTheDiskStalledAndLocksAgain) {
    DoorRig rig(resting(Target::locked));
    rig.speak();
    rig.arrive();
    rig.pass(seconds(1));
    rig.door->exit_pressed();
    EXPECT_EQ(rig.drives.back(), Drive::toward_unlocked);
    rig.arrive();
    rig.pass(seconds(5));
    EXPECT_EQ(rig.door->facts().lock, LockState::locking);
}

TEST(ExitButtonTest, IsNotOverruledByALockDoorWhileItIsHeld) {
    DoorRig rig(resting(Target::unlocked));
    rig.speak();
    rig.door->exit_pressed(true);
    rig.pass(seconds(2));
    const auto drives = rig.drives;
    rig.command(Target::locked, minutes(10));
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 409);
    EXPECT_THAT(rig.answers[0].body, testing::HasSubstr("exit button"));
    EXPECT_EQ(rig.drives, drives);
    rig.door->exit_released();
    rig.command(Target::locked, minutes(10));
    rig.store->finish_all();
    EXPECT_EQ(rig.drives.back(), Drive::toward_locked);
}

TEST(ExitButtonTest, IsNotOverruledByALockDoorThatStillWaitedForTheDisk) {
    DoorRig rig(resting(Target::unlocked));
    rig.speak();
    rig.command(Target::locked, minutes(10), "c-1");
    rig.door->exit_pressed(true);
    const auto drives = rig.drives;
    rig.store->finish_all();
    rig.pass(seconds(2));
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 409);
    EXPECT_EQ(rig.drives, drives);
}

TEST(ExitButtonTest, GoesBeforeALockThatIsUnderWayAndADutyLimit) {
    DoorRig rig(resting(Target::unlocked));
    rig.options.lock.timings.duty_operations = 1;
    rig.restart();
    rig.speak();
    rig.command(Target::locked, minutes(10));
    rig.store->finish_all();
    rig.door->exit_pressed();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 409);
    rig.pass(milliseconds(100));
    EXPECT_EQ(rig.door->facts().hold->target, Target::unlocked);
}

TEST_F(DoorTest, ADoorThatIsForcedOpenIsAWarning) {
    DoorRig locked(with_leaf(Target::locked));
    locked.bolt_locked = true;
    locked.speak();
    locked.door->contact(true);
    locked.warned.clear();
    locked.door->contact(false);
    ASSERT_EQ(locked.warned.size(), 1U);
    EXPECT_EQ(locked.warned[0], "event=door state=forced");
    locked.door->contact(true);
    EXPECT_EQ(locked.warned.size(), 1U) << "that it is closed again is no warning";
}

}  // namespace
}  // namespace firmware
