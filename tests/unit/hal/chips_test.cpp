#include "hal/gpiod/chips.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace {

using namespace std::chrono_literals;
using hal::ChipDescription;
using hal::Edge;
using hal::find_line;

ChipDescription chip(const std::string& name, const std::string& label,
                     const std::vector<std::string>& lines) {
    ChipDescription made{.path = "/dev/" + name, .name = name, .label = label, .lines = {}, .error = 0};
    for (const auto& line : lines)
        made.lines.push_back({.chip = name,
                              .chip_label = label,
                              .offset = static_cast<unsigned>(made.lines.size()),
                              .name = line,
                              .consumer = ""});
    return made;
}

// A Pi 4 with Debian's names: the pins of the buses are not called GPIO<n>.
std::vector<ChipDescription> raspberry() {
    return {chip("gpiochip0", "pinctrl-bcm2711",
                 {"ID_SDA", "ID_SCL", "SDA1", "SCL1", "GPIO_GCLK", "GPIO5", "GPIO6"}),
            chip("gpiochip1", "raspberrypi-exp-gpio", {"BT_ON", "WL_ON"})};
}

TEST(FindLineTest, FindsALineByItsName) {
    const auto place = find_line(raspberry(), "WL_ON");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->chip, 1U);
    EXPECT_EQ(place->offset, 1U);
}

TEST(FindLineTest, TakesGpioAndANumberAsAnOffsetOfTheRaspberryPisController) {
    EXPECT_EQ(find_line(raspberry(), "GPIO3")->offset, 3U);
    const std::vector<ChipDescription> five = {chip("gpiochip0", "gpio-brcmstb", {"x"}),
                                               chip("gpiochip4", "pinctrl-rp1", {"", "", ""})};
    EXPECT_EQ(find_line(five, "GPIO2")->chip, 1U);
}

TEST(FindLineTest, AnExactNameComesBeforeTheOffset) {
    auto chips = raspberry();
    chips[1].lines[0].name = "GPIO3";
    EXPECT_EQ(find_line(chips, "GPIO3")->chip, 1U);
}

TEST(FindLineTest, FindsALineByLabelAndOffset) {
    EXPECT_EQ(find_line(raspberry(), "raspberrypi-exp-gpio:1")->chip, 1U);
    EXPECT_EQ(find_line(raspberry(), "pinctrl-bcm2711:6")->offset, 6U);
}

TEST(FindLineTest, NamesTheRangeOfAnOffsetThatIsTooLarge) {
    const auto place = find_line(raspberry(), "GPIO7");
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().code, base::Errc::not_found);
    EXPECT_EQ(
        place.error().message,
        "no line 'GPIO7': pinctrl-bcm2711 has lines 0 to 6; `doorlockd gpio list` shows the lines of this "
        "machine");
}

TEST(FindLineTest, RefusesAnOffsetThatIsNoNumber) {
    for (const char* line :
         {"pinctrl-bcm2711:", "pinctrl-bcm2711:x", "pinctrl-bcm2711:-1", "pinctrl-bcm2711:1 "}) {
        const auto place = find_line(raspberry(), line);
        ASSERT_FALSE(place) << line;
        EXPECT_EQ(place.error().code, base::Errc::invalid_argument);
    }
}

TEST(FindLineTest, RefusesAChipNumberAndSaysWhatToWrite) {
    const auto place = find_line(raspberry(), "gpiochip0:5");
    ASSERT_FALSE(place);
    EXPECT_NE(place.error().message.find("write 'pinctrl-bcm2711:5'"), std::string::npos);
}

TEST(FindLineTest, RefusesANameThatTwoLinesHaveAndSaysWhich) {
    auto chips = raspberry();
    chips[1].lines[0].name = "GPIO5";
    const auto place = find_line(chips, "GPIO5");
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().message,
              "there are 2 lines named 'GPIO5'; say which: pinctrl-bcm2711:5 or raspberrypi-exp-gpio:0");
}

TEST(FindLineTest, ALineThatMayBeOnAClosedChipIsAMatterOfPermission) {
    auto chips = raspberry();
    chips[0] = {.path = "/dev/gpiochip0", .name = "", .label = "", .lines = {}, .error = EACCES};
    const auto place = find_line(chips, "GPIO17");
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().code, base::Errc::permission_denied);
    EXPECT_NE(place.error().message.find("/dev/gpiochip0"), std::string::npos);
    EXPECT_NE(place.error().message.find("usermod -aG gpio"), std::string::npos);
}

TEST(RequestErrorTest, NamesWhoHoldsABusyLine) {
    auto line = raspberry()[0].lines[5];
    line.consumer = "gpioset";
    const auto error = hal::request_error(EBUSY, line, {.line = "GPIO5", .consumer = "doorlockd"});
    EXPECT_EQ(error.code, base::Errc::busy);
    EXPECT_EQ(
        error.message,
        "line 'GPIO5' (pinctrl-bcm2711 offset 5) is held by 'gpioset'; a line has one holder at a time");
}

TEST(RequestErrorTest, TellsTheKindsOfRefusalApart) {
    const auto line = raspberry()[0].lines[5];
    const hal::LineConfig config{.line = "GPIO5", .consumer = "doorlockd"};
    EXPECT_EQ(hal::request_error(EACCES, line, config).code, base::Errc::permission_denied);
    EXPECT_EQ(hal::request_error(ENXIO, line, config).code, base::Errc::invalid_argument);
    EXPECT_EQ(hal::request_error(EIO, line, config).code, base::Errc::io);
}

const base::SteadyTime now{10h};

TEST(EdgeTimeTest, AWallClockStampOfAnOldKernelBecomesNow) {
    EXPECT_EQ(hal::edge_time(9h, now), base::SteadyTime(9h));
    EXPECT_EQ(hal::edge_time(1'790'000'000s, now), now);
}

std::vector<bool> values(const std::vector<Edge>& edges) {
    std::vector<bool> values;
    values.reserve(edges.size());
    for (const auto& edge : edges)
        values.push_back(edge.active);
    return values;
}

TEST(SettleEdgesTest, TellsWhatCame) {
    const std::vector<Edge> edges = {{true, now}, {false, now}, {true, now}};
    EXPECT_EQ(values(hal::settle_edges(false, edges, true, now)), (std::vector<bool>{true, false, true}));
}

TEST(SettleEdgesTest, DoesNotRepeatAValue) {
    const std::vector<Edge> edges = {{true, now}, {true, now}};
    EXPECT_EQ(values(hal::settle_edges(true, edges, true, now)), std::vector<bool>{});
}

TEST(SettleEdgesTest, MakesUpForAnEdgeThatTheKernelLost) {
    const std::vector<Edge> edges = {{true, now - 1s}};
    const auto settled = hal::settle_edges(false, edges, false, now);
    EXPECT_EQ(values(settled), (std::vector<bool>{true, false}));
    EXPECT_EQ(settled.back().at, now);
}

}  // namespace
