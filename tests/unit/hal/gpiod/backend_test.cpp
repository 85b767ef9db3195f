// Either back end over a libgpiod that is none: compiled once with v1.cpp and once with v2.cpp.
#include "hal/gpiod/backend.hpp"

#include "tests/unit/hal/gpiod/fake_kernel.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>

namespace hal {
namespace {

class BackendTest : public ::testing::Test {
  protected:
    BackendTest() {
        fake::chips() = {
            {.path = "/dev/gpiochip0",
             .name = "gpiochip0",
             .label = "pinctrl-bcm2711",
             .lines = {{.name = "GPIO17"}, {.name = ""}, {.name = "GPIO22"}}},
            {.path = "/dev/gpiochip1", .name = "gpiochip1", .label = "expander", .open_error = EACCES}};
    }
    ~BackendTest() override { fake::chips().clear(); }

    static fake::Line& pin(std::size_t offset) { return fake::chips()[0].lines[offset]; }
    static LineDescription described(unsigned offset) { return read_chip("/dev/gpiochip0").lines.at(offset); }
    static base::Result<std::unique_ptr<OutputLine>> output(const LineConfig& config, bool active = false) {
        return request_kernel_output("/dev/gpiochip0", described(0), config, active);
    }
    static base::Result<std::unique_ptr<KernelInput>> input(const LineConfig& config) {
        return request_kernel_input("/dev/gpiochip0", described(2), config);
    }
    const LineConfig lock{.line = "GPIO17", .consumer = "doorlockd lock power"};
    const LineConfig button{.line = "GPIO22", .consumer = "doorlockd exit button"};
};

TEST_F(BackendTest, DescribesAChipAndItsLines) {
    pin(0).held = pin(0).output = true;
    pin(0).consumer = "somebody";
    const ChipDescription chip = read_chip("/dev/gpiochip0");
    EXPECT_EQ(chip.error, 0);
    EXPECT_EQ(chip.label, "pinctrl-bcm2711");
    ASSERT_EQ(chip.lines.size(), 3U);
    EXPECT_EQ(chip.lines[0].name, "GPIO17");
    EXPECT_TRUE(chip.lines[0].used && chip.lines[0].output);
    EXPECT_EQ(chip.lines[0].consumer, "somebody");
    EXPECT_EQ(chip.lines[1].name, "");
    EXPECT_FALSE(chip.lines[2].used || chip.lines[2].output);
    EXPECT_EQ(chip.lines[2].offset, 2U);
}

TEST_F(BackendTest, TellsAChipThatMayNotBeOpenedFromOneThatIsNotThere) {
    EXPECT_EQ(read_chip("/dev/gpiochip1").error, EACCES);
    EXPECT_EQ(read_chip("/dev/gpiochip9").error, ENOENT);
}

TEST_F(BackendTest, GivesAnOutputItsFirstLevelInTheRequest) {
    LineConfig low = lock;
    low.active_low = true;
    {
        const auto line = output(low);
        ASSERT_TRUE(line);
        // An inactive active-low line is high from the first moment: nothing was driven before.
        EXPECT_EQ(pin(0).wave, std::vector<bool>{true});
        EXPECT_FALSE((*line)->active());
        ASSERT_TRUE((*line)->set(true));
        ASSERT_TRUE((*line)->set(false));
        EXPECT_EQ(pin(0).wave, (std::vector<bool>{true, false, true}));
    }
    EXPECT_FALSE(pin(0).held);
    pin(0).wave.clear();
    const auto line = output(lock, true);
    ASSERT_TRUE(line);
    EXPECT_TRUE((*line)->active());
    EXPECT_EQ(pin(0).wave, std::vector<bool>{true});
}

TEST_F(BackendTest, AsksForBiasAndDriveAndSaysWhoHoldsTheLine) {
    LineConfig drain = lock;
    drain.drive = Drive::open_drain;
    drain.bias = Bias::pull_up;
    const auto line = output(drain);
    ASSERT_TRUE(line);
    EXPECT_EQ(pin(0).drive, 1);
    EXPECT_EQ(pin(0).bias, 1);
    EXPECT_EQ(pin(0).consumer, "doorlockd lock power");
}

TEST_F(BackendTest, NamesTheHolderOfALineThatIsBusy) {
    const auto first = output(lock);
    ASSERT_TRUE(first);
    const auto second = output(lock);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Errc::busy);
    EXPECT_NE(second.error().message.find("'GPIO17'"), std::string::npos);
    EXPECT_NE(second.error().message.find("'doorlockd lock power'"), std::string::npos);
}

TEST_F(BackendTest, TellsTheErrorsOfARequestApart) {
    const std::pair<int, base::Errc> expected[] = {{EACCES, base::Errc::permission_denied},
                                                   {EPERM, base::Errc::permission_denied},
                                                   {EINVAL, base::Errc::invalid_argument},
                                                   {EIO, base::Errc::io}};
    for (const auto& [error, code] : expected) {
        pin(0).request_error = error;
        const auto line = output(lock);
        ASSERT_FALSE(line);
        EXPECT_EQ(line.error().code, code);
        EXPECT_NE(line.error().message.find("pinctrl-bcm2711 offset 0"), std::string::npos);
    }
    const auto gone = request_kernel_output("/dev/gpiochip1", described(0), lock, false);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, base::Errc::permission_denied);
}

TEST_F(BackendTest, KeepsWhatItKnowsWhenALineCannotBeSet) {
    const auto line = output(lock);
    ASSERT_TRUE(line);
    pin(0).set_error = EIO;
    const auto set = (*line)->set(true);
    ASSERT_FALSE(set);
    EXPECT_NE(set.error().message.find("GPIO17"), std::string::npos);
    EXPECT_FALSE((*line)->active());
}

TEST_F(BackendTest, ReadsAnInputInItsOwnPolarity) {
    LineConfig low = button;
    low.active_low = true;
    low.bias = Bias::pull_up;
    pin(2).level = true;
    const auto line = input(low);
    ASSERT_TRUE(line);
    EXPECT_EQ(pin(2).bias, 1);
    EXPECT_EQ((*line)->value().value(), false);
    pin(2).level = false;
    EXPECT_EQ((*line)->value().value(), true);
    pin(2).set_error = EIO;
    EXPECT_FALSE((*line)->value());
}

TEST_F(BackendTest, GivesEdgesWithTheKernelsTimeAndNeverBlocks) {
    LineConfig low = button;
    low.active_low = true;
    pin(2).level = true;
    const auto line = input(low);
    ASSERT_TRUE(line);
    EXPECT_TRUE((*line)->take_edges()->empty());
    fake::change(pin(2), false, 1);
    fake::change(pin(2), true, 2);
    pollfd readable{(*line)->fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&readable, 1, 0), 1);
    const auto edges = (*line)->take_edges();
    ASSERT_TRUE(edges);
    ASSERT_EQ(edges->size(), 2U);
    EXPECT_TRUE((*edges)[0].active);
    EXPECT_EQ((*edges)[0].at, base::SteadyTime(std::chrono::seconds(1)));
    EXPECT_FALSE((*edges)[1].active);
    EXPECT_TRUE((*line)->take_edges()->empty());
}

TEST_F(BackendTest, TakesNoMoreEdgesAtOnceThanTheBufferHolds) {
    const auto line = input(button);
    ASSERT_TRUE(line);
    for (long i = 1; i <= 100; ++i)
        fake::change(pin(2), i % 2 == 1, i);
    std::size_t taken = 0;
    for (int i = 0; i < 20; ++i) {
        const auto edges = (*line)->take_edges();
        ASSERT_TRUE(edges);
        EXPECT_LE(edges->size(), 64U);
        taken += edges->size();
    }
    EXPECT_EQ(taken, 100U);
}

TEST_F(BackendTest, TellsTheVersionOfTheLibrary) {
    EXPECT_NE(gpiod_version().find("fake"), std::string::npos);
}

}  // namespace
}  // namespace hal
