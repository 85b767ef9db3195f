#include "hal/on_time.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using hal::OnTime;

const base::SteadyTime start{1h};

TEST(OnTimeTest, IsDueWhenTheLongestTimeIsOver) {
    OnTime time({.longest_on = 3s, .shortest_off = 0s});
    EXPECT_EQ(time.due(), std::nullopt);
    time.switched_on(start);
    EXPECT_EQ(time.due(), start + 3s);
    time.switched_off(start + 1s);
    EXPECT_EQ(time.due(), std::nullopt);
}

TEST(OnTimeTest, SwitchingOnAgainDoesNotExtendIt) {
    OnTime time({.longest_on = 3s, .shortest_off = 0s});
    time.switched_on(start);
    time.switched_on(start + 2s);
    EXPECT_EQ(time.due(), start + 3s);
}

TEST(OnTimeTest, TheOutputHasToRestAndTheTimeLeftIsNamed) {
    OnTime time({.longest_on = 3s, .shortest_off = 10s});
    EXPECT_TRUE(time.may_switch_on(start));
    time.switched_on(start);
    time.switched_off(start + 1s);
    const auto may = time.may_switch_on(start + 3s);
    ASSERT_FALSE(may);
    EXPECT_EQ(may.error().code, base::Errc::busy);
    EXPECT_EQ(may.error().message, "the output has to rest for 8s more before it may be switched on again");
    EXPECT_TRUE(time.may_switch_on(start + 11s));
}

TEST(OnTimeTest, WhatIsAtOnceGoesPastTheCoolDownAndNotPastTheDeadTime) {
    OnTime time({.longest_on = 3s, .shortest_off = 10s, .dead_time = 100ms});
    time.switched_on(start);
    time.switched_off(start + 1s);
    EXPECT_FALSE(time.may_switch_on(start + 1099ms, true));
    EXPECT_TRUE(time.may_switch_on(start + 1100ms, true));
    EXPECT_FALSE(time.may_switch_on(start + 1100ms));
}

TEST(OnTimeTest, WithoutALongestTimeItIsNeverDue) {
    OnTime time({.longest_on = 0s, .shortest_off = 0s, .dead_time = 100ms});
    time.switched_on(start);
    EXPECT_EQ(time.due(), std::nullopt);
    time.switched_off(start + 24h);
    EXPECT_FALSE(time.may_switch_on(start + 24h));
    EXPECT_TRUE(time.may_switch_on(start + 24h + 100ms));
}

TEST(OnTimeTest, SwitchingOffWhatIsOffDoesNotBeginARest) {
    OnTime time({.longest_on = 3s, .shortest_off = 10s});
    time.switched_off(start);
    EXPECT_TRUE(time.may_switch_on(start));
}

TEST(OnTimeTest, AFailedSwitchOffIsDueAgain) {
    OnTime time({.longest_on = 3s, .shortest_off = 0s});
    time.switched_on(start);
    time.try_again(start + 3100ms);
    EXPECT_EQ(time.due(), start + 3100ms);
}

}  // namespace
