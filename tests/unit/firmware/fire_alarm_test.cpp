#include "firmware/fire_alarm.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

TEST(FireAlarmTest, BeginsOnceWhenTheLoopOpensAndOutlivesItsRepair) {
    FireAlarm fire(true, false);
    EXPECT_EQ(fire.state(), FireState::unknown);
    EXPECT_FALSE(fire.knows());
    EXPECT_FALSE(fire.loop(false));
    EXPECT_EQ(fire.state(), FireState::clear);
    EXPECT_TRUE(fire.loop(true));
    EXPECT_EQ(fire.state(), FireState::alarm);
    EXPECT_FALSE(fire.loop(false));
    EXPECT_EQ(fire.state(), FireState::latched);
    EXPECT_FALSE(fire.loop(true)) << "it has begun already";
    EXPECT_TRUE(fire.latched());
}

TEST(FireAlarmTest, EndsOnlyWithTheKeyAndAWholeLoop) {
    FireAlarm fire(true, false);
    (void)fire.reset_key(false);
    (void)fire.loop(true);
    EXPECT_FALSE(fire.reset_key(true)) << "the loop is open";
    (void)fire.loop(false);
    EXPECT_TRUE(fire.latched()) << "a key that was turned before does not count";
    EXPECT_FALSE(fire.reset_key(false));
    EXPECT_TRUE(fire.reset_key(true));
    EXPECT_EQ(fire.state(), FireState::clear);
}

TEST(FireAlarmTest, IsNotResetByAKeyThatWasFoundTurnedAtTheStart) {
    FireAlarm fire(true, true);
    (void)fire.loop(false);
    EXPECT_FALSE(fire.reset_key(true));
    EXPECT_TRUE(fire.latched());
}

TEST(FireAlarmTest, IsNotResetBeforeTheLoopHasSpoken) {
    FireAlarm fire(true, true);
    (void)fire.reset_key(false);
    EXPECT_FALSE(fire.reset_key(true));
    EXPECT_TRUE(fire.latched());
    EXPECT_EQ(fire.state(), FireState::latched);
}

TEST(FireAlarmTest, DoesNotExistWithoutAnInput) {
    FireAlarm fire(false, true);
    EXPECT_FALSE(fire.latched());
    EXPECT_TRUE(fire.knows());
    EXPECT_FALSE(fire.loop(true));
    EXPECT_EQ(fire.state(), std::nullopt);
}

}  // namespace
}  // namespace firmware
