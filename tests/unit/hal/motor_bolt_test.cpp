#include "hal/mock/motor_bolt.hpp"

#include "tests/unit/hal/bench.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using hal::MotorBolt;
using hal::Wiring;
using Changes = std::vector<std::pair<long, double>>;

struct MotorBoltTest : testing::Test {
    Bench bench;
    MotorBolt& bolt =
        bench.wiring.add<MotorBolt>("bolt", {.lock = {.line = "GPIO17", .label = "lock"},
                                             .unlock = {.line = "GPIO27", .label = "unlock"},
                                             .locked = {{.line = "GPIO24", .label = "locked"}},
                                             .unlocked = {{.line = "GPIO25", .label = "unlocked"}},
                                             .travel = 1000ms});
    std::unique_ptr<hal::OutputLine> lock = bench.output("GPIO17");
    std::unique_ptr<hal::OutputLine> unlock = bench.output("GPIO27");
    std::unique_ptr<hal::InputLine> locked = bench.input("GPIO24");
    std::unique_ptr<hal::InputLine> unlocked = bench.input("GPIO25");

    void SetUp() override { bench.transitions.clear(); }
    static void set(hal::OutputLine& line, bool active) { ASSERT_TRUE(line.set(active)); }
};

TEST_F(MotorBoltTest, IsWithdrawnAtFirstAndItsSwitchSaysSo) {
    EXPECT_EQ(bolt.position(), 0);
    EXPECT_TRUE(*unlocked->read());
    EXPECT_FALSE(*locked->read());
}

TEST_F(MotorBoltTest, MovesWhileADirectionIsDriven) {
    set(*lock, true);
    bench.pass(400ms);
    EXPECT_DOUBLE_EQ(bolt.position(), 0.4);
}

TEST_F(MotorBoltTest, StandsStillWhenItIsNotDriven) {
    set(*lock, true);
    bench.pass(400ms);
    set(*lock, false);
    bench.pass(10s);
    EXPECT_DOUBLE_EQ(bolt.position(), 0.4);
    EXPECT_FALSE(*unlocked->read());
    EXPECT_FALSE(*locked->read());
}

TEST_F(MotorBoltTest, WorksItsEndSwitchesOnTheWay) {
    set(*lock, true);
    bench.pass(2s);
    set(*lock, false);
    EXPECT_EQ(bolt.position(), 1);
    EXPECT_EQ(bench.seen("GPIO25_unlocked"), (Changes{{20, 0}}));
    EXPECT_EQ(bench.seen("GPIO24_locked"), (Changes{{980, 1}}));
}

TEST_F(MotorBoltTest, ReportsTheSameWhetherTimeComesInStepsOrAtOnce) {
    set(*lock, true);
    bench.clock.advance(3s);
    bench.wiring.tick();
    EXPECT_EQ(bench.seen("GPIO25_unlocked"), (Changes{{20, 0}}));
    EXPECT_EQ(bench.seen("GPIO24_locked"), (Changes{{980, 1}}));
}

TEST_F(MotorBoltTest, RecordsItsPositionOnTheWay) {
    set(*lock, true);
    bench.pass(2s);
    const auto steps = bench.seen("bolt_position");
    EXPECT_GE(steps.size(), 20U);
    EXPECT_EQ(steps.back(), (std::pair<long, double>{1000, 1}));
}

TEST_F(MotorBoltTest, ReversesWhereItIs) {
    set(*lock, true);
    bench.pass(600ms);
    set(*lock, false);
    set(*unlock, true);
    bench.pass(200ms);
    EXPECT_DOUBLE_EQ(bolt.position(), 0.4);
    bench.pass(5s);
    EXPECT_EQ(bolt.position(), 0);
}

TEST_F(MotorBoltTest, BothDirectionsAtOnceMoveNothingAndAreAMishap) {
    set(*lock, true);
    bench.pass(300ms);
    set(*unlock, true);
    bench.pass(300ms);
    EXPECT_DOUBLE_EQ(bolt.position(), 0.3);
    ASSERT_EQ(bench.wiring.mishaps().size(), 1U);
    EXPECT_EQ(bench.since_start(bench.wiring.mishaps()[0].at), 300ms);
    set(*lock, false);
    bench.pass(100ms);
    EXPECT_DOUBLE_EQ(bolt.position(), 0.2);
}

TEST_F(MotorBoltTest, ADriveThatChangesDirectionInOneInstantIsNoMishap) {
    set(*lock, true);
    set(*lock, false);
    set(*unlock, true);
    EXPECT_EQ(bench.wiring.mishap_count(), 0U);
}

TEST_F(MotorBoltTest, AJammedBoltStaysWhereItIs) {
    set(*lock, true);
    bench.pass(500ms);
    bolt.jam();
    bench.pass(5s);
    EXPECT_DOUBLE_EQ(bolt.position(), 0.5);
    bolt.free();
    bench.pass(5s);
    EXPECT_EQ(bolt.position(), 1);
}

TEST_F(MotorBoltTest, AnObstacleStopsItOnEitherSideAndLetsItBack) {
    bolt.obstruct(0.7);
    set(*lock, true);
    bench.pass(5s);
    EXPECT_DOUBLE_EQ(bolt.position(), 0.7);
    EXPECT_FALSE(*locked->read());
    set(*lock, false);
    set(*unlock, true);
    bench.pass(5s);
    EXPECT_EQ(bolt.position(), 0);
}

TEST_F(MotorBoltTest, ABrokenDriveWireMovesNothing) {
    ASSERT_TRUE(bench.wiring.set_fault("GPIO17", Wiring::Fault::broken));
    set(*lock, true);
    bench.pass(5s);
    EXPECT_EQ(bolt.position(), 0);
    EXPECT_TRUE(bench.wiring.level("GPIO17"));  // the pin is driven all the same
}

TEST_F(MotorBoltTest, ADriverThatSticksKeepsTheMotorRunning) {
    set(*lock, true);
    bench.pass(100ms);
    ASSERT_TRUE(bench.wiring.set_fault("GPIO17", Wiring::Fault::stuck));
    set(*lock, false);
    bench.pass(5s);
    EXPECT_EQ(bolt.position(), 1);
}

TEST_F(MotorBoltTest, ABrokenSwitchWireHidesThatTheBoltHasArrived) {
    ASSERT_TRUE(bench.wiring.set_fault("locked", Wiring::Fault::broken));
    set(*lock, true);
    bench.pass(5s);
    EXPECT_EQ(bolt.position(), 1);
    EXPECT_FALSE(*locked->read());
}

TEST_F(MotorBoltTest, TheKeyTurnsItByHand) {
    bolt.turn_by_hand(1);
    EXPECT_TRUE(*locked->read());
    EXPECT_FALSE(*unlocked->read());
}

TEST_F(MotorBoltTest, KeepsItsPlaceOverARestart) {
    set(*lock, true);
    bench.pass(250ms);
    const auto kept = bench.wiring.snapshot();
    EXPECT_EQ(kept, "bolt 0.250000\n");
    set(*lock, false);
    bolt.turn_by_hand(0);
    ASSERT_TRUE(bench.wiring.restore(kept));
    EXPECT_DOUBLE_EQ(bolt.position(), 0.25);
}

TEST_F(MotorBoltTest, ADamagedSnapshotIsRefused) {
    for (const char* text : {"bolt\n", "bolt 1.5\n", "bolt -0.1\n", "bolt nan\n", "bolt 0.5x\n"}) {
        const auto restored = bench.wiring.restore(text);
        ASSERT_FALSE(restored) << text;
        EXPECT_EQ(restored.error().code, base::Errc::invalid_argument);
    }
    EXPECT_TRUE(bench.wiring.restore("another 7\n\n"));
    EXPECT_EQ(bolt.position(), 0);
}

}  // namespace
