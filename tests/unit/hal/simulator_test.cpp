#include "hal/mock/simulator.hpp"

#include "hal/mock/door.hpp"
#include "tests/unit/hal/bench.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace {

// No file may grow while it lives: every write to one fails, as on a full disk.
class FullDisk {
  public:
    FullDisk() : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
        const rlimit none{0, before_.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0);
        (void)std::signal(SIGXFSZ, signal_);
    }

  private:
    void (*signal_)(int);
    rlimit before_{};
};

class SimulatorTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "doorlock-sim-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
        auto made = hal::EventLoop::create();
        ASSERT_TRUE(made);
        loop = std::move(*made);
    }
    void TearDown() override { std::filesystem::remove_all(directory); }
    auto start() {
        return hal::Simulator::start(*loop, bench.wiring, bench.clock, log,
                                     {.vcd_file = directory + "/door.vcd"});
    }

    Bench bench;
    hal::Door& door = bench.wiring.add<hal::Door>("door", {.contact = {{.line = "GPIO23", .label = "door"}}});
    std::vector<std::string> said;
    base::Log log{base::Level::warning,
                  [this](base::Level, std::string_view line) { said.emplace_back(line); }};
    std::string directory;
    std::unique_ptr<hal::EventLoop> loop;
};

TEST_F(SimulatorTest, WarnsOnceThatARecordingCannotBeWrittenAndGoesOn) {
    const FullDisk full;
    const auto simulator = start();
    ASSERT_TRUE(simulator) << simulator.error().message;
    door.open();
    door.close();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_TRUE(said[0].starts_with("event=recording_ended file=" + directory + "/door.vcd")) << said[0];
}

TEST_F(SimulatorTest, WarnsWhenTheDiskFillsUpLater) {
    const auto simulator = start();
    ASSERT_TRUE(simulator) << simulator.error().message;
    door.open();
    EXPECT_TRUE(said.empty());
    const FullDisk full;
    door.close();
    door.open();
    EXPECT_EQ(said.size(), 1U);
}

}  // namespace
