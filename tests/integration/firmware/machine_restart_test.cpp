#include "firmware/machine_restart.hpp"

#include "tests/integration/hal/running_loop.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace firmware {
namespace {

struct MachineRestartTest : testing::Test, RunningLoop {
    [[nodiscard]] bool logged(std::string_view what) const {
        return std::any_of(lines.begin(), lines.end(),
                           [&](const std::string& line) { return line.find(what) != std::string::npos; });
    }

    std::vector<std::string> lines;
    base::Log log{base::Level::debug,
                  [this](base::Level, std::string_view line) { lines.emplace_back(line); }};
};

TEST_F(MachineRestartTest, RunsItsCommandAndSaysNothingMoreWhenItWorked) {
    MachineRestart restart(loop, log, {"/bin/sh", "-c", "exit 0"});
    restart.request();
    EXPECT_TRUE(logged("event=machine_reboot"));
    run_for(std::chrono::milliseconds(300));
    EXPECT_FALSE(logged("machine_reboot_failed"));
}

TEST_F(MachineRestartTest, SaysWithWhichStatusItFailed) {
    MachineRestart restart(loop, log, {"/bin/sh", "-c", "exit 3"});
    restart.request();
    EXPECT_TRUE(run_until([&] { return logged("status=3"); }));
    restart.request();
    EXPECT_EQ(std::count_if(
                  lines.begin(), lines.end(),
                  [](const std::string& line) { return line.find("event=machine_reboot ") != line.npos; }),
              2)
        << "it may be tried again";
}

TEST_F(MachineRestartTest, SaysThatThereIsNoSuchProgram) {
    MachineRestart restart(loop, log, {"/nowhere/systemctl"});
    restart.request();
    EXPECT_TRUE(logged("/nowhere/systemctl"));
}

TEST(MachineRestartCommandTest, NeedsNobodyAtAKeyboard) {
    const auto command = MachineRestart::usual_command();
    EXPECT_EQ(command.front(), "/usr/bin/systemctl");
    EXPECT_EQ(command.back(), "reboot");
}

}  // namespace
}  // namespace firmware
