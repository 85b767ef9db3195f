#include "hal/mock/strike.hpp"

#include "tests/unit/hal/bench.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using hal::Strike;

TEST(StrikeTest, AFailSecureStrikeReleasesWhileItIsEnergised) {
    Bench bench;
    auto& strike = bench.wiring.add<Strike>(
        "bolt",
        {.coil = {.line = "GPIO17"}, .unlocked = {{.line = "GPIO24", .active_low = true}}, .delay = 40ms});
    const auto coil = bench.output("GPIO17");
    const auto released = bench.input("GPIO24", true);
    EXPECT_TRUE(strike.locked());
    ASSERT_TRUE(coil->set(true));
    bench.pass(39ms);
    EXPECT_TRUE(strike.locked());
    bench.pass(1ms);
    EXPECT_FALSE(strike.locked());
    EXPECT_TRUE(*released->read());
    ASSERT_TRUE(coil->set(false));
    bench.pass(40ms);
    EXPECT_TRUE(strike.locked());
}

TEST(StrikeTest, AFailSafeStrikeHoldsWhileItIsEnergised) {
    Bench bench;
    auto& strike = bench.wiring.add<Strike>("bolt", {.coil = {.line = "GPIO17", .active_low = true},
                                                     .without_power = Strike::WithoutPower::unlocked});
    EXPECT_FALSE(strike.locked());
    const auto coil = bench.output("GPIO17", true);
    EXPECT_TRUE(bench.transitions.empty());  // high is inactive: the request makes no edge
    ASSERT_TRUE(coil->set(true));
    bench.pass(1s);
    EXPECT_TRUE(strike.locked());
}

TEST(StrikeTest, APulseShorterThanTheDelayMovesNothing) {
    Bench bench;
    auto& strike = bench.wiring.add<Strike>("bolt", {.coil = {.line = "GPIO17"}, .delay = 40ms});
    const auto coil = bench.output("GPIO17");
    ASSERT_TRUE(coil->set(true));
    bench.pass(10ms);
    ASSERT_TRUE(coil->set(false));
    bench.pass(1s);
    EXPECT_TRUE(strike.locked());
}

TEST(StrikeTest, AJammedStrikeFollowsItsCoilOnceItIsFree) {
    Bench bench;
    auto& strike = bench.wiring.add<Strike>("bolt", {.coil = {.line = "GPIO17"}});
    const auto coil = bench.output("GPIO17");
    strike.jam();
    ASSERT_TRUE(coil->set(true));
    bench.pass(1s);
    EXPECT_TRUE(strike.locked());
    strike.free();
    bench.pass(1s);
    EXPECT_FALSE(strike.locked());
}

TEST(StrikeTest, ACoilThatIsHeldBeyondItsRatingBurnsOnce) {
    Bench bench;
    bench.wiring.add<Strike>("bolt", {.coil = {.line = "GPIO17"}, .rated_on = 10s});
    const auto coil = bench.output("GPIO17");
    ASSERT_TRUE(coil->set(true));
    bench.pass(9999ms);
    EXPECT_EQ(bench.wiring.mishap_count(), 0U);
    bench.pass(1min);
    EXPECT_EQ(bench.wiring.mishap_count(), 1U);
}

}  // namespace
