#include "hal/mock/latching_solenoid.hpp"

#include "tests/unit/hal/bench.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using hal::LatchingSolenoid;

struct LatchingSolenoidTest : testing::Test {
    Bench bench;
    LatchingSolenoid& latch = bench.wiring.add<LatchingSolenoid>("bolt", {.lock = {.line = "GPIO17"},
                                                                          .unlock = {.line = "GPIO27"},
                                                                          .locked = {{.line = "GPIO24"}},
                                                                          .pulse = 20ms});
    std::unique_ptr<hal::OutputLine> lock = bench.output("GPIO17");
    std::unique_ptr<hal::OutputLine> unlock = bench.output("GPIO27");

    void pulse(hal::OutputLine& line, std::chrono::milliseconds length) {
        ASSERT_TRUE(line.set(true));
        bench.pass(length);
        ASSERT_TRUE(line.set(false));
    }
};

TEST_F(LatchingSolenoidTest, APulseFlipsItAndItStays) {
    pulse(*lock, 20ms);
    bench.pass(1h);
    EXPECT_TRUE(latch.locked());
    EXPECT_TRUE(bench.wiring.level("GPIO24"));
    pulse(*unlock, 20ms);
    EXPECT_FALSE(latch.locked());
}

TEST_F(LatchingSolenoidTest, APulseThatIsTooShortDoesNothing) {
    pulse(*lock, 19ms);
    bench.pass(1s);
    EXPECT_FALSE(latch.locked());
}

TEST_F(LatchingSolenoidTest, BothCoilsAtOnceFlipNothingAndAreAMishap) {
    ASSERT_TRUE(unlock->set(true));
    pulse(*lock, 50ms);
    EXPECT_FALSE(latch.locked());
    EXPECT_EQ(bench.wiring.mishap_count(), 1U);
}

TEST_F(LatchingSolenoidTest, KeepsItsPlaceOverARestart) {
    pulse(*lock, 20ms);
    EXPECT_EQ(bench.wiring.snapshot(), "bolt locked\n");
    ASSERT_TRUE(bench.wiring.restore("bolt unlocked\n"));
    EXPECT_FALSE(latch.locked());
    EXPECT_FALSE(bench.wiring.restore("bolt ajar\n"));
}

}  // namespace
