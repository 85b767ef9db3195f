#include "scheduler/fleet/histogram.hpp"

#include <gtest/gtest.h>

namespace fleet {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(HistogramTest, KnowsNothingWithoutSamples) {
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.quantile(0.5), microseconds(0));
}

TEST(HistogramTest, IsExactForAFewMicroseconds) {
    Histogram histogram;
    for (int i = 1; i <= 20; ++i)
        histogram.add(microseconds(i));
    EXPECT_EQ(histogram.quantile(0.5), microseconds(10));
    EXPECT_EQ(histogram.quantile(1), microseconds(20));
    EXPECT_EQ(histogram.quantile(0), microseconds(1));
}

TEST(HistogramTest, IsRightWithinASixteenthEverywhere) {
    for (std::int64_t micros = 1; micros < 3'600'000'000; micros = micros * 7 / 5 + 1) {
        Histogram histogram;
        histogram.add(microseconds(micros));
        const auto found = histogram.quantile(0.5).count();
        EXPECT_GE(found, micros);
        EXPECT_LE(found, micros + micros / 16);
    }
}

TEST(HistogramTest, TakesLongerThanAnHourForAnHourAndLessThanNothingForNothing) {
    Histogram histogram;
    histogram.add(hours(48));
    EXPECT_LE(histogram.quantile(1), std::chrono::minutes(64));
    histogram.add(nanoseconds(-5));
    EXPECT_EQ(histogram.quantile(0.5), microseconds(0));
}

}  // namespace
}  // namespace fleet
