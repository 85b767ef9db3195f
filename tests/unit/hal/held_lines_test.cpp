#include "hal/gpiod/held_lines.hpp"

#include <gtest/gtest.h>

namespace hal {
namespace {

const base::Error busy{base::Errc::busy, "somebody holds it"};
const LineConfig again{.line = "pinctrl-bcm2711:17", .consumer = "doorlockd exit button"};

LineDescription line_17(const std::string& consumer) {
    return {.chip = "gpiochip0", .chip_label = "pinctrl-bcm2711", .offset = 17, .consumer = consumer};
}

class HeldLinesTest : public ::testing::Test {
  protected:
    HeldLinesTest() { held.add(line_17(""), {.line = "GPIO17", .consumer = "doorlockd lock drive"}); }
    HeldLines held;
};

TEST_F(HeldLinesTest, NamesBothNamesOfALineThatThisProcessHolds) {
    const auto error = held.explain(busy, line_17("doorlockd lock drive"), again);
    EXPECT_EQ(error.code, base::Errc::invalid_argument);
    EXPECT_EQ(error.message,
              "'GPIO17' and 'pinctrl-bcm2711:17' are the same line (pinctrl-bcm2711 offset 17): it is "
              "'doorlockd lock drive' already, and every line has one purpose");
}

TEST_F(HeldLinesTest, LeavesARefusalForAnotherReasonAsItIs) {
    EXPECT_EQ(held.explain(busy, line_17("gpioset"), again).message, busy.message)
        << "let go by this process and taken by another";
    LineDescription other = line_17("doorlockd lock drive");
    other.offset = 18;
    EXPECT_EQ(held.explain(busy, other, again).message, busy.message);
    const base::Error dead{base::Errc::io, "a dead chip"};
    EXPECT_EQ(held.explain(dead, line_17("doorlockd lock drive"), again).message, dead.message);
}

TEST_F(HeldLinesTest, KnowsALineOnceHoweverOftenItIsTaken) {
    for (int i = 0; i < 3; ++i)
        held.add(line_17(""), {.line = "SECOND", .consumer = "doorlockd gpio read"});
    const auto error = held.explain(busy, line_17("doorlockd gpio read"), again);
    EXPECT_TRUE(error.message.starts_with("'SECOND' and")) << error.message;
}

}  // namespace
}  // namespace hal
