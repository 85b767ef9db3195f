#include "firmware/gpio_order.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

using std::chrono::milliseconds;

hal::LineConfig line(const std::string& name, bool active_low = false) {
    return {.line = name, .consumer = "doorlockd", .active_low = active_low, .bias = hal::Bias::pull_up};
}

Config motor() {
    Config config;
    config.lines.lock = line("GPIO17");
    config.lines.unlock = line("GPIO27");
    config.lines.exit_button = line("GPIO25", true);
    return config;
}

Config strike(LockKind kind, milliseconds max_on) {
    Config config;
    config.lock.kind = kind;
    config.lock.timings.max_on = max_on;
    config.lines.power = line("GPIO17");
    return config;
}

std::string refusal(const std::vector<std::string>& words, const Config* config) {
    const auto order = parse_gpio_order(words, config);
    return order ? "" : order.error().message;
}

TEST(GpioOrderTest, TakesALineAsTheKernelNamesIt) {
    const auto order = parse_gpio_order({"pulse", "GPIO17", "500ms"}, nullptr);
    ASSERT_TRUE(order);
    EXPECT_EQ(order->line.line, "GPIO17");
    EXPECT_EQ(order->line.consumer, "doorlockd gpio pulse");
    EXPECT_FALSE(order->line.active_low);
    EXPECT_EQ(order->length, milliseconds(500));
}

TEST(GpioOrderTest, TakesARoleWithThePolarityAndBiasOfItsLine) {
    const Config config = motor();
    const auto order = parse_gpio_order({"read", "exit_button"}, &config);
    ASSERT_TRUE(order);
    EXPECT_EQ(order->line.line, "GPIO25");
    EXPECT_TRUE(order->line.active_low);
    EXPECT_EQ(order->line.bias, hal::Bias::pull_up);
}

TEST(GpioOrderTest, HoldsTheOtherDirectionOfAMotorOffDuringAPulse) {
    const Config config = motor();
    const auto order = parse_gpio_order({"pulse", "unlock", "1s"}, &config);
    ASSERT_TRUE(order);
    EXPECT_EQ(order->line.line, "GPIO27");
    ASSERT_EQ(order->off.size(), 1U);
    EXPECT_EQ(order->off[0].line, "GPIO17");
}

TEST(GpioOrderTest, RefusesAPulseThatTheActuatorDoesNotBear) {
    Config config = motor();
    EXPECT_EQ(refusal({"pulse", "lock", "3001ms"}, &config),
              "TIME: 3s1ms is too long for lock: this motor_bolt may be under power for 3s at a time");
    EXPECT_EQ(refusal({"pulse", "lock", "3s"}, &config), "");
    config.lock.kind = LockKind::latching_solenoid;
    EXPECT_EQ(
        refusal({"pulse", "lock", "51ms"}, &config),
        "TIME: 51ms is too long for lock: this latching_solenoid may be under power for 50ms at a time");
    const Config solenoid = strike(LockKind::solenoid, milliseconds(300));
    EXPECT_NE(refusal({"pulse", "power", "301ms"}, &solenoid), "");
    EXPECT_EQ(refusal({"pulse", "power", "300ms"}, &solenoid), "");
    const Config rated = strike(LockKind::magnetic_lock, milliseconds(0));
    EXPECT_EQ(refusal({"pulse", "power", "10s"}, &rated), "");
    EXPECT_NE(refusal({"pulse", "power", "11s"}, &rated), "") << "longer than any pulse of the bench";
}

TEST(GpioOrderTest, NeitherReadsAnOutputNorDrivesAnInput) {
    const Config config = motor();
    EXPECT_EQ(refusal({"read", "lock"}, &config),
              "lock is an output: to read it would take it from the actuator; use pulse");
    EXPECT_EQ(refusal({"pulse", "exit_button", "1s"}, &config),
              "exit_button is an input: to drive it would work against its switch; use read or watch");
}

TEST(GpioOrderTest, NamesTheRolesThereAre) {
    const Config config = motor();
    EXPECT_EQ(refusal({"watch", "GPIO25"}, &config),
              "this configuration has no line 'GPIO25'; it has: lock, unlock, exit_button");
    EXPECT_EQ(list_of_roles(config.lines),
              "lock             output  GPIO17                   active high  pull-up\n"
              "unlock           output  GPIO27                   active high  pull-up\n"
              "exit_button      input   GPIO25                   active low   pull-up\n");
}

TEST(GpioOrderTest, RefusesWordsThatAreNoOrder) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"read"}, {"list", "GPIO17"}, {"pulse", "GPIO17"}, {"blink", "GPIO17"}}) {
        EXPECT_EQ(refusal(words, nullptr), "gpio: expected list, read LINE, watch LINE or pulse LINE TIME");
    }
    EXPECT_TRUE(refusal({"pulse", "GPIO17", "soon"}, nullptr).starts_with("TIME: "));
}

}  // namespace
}  // namespace firmware
