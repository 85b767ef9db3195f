#include "scheduler/fleet/schedule.hpp"

#include <gtest/gtest.h>

namespace fleet {
namespace {

using base::SteadyTime;
using std::chrono::seconds;

TEST(ScheduleTest, GivesOutWhatIsDueTheEarliestFirst) {
    Schedule schedule;
    schedule.set(4, SteadyTime(seconds(9)));
    schedule.set(2, SteadyTime(seconds(5)));
    schedule.set(7, SteadyTime(seconds(7)));
    EXPECT_EQ(schedule.next(), SteadyTime(seconds(5)));
    EXPECT_EQ(schedule.take_due(SteadyTime(seconds(8))), 2U);
    EXPECT_EQ(schedule.take_due(SteadyTime(seconds(8))), 7U);
    EXPECT_EQ(schedule.take_due(SteadyTime(seconds(8))), std::nullopt);
    EXPECT_EQ(schedule.next(), SteadyTime(seconds(9)));
}

TEST(ScheduleTest, HoldsOneTimeForEachDeviceHoweverOftenItIsSet) {
    Schedule schedule;
    for (int i = 0; i < 1000; ++i)
        schedule.set(1, SteadyTime(seconds(i)));
    EXPECT_EQ(schedule.take_due(SteadyTime(seconds(2000))), 1U);
    EXPECT_EQ(schedule.take_due(SteadyTime(seconds(2000))), std::nullopt);
}

TEST(ScheduleTest, NothingTakesADeviceOut) {
    Schedule schedule;
    schedule.set(1, SteadyTime(seconds(1)));
    schedule.set(1, std::nullopt);
    EXPECT_EQ(schedule.next(), std::nullopt);
}

}  // namespace
}  // namespace fleet
