#include "firmware/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace firmware {
namespace {

using std::chrono::milliseconds;

TEST(BackoffTest, StaysUnderABoundThatDoublesUpToAMinute) {
    for (std::uint64_t seed = 1; seed < 200; ++seed) {
        Backoff backoff(seed);
        for (const int bound : {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000}) {
            const milliseconds delay = backoff.next();
            EXPECT_GE(delay, milliseconds(0));
            EXPECT_LE(delay, milliseconds(bound));
        }
    }
}

TEST(BackoffTest, SpreadsDoorsThatHaveLostTheirConnectionOverHalfASecond) {
    milliseconds earliest(1000);
    milliseconds latest(0);
    for (std::uint64_t seed = 1; seed < 500; ++seed) {
        Backoff backoff(seed * 7919);
        const milliseconds delay = backoff.after_loss();
        earliest = std::min(earliest, delay);
        latest = std::max(latest, delay);
        EXPECT_LE(backoff.next(), milliseconds(1000)) << "it counts as no failed attempt";
    }
    EXPECT_LT(earliest, milliseconds(50));
    EXPECT_GT(latest, milliseconds(450));
    EXPECT_LE(latest, milliseconds(500));
}

TEST(BackoffTest, SpreadsDoorsThatWereDroppedTogetherOverTheWholeSecond) {
    milliseconds earliest(1000);
    milliseconds latest(0);
    for (std::uint64_t seed = 1; seed < 500; ++seed) {
        Backoff backoff(seed * 7919);
        const milliseconds delay = backoff.next();
        earliest = std::min(earliest, delay);
        latest = std::max(latest, delay);
    }
    EXPECT_LT(earliest, milliseconds(100));
    EXPECT_GT(latest, milliseconds(900));
}

TEST(BackoffTest, BeginsAnewAfterASuccess) {
    Backoff backoff(5);
    for (int i = 0; i < 10; ++i)
        (void)backoff.next();
    backoff.reset();
    EXPECT_LE(backoff.next(), milliseconds(1000));
}

TEST(BackoffTest, WaitsHalfAMinuteAtLeastWithAWrongKey) {
    Backoff backoff(5);
    for (int i = 0; i < 100; ++i) {
        const milliseconds delay = backoff.slow();
        EXPECT_GE(delay, milliseconds(30000));
        EXPECT_LE(delay, milliseconds(60000));
    }
}

}  // namespace
}  // namespace firmware
