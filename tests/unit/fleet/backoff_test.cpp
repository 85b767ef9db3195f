#include "scheduler/fleet/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace fleet {
namespace {

using std::chrono::milliseconds;

TEST(BackoffTest, SpreadsOverTheWholeTimeFromAtOnce) {
    std::mt19937_64 random(7);
    milliseconds least{1'000'000};
    milliseconds most{0};
    for (int i = 0; i < 2000; ++i) {
        const auto pause = pause_after(2, milliseconds(1000), milliseconds(60000), random);
        least = std::min(least, pause);
        most = std::max(most, pause);
    }
    EXPECT_LT(least, milliseconds(100));
    EXPECT_GT(most, milliseconds(3900));
    EXPECT_LE(most, milliseconds(4000));
}

TEST(BackoffTest, NeverPassesTheLongestHoweverOftenItFailed) {
    std::mt19937_64 random(7);
    for (unsigned failures : {10U, 63U, 64U, 4'000'000'000U}) {
        EXPECT_LE(pause_after(failures, milliseconds(1000), milliseconds(60000), random),
                  milliseconds(60000));
    }
}

TEST(BackoffTest, IsTheSameForTheSameSeed) {
    std::mt19937_64 one(3);
    std::mt19937_64 other(3);
    for (unsigned i = 0; i < 10; ++i) {
        EXPECT_EQ(pause_after(i, milliseconds(1000), milliseconds(60000), one),
                  pause_after(i, milliseconds(1000), milliseconds(60000), other));
    }
}

}  // namespace
}  // namespace fleet
