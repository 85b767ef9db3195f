#include "hal/rested_line.hpp"

#include "hal/mock/wiring.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

class RestedLineTest : public ::testing::Test {
  protected:
    RestedLineTest() : wiring(clock), source(wiring) { wiring.add_line("GPIO17"); }
    std::unique_ptr<hal::RestedLine> open(bool active = false) {
        auto line = source.request_output({.line = "GPIO17", .consumer = "test"}, active);
        EXPECT_TRUE(line);
        return std::make_unique<hal::RestedLine>(std::move(*line), hal::OnTimeLimit{.dead_time = 100ms},
                                                 clock);
    }

    base::ManualClock clock;
    hal::Wiring wiring;
    hal::MockSource source;
};

TEST_F(RestedLineTest, IsNotSwitchedOnAgainBeforeItHasRested) {
    const auto line = open();
    ASSERT_TRUE(line->set(true));
    ASSERT_TRUE(line->set(false)) << "no switching off is refused or late";
    EXPECT_FALSE(wiring.level("GPIO17"));
    EXPECT_EQ(line->set(true).error().code, base::Errc::busy);
    clock.advance(99ms);
    EXPECT_EQ(line->set_active_at_once().error().code, base::Errc::busy) << "not for anybody";
    clock.advance(1ms);
    EXPECT_TRUE(line->set_active_at_once());
    EXPECT_TRUE(wiring.level("GPIO17"));
}

TEST_F(RestedLineTest, RestsAlsoAfterPowerThatItCameWith) {
    const auto line = open(true);
    EXPECT_TRUE(line->active());
    ASSERT_TRUE(line->set(false));
    EXPECT_FALSE(line->set(true));
}

}  // namespace
