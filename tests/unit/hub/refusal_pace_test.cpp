#include "scheduler/hub/refusal_pace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hub {
namespace {

using namespace std::chrono_literals;

TEST(RefusalPace, LetsAFewPassAndThenWaits) {
    base::ManualClock clock;
    RefusalPace pace(clock);
    for (int i = 0; i < RefusalPace::at_once; ++i) {
        EXPECT_EQ(pace.refused("192.0.2.7:" + std::to_string(4000 + i)), 0ms);
    }
    EXPECT_EQ(pace.refused("192.0.2.7:5000"), RefusalPace::pause);
    EXPECT_EQ(pace.refused("192.0.2.8:5000"), 0ms) << "another address";
}

TEST(RefusalPace, ForgetsAfterAWhile) {
    base::ManualClock clock;
    RefusalPace pace(clock);
    for (int i = 0; i <= RefusalPace::at_once; ++i)
        (void)pace.refused("[::1]:4000");
    clock.advance(RefusalPace::period);
    EXPECT_EQ(pace.refused("[::1]:4001"), 0ms);
}

TEST(RefusalPace, RemembersABoundedNumberOfAddresses) {
    base::ManualClock clock;
    RefusalPace pace(clock);
    for (std::size_t i = 0; i < 2 * RefusalPace::most_addresses; ++i) {
        clock.advance(1ms);
        (void)pace.refused("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ":1");
    }
    EXPECT_LE(pace.addresses(), RefusalPace::most_addresses);
}

}  // namespace
}  // namespace hub
