#include "hal/mock/time_axis.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace std::chrono_literals;
using hal::TimeAxis;

TEST(TimeAxisTest, FitsItsColumnsWithAndWithoutCuts) {
    const std::vector<TimeAxis::Time> events = {0s,          20s,  20s + 10ms, 20s + 500ms,
                                                20s + 800ms, 620s, 621s,       700s};
    for (const std::size_t columns : {30U, 50U, 80U, 200U, 900U}) {
        EXPECT_LE(TimeAxis(events, columns, true).columns().size(), columns);
        EXPECT_LE(TimeAxis(events, columns, false).columns().size(), columns);
        EXPECT_TRUE(TimeAxis(events, columns, false).cuts().empty());
    }
}

TEST(TimeAxisTest, CutsTheLongQuietTimesAndKeepsTheirLength) {
    const TimeAxis axis({0s, 20s, 20s + 400ms, 20s + 800ms, 620s, 620s + 800ms}, 120, true);
    ASSERT_EQ(axis.cuts().size(), 2U);
    EXPECT_EQ(axis.cuts()[0].length, 20s);
    EXPECT_EQ(axis.cuts()[1].length, 620s - 20s - 800ms);
}

TEST(TimeAxisTest, DoesNotCutAShortQuietTime) {
    EXPECT_TRUE(TimeAxis({0s, 1s, 3s, 5s + 900ms}, 100, true).cuts().empty());
}

TEST(TimeAxisTest, EveryEventHasAColumn) {
    const std::vector<TimeAxis::Time> events = {0s, 20s, 20s + 3ms, 21s, 100s, 101s};
    const TimeAxis axis(events, 90, true);
    for (const auto event : events) {
        const auto& columns = axis.columns();
        EXPECT_TRUE(std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
            return column.kind == TimeAxis::Column::Kind::time && event >= column.begin && event < column.end;
        })) << event.count();
    }
}

TEST(TimeAxisTest, TicksAreRoundNumbersOfSeconds) {
    const auto ticks = TimeAxis({0s, 10s}, 101, false).ticks();
    ASSERT_GE(ticks.size(), 5U);
    EXPECT_EQ(ticks[0].label, "0");
    EXPECT_EQ(ticks[1].label, "1");
}

TEST(TimeAxisTest, AnEmptyWaveHasAnAxisToo) {
    EXPECT_EQ(TimeAxis({}, 80, true).columns().size(), 1U);
    EXPECT_EQ(TimeAxis({0s}, 80, true).columns().size(), 1U);
}

TEST(FormatLengthTest, SaysLengthsAsPeopleDo) {
    EXPECT_EQ(hal::format_length(0ns), "0 ns");
    EXPECT_EQ(hal::format_length(350us), "350 µs");
    EXPECT_EQ(hal::format_length(1500us), "1.5 ms");
    EXPECT_EQ(hal::format_length(800ms), "800 ms");
    EXPECT_EQ(hal::format_length(999600us), "1 s");
    EXPECT_EQ(hal::format_length(1250ms), "1.25 s");
    EXPECT_EQ(hal::format_length(19200ms), "19.2 s");
    EXPECT_EQ(hal::format_length(599s), "9 min 59 s");
    EXPECT_EQ(hal::format_length(600s), "10 min");
    EXPECT_EQ(hal::format_length(2h + 5min), "2 h 5 min");
    EXPECT_EQ(hal::format_length(49h), "2 d 1 h");
}

}  // namespace
