#include "hal/line_name.hpp"

#include <gtest/gtest.h>

namespace hal {
namespace {

TEST(LineIdentityTest, IsTheSameForTwoNamesOfAPinOfTheHeader) {
    for (const char* name :
         {"pinctrl-bcm2711:17", "pinctrl-bcm2835:17", "pinctrl-rp1:17", "GPIO017", "pinctrl-bcm2711:017"})
        EXPECT_EQ(line_identity(name), line_identity("GPIO17")) << name;
}

TEST(LineIdentityTest, DiffersForWhatMayBeAnotherLine) {
    EXPECT_NE(line_identity("GPIO1"), line_identity("GPIO17"));
    EXPECT_NE(line_identity("raspberrypi-exp-gpio:17"), line_identity("GPIO17"));
    EXPECT_NE(line_identity("SDA1"), line_identity("GPIO2"));
}

TEST(LineIdentityTest, IsTheNameItselfWhereOnlyTheKernelKnows) {
    for (const char* name : {"", "WL_ON", "GPIO_GCLK", "GPIO", "gpiochip0:", "a:b", ":"})
        EXPECT_EQ(line_identity(name), name);
}

}  // namespace
}  // namespace hal
