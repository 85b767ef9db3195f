#include "hal/mock/wiring.hpp"

#include "hal/mock/button.hpp"
#include "tests/unit/hal/bench.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using hal::Bias;
using hal::Button;
using hal::Contact;
using hal::Wiring;
using Changes = std::vector<std::pair<long, double>>;

struct WiringTest : testing::Test {
    Bench bench;
    Button& exit =
        bench.wiring.add<Button>("exit", {Contact{.line = "GPIO22", .label = "exit", .active_low = true}});
    std::vector<hal::Edge> edges;

    void collect(hal::InputLine& line) {
        line.on_edge([this](hal::Edge edge) { edges.push_back(edge); });
    }
};

TEST_F(WiringTest, AnActiveLowContactPullsTheLineDownAndReadsAsActive) {
    const auto line = bench.input("GPIO22", true);
    EXPECT_TRUE(bench.wiring.level("GPIO22"));
    EXPECT_FALSE(*line->read());
    exit.hold();
    EXPECT_FALSE(bench.wiring.level("GPIO22"));
    EXPECT_TRUE(*line->read());
}

TEST_F(WiringTest, EdgesWaitForTheTickAndCarryTheTimeAtWhichTheyHappened) {
    const auto line = bench.input("GPIO22", true);
    collect(*line);
    exit.press(30ms);
    EXPECT_TRUE(edges.empty());
    bench.clock.advance(1s);
    bench.wiring.tick();
    ASSERT_EQ(edges.size(), 2U);
    EXPECT_TRUE(edges[0].active);
    EXPECT_EQ(bench.since_start(edges[0].at), 0ms);
    EXPECT_FALSE(edges[1].active);
    EXPECT_EQ(bench.since_start(edges[1].at), 30ms);
}

TEST_F(WiringTest, AWaitingEdgeIsDueAtOnce) {
    const auto line = bench.input("GPIO22", true);
    collect(*line);
    EXPECT_EQ(bench.wiring.next_due(), std::nullopt);
    exit.hold();
    EXPECT_EQ(bench.wiring.next_due(), bench.clock.steady_now());
}

TEST_F(WiringTest, ANewHandlerGetsNoEdgesFromBeforeIt) {
    const auto line = bench.input("GPIO22", true);
    collect(*line);
    exit.hold();
    int later = 0;
    line->on_edge([&](hal::Edge) { ++later; });
    bench.wiring.tick();
    EXPECT_TRUE(edges.empty());
    EXPECT_EQ(later, 0);
}

TEST_F(WiringTest, AHandlerMayEndItsOwnLine) {
    auto line = bench.input("GPIO22", true);
    int calls = 0;
    line->on_edge([&](hal::Edge) {
        ++calls;
        line.reset();
    });
    exit.press(1ms);
    bench.pass(10ms);
    EXPECT_EQ(calls, 1);
}

TEST_F(WiringTest, ABrokenWireReadsAsAnOpenContact) {
    const auto line = bench.input("GPIO22", true);
    collect(*line);
    exit.hold();
    ASSERT_TRUE(bench.wiring.set_fault("GPIO22", Wiring::Fault::broken));
    EXPECT_FALSE(*line->read());
    ASSERT_TRUE(bench.wiring.set_fault("GPIO22", Wiring::Fault::none));
    EXPECT_TRUE(*line->read());
    bench.wiring.tick();
    EXPECT_EQ(edges.size(), 3U);
}

TEST_F(WiringTest, ABrokenWireOfANormallyClosedLoopReadsAsActive) {
    bench.wiring.add<Button>("fire", {Contact{.line = "GPIO23", .label = "fire", .normally_closed = true}});
    const auto line = bench.input("GPIO23");
    EXPECT_FALSE(*line->read());
    ASSERT_TRUE(bench.wiring.set_fault("fire", Wiring::Fault::broken));
    EXPECT_TRUE(*line->read());
}

TEST_F(WiringTest, AStuckContactNoLongerFollowsItsPart) {
    const auto line = bench.input("GPIO22", true);
    ASSERT_TRUE(bench.wiring.set_fault("GPIO22", Wiring::Fault::stuck));
    exit.hold();
    EXPECT_FALSE(*line->read());
    ASSERT_TRUE(bench.wiring.set_fault("GPIO22", Wiring::Fault::none));
    EXPECT_TRUE(*line->read());
}

TEST_F(WiringTest, ABouncingContactSettlesOnItsValue) {
    const auto line = bench.input("GPIO22", true);
    collect(*line);
    ASSERT_TRUE(bench.wiring.set_bounce("GPIO22", {.pairs = 2, .spacing = 3ms}));
    exit.hold();
    bench.pass(100ms);
    EXPECT_EQ(bench.seen("GPIO22_exit_n"), (Changes{{0, 0}, {3, 1}, {6, 0}, {9, 1}, {12, 0}}));
    EXPECT_EQ(edges.size(), 5U);
    EXPECT_TRUE(*line->read());
}

TEST_F(WiringTest, ABounceIsBounded) {
    const auto bounced = bench.wiring.set_bounce("GPIO22", {.pairs = 1001, .spacing = 1ms});
    ASSERT_FALSE(bounced);
    EXPECT_EQ(bounced.error().code, base::Errc::invalid_argument);
    EXPECT_FALSE(bench.wiring.set_bounce("GPIO22", {.pairs = 1, .spacing = 0ms}));
}

TEST_F(WiringTest, AWrongBiasHoldsALineAsItWouldOnTheBoard) {
    const auto line = std::move(*bench.source.request_input(
        {.line = "GPIO22", .consumer = "test", .active_low = true, .bias = Bias::pull_down}));
    EXPECT_TRUE(*line->read());  // the button is open, yet the line is low
}

TEST_F(WiringTest, AnOutputHasItsInitialValueWithoutAnEdge) {
    bench.wiring.add_line("GPIO5");
    const auto high = std::move(*bench.source.request_output({.line = "GPIO5", .consumer = "test"}, true));
    EXPECT_EQ(bench.seen("GPIO5"), (Changes{{0, 1}}));
    EXPECT_TRUE(high->active());
}

TEST_F(WiringTest, AReleasedOutputKeepsDrivingAsOnRaspberryPiOs) {
    bench.wiring.add_line("GPIO5");
    ASSERT_TRUE(bench.output("GPIO5")->set(true));
    EXPECT_TRUE(bench.wiring.level("GPIO5"));
}

TEST_F(WiringTest, AReleasedOutputFloatsAsOnMainline) {
    bench.wiring.add_line("GPIO5");
    bench.wiring.set_after_release(Wiring::AfterRelease::floats);
    ASSERT_TRUE(bench.output("GPIO5")->set(true));
    EXPECT_FALSE(bench.wiring.level("GPIO5"));
}

TEST_F(WiringTest, AnOpenDrainOutputOnlyPullsDown) {
    bench.wiring.add_line("GPIO5");
    const auto line = std::move(*bench.source.request_output(
        {.line = "GPIO5", .consumer = "test", .bias = Bias::pull_up, .drive = hal::Drive::open_drain},
        false));
    EXPECT_FALSE(bench.wiring.level("GPIO5"));
    ASSERT_TRUE(line->set(true));
    EXPECT_TRUE(bench.wiring.level("GPIO5"));
}

TEST_F(WiringTest, ALineHasOneHolderAtATime) {
    auto line = bench.input("GPIO22");
    const auto second = bench.source.request_input({.line = "GPIO22", .consumer = "other"});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Errc::busy);
    EXPECT_EQ(second.error().message, "line 'GPIO22' is held by 'test'; a line has one holder at a time");
    line.reset();
    EXPECT_TRUE(bench.source.request_input({.line = "GPIO22", .consumer = "other"}));
}

TEST_F(WiringTest, ALineThatIsNotWiredIsNotFoundAndTheOthersAreNamed) {
    const auto line = bench.source.request_input({.line = "GPIO9", .consumer = "test"});
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, base::Errc::not_found);
    EXPECT_EQ(line.error().message, "no line 'GPIO9' in the simulated wiring; it has GPIO22");
}

TEST_F(WiringTest, AFailingLineFailsWithTheErrorItWasGiven) {
    const auto line = bench.input("GPIO22");
    ASSERT_TRUE(bench.wiring.set_failure("GPIO22", base::Error{base::Errc::io, "gone"}));
    EXPECT_EQ(line->read().error().message, "gone");
    ASSERT_TRUE(bench.wiring.set_failure("GPIO22", std::nullopt));
    EXPECT_TRUE(line->read());
}

TEST_F(WiringTest, SomebodyIsToldWhenANextMomentHasCome) {
    int told = 0;
    bench.wiring.on_attention([&] { ++told; });
    (void)bench.wiring.level("GPIO22");
    EXPECT_EQ(told, 0);
    exit.press(10ms);
    EXPECT_EQ(told, 1);
}

TEST_F(WiringTest, MishapsAreBoundedAndCounted) {
    for (int i = 0; i < 300; ++i)
        bench.wiring.change([&] { bench.wiring.add_mishap(std::to_string(i)); });
    EXPECT_EQ(bench.wiring.mishaps().size(), 256U);
    EXPECT_EQ(bench.wiring.mishaps().back().text, "299");
    EXPECT_EQ(bench.wiring.mishap_count(), 300U);
}

TEST_F(WiringTest, EdgesThatNobodyTakesAreBounded) {
    const auto line = bench.input("GPIO22", true);
    collect(*line);
    for (int i = 0; i < 5000; ++i) {
        exit.hold();
        exit.release();
    }
    bench.wiring.tick();
    EXPECT_EQ(edges.size(), 4096U);
    EXPECT_FALSE(edges.back().active);
}

}  // namespace
