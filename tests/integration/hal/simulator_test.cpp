#include "hal/mock/simulator.hpp"

#include "hal/cutoff.hpp"
#include "hal/mock/motor_bolt.hpp"
#include "tests/integration/hal/control_client.hpp"
#include "tests/integration/hal/running_loop.hpp"
#include "tests/integration/hal/temp_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace {

using namespace std::chrono_literals;
using hal::MotorBolt;
using hal::Simulator;
using hal::Wiring;

// What one process of the door has.
struct Process {
    base::RealClock clock;
    Wiring wiring{clock};
    MotorBolt& bolt = wiring.add<MotorBolt>("bolt", {.lock = {.line = "GPIO17", .label = "lock"},
                                                     .unlock = {.line = "GPIO27", .label = "unlock"},
                                                     .locked = {{.line = "GPIO24", .label = "locked"}},
                                                     .travel = 40ms});
    hal::MockSource source{wiring};
    std::vector<std::string> warnings;
    base::Log log{base::Level::warning,
                  [this](base::Level, std::string_view line) { warnings.emplace_back(line); }};
    std::unique_ptr<Simulator> simulator;

    Process(hal::EventLoop& loop, const Simulator::Options& options) {
        auto started = Simulator::start(loop, wiring, clock, log, options);
        if (started) simulator = std::move(*started);
    }
    std::unique_ptr<hal::OutputLine> output(const std::string& line) {
        return std::move(*source.request_output({.line = line, .consumer = "test"}, false));
    }
};

struct SimulatorTest : testing::Test, RunningLoop {
    TempDirectory directory;
    Simulator::Options options{.vcd_file = directory.file("door.vcd"),
                               .control_socket = directory.file("control.sock"),
                               .state_file = directory.file("bolt.state")};
};

TEST_F(SimulatorTest, TheBoltTravelsInRealTimeAndItsSwitchReportsIt) {
    Process door(loop, options);
    ASSERT_TRUE(door.simulator);
    const auto switch_line = std::move(*door.source.request_input({.line = "GPIO24", .consumer = "test"}));
    std::optional<hal::Edge> edge;
    switch_line->on_edge([&](hal::Edge seen) { edge = seen; });
    const auto lock = door.output("GPIO17");
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(lock->set(true));
    EXPECT_TRUE(run_until([&] { return edge.has_value(); }));
    EXPECT_TRUE(edge->active);
    EXPECT_GE(edge->at - start, 39ms);
}

TEST_F(SimulatorTest, TheRecordingIsReadableWhileItRuns) {
    Process door(loop, options);
    ASSERT_TRUE(door.simulator);
    const auto lock = door.output("GPIO17");
    ASSERT_TRUE(lock->set(true));
    EXPECT_TRUE(run_until([&] { return door.wiring.level("GPIO24"); }));
    const auto wave = hal::read_vcd(options.vcd_file);
    ASSERT_TRUE(wave) << wave.error().message;
    EXPECT_EQ(wave->signals[0].name, "GPIO17_lock");
    EXPECT_EQ(wave->signals[0].changes.back().value, 1);
}

TEST_F(SimulatorTest, AProcessThatWasKilledFindsItsBoltWhereItWas) {
    {
        Process door(loop, options);
        ASSERT_TRUE(door.simulator);
        const auto lock = door.output("GPIO17");
        ASSERT_TRUE(lock->set(true));
        EXPECT_TRUE(run_until([&] { return door.bolt.position() == 1; }));
        run_for(5ms);
        EXPECT_TRUE(std::filesystem::exists(options.state_file));
    }
    Process again(loop, options);
    ASSERT_TRUE(again.simulator);
    EXPECT_EQ(again.bolt.position(), 1);
    EXPECT_TRUE(again.wiring.level("GPIO24"));
}

TEST_F(SimulatorTest, ADamagedStateFileIsAWarning) {
    std::ofstream(options.state_file) << "bolt sideways\n";
    const Process door(loop, options);
    ASSERT_TRUE(door.simulator);
    ASSERT_EQ(door.warnings.size(), 1U);
    EXPECT_NE(door.warnings[0].find("simulated_state_ignored"), std::string::npos);
}

TEST_F(SimulatorTest, FaultsAndTheStateComeThroughTheControlSocket) {
    Process door(loop, options);
    ASSERT_TRUE(door.simulator);
    ControlClient client(options.control_socket);
    client.send("bolt jam\nwire break GPIO24\nstate\n");
    EXPECT_TRUE(run_until([&] { return client.received().find("mishaps: 0\n") != std::string::npos; }));
    EXPECT_NE(client.received().find("ok bolt: withdrawn position=0.00 jammed; wires: GPIO17_lock=0 "
                                     "GPIO27_unlock=0 GPIO24_locked=0(broken); mishaps: 0\n"),
              std::string::npos)
        << client.received();
    const auto lock = door.output("GPIO17");
    ASSERT_TRUE(lock->set(true));
    run_for(60ms);
    EXPECT_EQ(door.bolt.position(), 0);
}

TEST_F(SimulatorTest, TheCutOffThreadStopsTheMotor) {
    Process door(loop, options);
    ASSERT_TRUE(door.simulator);
    const auto cutoff = std::move(*hal::CutOff::start(loop, door.log));
    bool cut = false;
    const auto lock =
        cutoff->guard(door.output("GPIO17"), {.longest_on = 15ms, .shortest_off = 0s}, [&] { cut = true; });
    ASSERT_TRUE(lock->set(true));
    EXPECT_TRUE(run_until([&] { return cut; }));
    EXPECT_FALSE(door.wiring.level("GPIO17"));
    const auto position = door.bolt.position();
    EXPECT_GT(position, 0.3);
    run_for(20ms);
    EXPECT_EQ(door.bolt.position(), position);
}

TEST_F(SimulatorTest, SaysWhatCannotBeOpened) {
    options.control_socket = directory.file("none") + "/control.sock";
    base::RealClock clock;
    Wiring wiring(clock);
    const base::Log log(base::Level::error);
    const auto simulator = Simulator::start(loop, wiring, clock, log, options);
    ASSERT_FALSE(simulator);
    EXPECT_NE(simulator.error().message.find("none/control.sock"), std::string::npos);
}

}  // namespace
