#include "tests/unit/firmware/door_rig.hpp"

#include <gmock/gmock.h>

namespace firmware {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

// A bolt that rests locked and takes up to three seconds: longer than some holds.
class ShortHoldTest : public ::testing::Test {
  protected:
    ShortHoldTest() {
        options.resting = Target::locked;
        rig.emplace(options);
        rig->bolt_locked = true;
        rig->speak();
    }
    void answered_with(int status) {
        rig->store->finish_all();
        ASSERT_EQ(rig->answers.size(), 1U);
        EXPECT_EQ(rig->answers[0].status, status) << rig->answers[0].body;
    }

    DoorRig::Options options;
    std::optional<DoorRig> rig;
};

TEST_F(ShortHoldTest, BeginsWhenTheBoltHasArrivedAndLeavesItsEvents) {
    rig->command(Target::unlocked, milliseconds(500));
    rig->pass(seconds(2));
    EXPECT_TRUE(rig->answers.empty()) << "the bolt is under way";
    EXPECT_EQ(rig->drives, std::vector{Drive::toward_unlocked});
    rig->arrive();
    answered_with(200);
    EXPECT_EQ(rig->door->facts().hold->ends, rig->clock.steady_now() + milliseconds(500));
    rig->pass(milliseconds(499));
    EXPECT_EQ(rig->door->facts().lock, LockState::unlocked);
    rig->pass(milliseconds(1));
    EXPECT_EQ(rig->drives.back(), Drive::toward_locked);
    rig->arrive();
    EXPECT_THAT(rig->event_kinds(), ElementsAre("operation", "operation"));
}

TEST_F(ShortHoldTest, EndsWithTheJamOfItsBoltAndTheDoorGoesWhereItRests) {
    rig->command(Target::unlocked, milliseconds(500));
    rig->door->switches({false, false});
    rig->pass(options.lock.timings.travel * 2 + options.lock.timings.pause - milliseconds(1));
    EXPECT_TRUE(rig->answers.empty());
    rig->pass(milliseconds(1));
    answered_with(500);
    EXPECT_THAT(rig->event_kinds(), ElementsAre("jam"));
    rig->pass(options.lock.timings.dead_time);
    EXPECT_EQ(rig->drives.back(), Drive::toward_locked);
}

TEST_F(ShortHoldTest, OfTheExitButtonBeginsWhenTheBoltHasArrived) {
    rig->door->set_behaviour({.exit_time = seconds(1)});
    rig->door->exit_pressed();
    rig->pass(milliseconds(2900));
    rig->arrive();
    rig->pass(milliseconds(999));
    EXPECT_EQ(rig->door->facts().lock, LockState::unlocked);
    rig->pass(milliseconds(1));
    EXPECT_EQ(rig->drives.back(), Drive::toward_locked);
}

TEST_F(ShortHoldTest, OfALockThatBearsPowerForATimeCountsFromTheSwitchingOnAndLastsUntilTheArrival) {
    options.lock = {.kind = LockKind::solenoid,
                    .timings = {.travel = milliseconds(800), .max_on = seconds(5), .min_off = seconds(1)}};
    rig.emplace(options);
    rig->door->start();
    rig->door->switches({});
    rig->pass(seconds(5));
    rig->drives.clear();
    rig->command(Target::unlocked, milliseconds(300));
    rig->pass(milliseconds(799));
    EXPECT_EQ(rig->drives, std::vector{Drive::toward_unlocked});
    rig->pass(milliseconds(1));
    answered_with(200);
    EXPECT_EQ(rig->drives.back(), Drive::off);
    rig->pass(seconds(2));
    rig->answers.clear();
    rig->command(Target::unlocked, seconds(2));
    rig->pass(milliseconds(1999));
    EXPECT_EQ(rig->drives.back(), Drive::toward_unlocked);
    rig->pass(milliseconds(1));
    EXPECT_EQ(rig->drives.back(), Drive::off);
}

}  // namespace
}  // namespace firmware
