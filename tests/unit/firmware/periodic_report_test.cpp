#include "firmware/periodic_report.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TEST(PeriodicReportTest, SaysNothingWithoutAnInterval) {
    base::ManualClock clock;
    Reported reported;
    PeriodicReport periodic(reported, clock);
    EXPECT_EQ(periodic.next_due(), std::nullopt);
    EXPECT_FALSE(periodic.tick(true));
    EXPECT_EQ(reported.wanted().size(), 0U);
}

TEST(PeriodicReportTest, TellsTheUptimeAfterEveryInterval) {
    base::ManualClock clock;
    Reported reported;
    PeriodicReport periodic(reported, clock);
    clock.advance(minutes(1));
    periodic.set_interval(minutes(10));
    EXPECT_TRUE(periodic.tick(true));
    EXPECT_EQ(reported.wanted().find("alive").find("uptime").as_integer(), 60);
    EXPECT_TRUE(reported.wanted().find("alive").find("at").is_string());
    periodic.set_interval(minutes(10));
    clock.advance(minutes(9));
    EXPECT_FALSE(periodic.tick(true));
    clock.advance(minutes(1));
    EXPECT_EQ(periodic.next_due(), clock.steady_now());
    EXPECT_TRUE(periodic.tick(false));
    EXPECT_EQ(reported.wanted().find("alive").dump(), R"({"uptime":660})") << "no date that nobody believes";
}

TEST(PeriodicReportTest, TakesBackWhatItSaidWhenTheIntervalIsZeroAgain) {
    base::ManualClock clock;
    Reported reported;
    PeriodicReport periodic(reported, clock);
    periodic.set_interval(seconds(10));
    EXPECT_TRUE(periodic.tick(true));
    periodic.set_interval(seconds(0));
    EXPECT_EQ(periodic.next_due(), std::nullopt);
    EXPECT_EQ(reported.wanted().size(), 0U);
}

}  // namespace
}  // namespace firmware
