// Every GPIO call of doorlockd against a real kernel: inside User-mode Linux with a simulated chip
// (gpio-sim), compiled once with libgpiod 1.x and once with 2.x. `GPIO_SIM` names the directory in sysfs
// where the chip's pins are seen and pulled. Edges stand 30 ms apart: this kernel's simulated interrupts run
// with its 10 ms tick.
#include "hal/event_loop.hpp"
#include "hal/gpiod/source.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace hal {
namespace {

using namespace std::chrono_literals;

class KernelGpio : public ::testing::Test {
  protected:
    // The pin as a meter would see it.
    static bool pin(unsigned offset) {
        std::ifstream file(path(offset) + "/value");
        return file.get() == '1';
    }
    // What hangs at the pin from outside.
    static void pull(unsigned offset, bool up) {
        std::ofstream(path(offset) + "/pull") << (up ? "pull-up" : "pull-down");
    }
    static std::string path(unsigned offset) {
        return std::string(std::getenv("GPIO_SIM")) + "/sim_gpio" + std::to_string(offset);
    }
    static LineConfig lock(bool active_low = false) {
        return {.line = "GPIO17", .consumer = "kernel test lock", .active_low = active_low};
    }

    base::Log log{base::Level::info, [](base::Level, std::string_view) {}};
    std::unique_ptr<EventLoop> loop = std::move(*EventLoop::create());
    std::unique_ptr<LineSource> gpio = std::move(*open_gpio(*loop, log));
};

TEST_F(KernelGpio, ListsTheLinesByChipOffsetAndName) {
    const auto lines = list_lines();
    ASSERT_TRUE(lines);
    ASSERT_EQ(lines->size(), 54U);
    EXPECT_EQ((*lines)[17].name, "GPIO17");
    EXPECT_EQ((*lines)[17].chip_label, "pinctrl-bcm2711");
    EXPECT_FALSE((*lines)[17].used);
    const auto held = gpio->request_output(lock(), false);
    ASSERT_TRUE(held);
    const auto now = list_lines();
    EXPECT_TRUE((*now)[17].used);
    EXPECT_TRUE((*now)[17].output);
    EXPECT_EQ((*now)[17].consumer, "kernel test lock");
}

TEST_F(KernelGpio, FindsALineByNameByRaspberryNumberAndByLabelAndOffset) {
    for (const auto* name : {"GPIO17", "pinctrl-bcm2711:17"}) {
        const auto line = gpio->request_output({.line = name, .consumer = "test"}, true);
        ASSERT_TRUE(line) << name << ": " << line.error().message;
        EXPECT_TRUE(pin(17)) << name;
    }
    // Line 5 has no name here, as on a Debian that names the header otherwise.
    const auto line = gpio->request_output({.line = "GPIO5", .consumer = "test"}, true);
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_TRUE(pin(5));
    const auto none = gpio->request_output({.line = "GPIO99", .consumer = "test"}, true);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, base::Errc::not_found);
}

TEST_F(KernelGpio, GivesAnOutputItsFirstLevelAndSetsIt) {
    pull(17, false);
    const auto line = gpio->request_output(lock(), true);
    ASSERT_TRUE(line);
    EXPECT_TRUE(pin(17));
    ASSERT_TRUE((*line)->set(false));
    EXPECT_FALSE(pin(17));
    ASSERT_TRUE((*line)->set(true));
    EXPECT_TRUE(pin(17));
}

TEST_F(KernelGpio, AnInactiveActiveLowOutputIsHighFromTheFirstMoment) {
    pull(17, false);
    const auto line = gpio->request_output(lock(true), false);
    ASSERT_TRUE(line);
    EXPECT_TRUE(pin(17));
    ASSERT_TRUE((*line)->set(true));
    EXPECT_FALSE(pin(17));
}

TEST_F(KernelGpio, AnOpenDrainOutputPullsDownAndLetsGo) {
    pull(17, true);
    auto config = lock();
    config.drive = Drive::open_drain;
    const auto line = gpio->request_output(config, false);
    ASSERT_TRUE(line);
    EXPECT_FALSE(pin(17));
    ASSERT_TRUE((*line)->set(true));
    EXPECT_TRUE(pin(17));
    pull(17, false);
    EXPECT_FALSE(pin(17)) << "it must not drive against what is outside";
}

TEST_F(KernelGpio, ReadsAnInputWithItsBiasAndPolarity) {
    for (const bool active_low : {false, true}) {
        for (const bool up : {false, true}) {
            const auto input = gpio->request_input({.line = "GPIO22",
                                                    .consumer = "test",
                                                    .active_low = active_low,
                                                    .bias = up ? Bias::pull_up : Bias::pull_down});
            ASSERT_TRUE(input) << input.error().message;
            const auto value = (*input)->read();
            ASSERT_TRUE(value);
            EXPECT_EQ(*value, up != active_low);
        }
    }
}

TEST_F(KernelGpio, ABusyLineIsToldWithItsHolder) {
    int ready[2] = {};
    ASSERT_EQ(pipe(ready), 0);
    const pid_t holder = fork();
    if (holder == 0) {
        const auto line = gpio->request_output(lock(), false);
        (void)!write(ready[1], line ? "y" : "n", 1);
        pause();
        _exit(0);
    }
    char answer = 0;
    ASSERT_EQ(read(ready[0], &answer, 1), 1);
    ASSERT_EQ(answer, 'y');
    const auto second = gpio->request_output(lock(), false);
    kill(holder, SIGKILL);
    waitpid(holder, nullptr, 0);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Errc::busy);
    EXPECT_NE(second.error().message.find("kernel test lock"), std::string::npos) << second.error().message;
    EXPECT_TRUE(gpio->request_output(lock(), false)) << "the line is free when its holder was killed";
}

TEST_F(KernelGpio, AKilledProcessLeavesTheLineToThePullsOnThisKernel) {
    pull(17, false);
    const pid_t holder = fork();
    if (holder == 0) {
        const auto line = gpio->request_output(lock(), true);
        pause();
        _exit(0);
    }
    for (int tries = 0; tries < 100 && !pin(17); ++tries)
        usleep(10000);
    EXPECT_TRUE(pin(17));
    kill(holder, SIGKILL);
    waitpid(holder, nullptr, 0);
    EXPECT_FALSE(pin(17));
}

TEST_F(KernelGpio, AChipThatMayNotBeOpenedIsNotTakenForAMissingOne) {
    const pid_t other = fork();
    if (other == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
        const auto source = open_gpio(*loop, log);
        const auto code =
            source ? (*source)->request_output(lock(), false).error().code : source.error().code;
        _exit(code == base::Errc::permission_denied ? 0 : 1);
    }
    int status = -1;
    waitpid(other, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_F(KernelGpio, GivesEveryEdgeWithTheKernelsTime) {
    pull(23, false);
    const auto input = gpio->request_input({.line = "GPIO23", .consumer = "test"});
    ASSERT_TRUE(input);
    std::vector<Edge> edges;
    (*input)->on_edge([&](Edge edge) { edges.push_back(edge); });
    const auto start = std::chrono::steady_clock::now();
    std::vector<EventLoop::Registration> plan;
    for (int number = 0; number < 6; ++number)
        plan.push_back(loop->call_after((number + 1) * 30ms, [number] { pull(23, number % 2 == 0); }));
    plan.push_back(loop->call_after(300ms, [&] { loop->stop(); }));
    loop->run();
    ASSERT_EQ(edges.size(), 6U);
    for (std::size_t number = 0; number < edges.size(); ++number) {
        EXPECT_EQ(edges[number].active, number % 2 == 0);
        EXPECT_GT(edges[number].at, start);
        EXPECT_LT(edges[number].at, std::chrono::steady_clock::now());
        if (number > 0) {
            EXPECT_GT(edges[number].at - edges[number - 1].at, 5ms);
        }
    }
}

TEST_F(KernelGpio, AnEdgeOfAnActiveLowInputIsActiveWhenThePinFalls) {
    pull(23, true);
    const auto input = gpio->request_input({.line = "GPIO23", .consumer = "test", .active_low = true});
    ASSERT_TRUE(input);
    std::vector<bool> edges;
    (*input)->on_edge([&](Edge edge) { edges.push_back(edge.active); });
    const auto down = loop->call_after(30ms, [] { pull(23, false); });
    const auto up = loop->call_after(70ms, [] { pull(23, true); });
    const auto end = loop->call_after(150ms, [&] { loop->stop(); });
    loop->run();
    EXPECT_EQ(edges, (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace hal
