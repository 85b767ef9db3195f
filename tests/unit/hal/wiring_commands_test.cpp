#include "hal/mock/button.hpp"
#include "hal/mock/door.hpp"
#include "hal/mock/loop.hpp"
#include "hal/mock/motor_bolt.hpp"
#include "tests/unit/hal/bench.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using hal::Button;
using hal::Door;
using hal::MotorBolt;

struct CommandsTest : testing::Test {
    Bench bench;
    MotorBolt& bolt = bench.wiring.add<MotorBolt>("bolt", {.lock = {.line = "GPIO17", .label = "lock"},
                                                           .unlock = {.line = "GPIO27", .label = "unlock"}});
    Door& door = bench.wiring.add<Door>("door", {.contact = {{.line = "GPIO23", .label = "door"}}});
    Button& exit = bench.wiring.add<Button>("exit", {{.line = "GPIO22", .label = "exit"}});

    std::string say(std::string_view command) {
        const auto answer = bench.wiring.command(command);
        return answer ? *answer : "error " + answer.error().message;
    }
};

TEST_F(CommandsTest, TheButtonCanBePressedForATime) {
    EXPECT_EQ(say("press exit 50ms"), "exit active");
    EXPECT_TRUE(bench.wiring.level("GPIO22"));
    bench.pass(50ms);
    EXPECT_FALSE(bench.wiring.level("GPIO22"));
    EXPECT_EQ(say("exit hold"), "exit active");
    EXPECT_EQ(say("release exit"), "exit released");
}

TEST_F(CommandsTest, APressNamesAWrongDuration) {
    EXPECT_TRUE(say("press exit 5 parsecs").starts_with("error the command is: press exit [DURATION]"));
    EXPECT_TRUE(say("press exit soon").starts_with("error "));
}

TEST_F(CommandsTest, TheDoorOpensAndCloses) {
    EXPECT_EQ(say("door open"), "door open");
    EXPECT_FALSE(bench.wiring.level("GPIO23"));
    EXPECT_EQ(say("door close"), "door closed");
    EXPECT_TRUE(bench.wiring.level("GPIO23"));
}

TEST_F(CommandsTest, ALockedDoorOpensOnlyByForce) {
    bolt.turn_by_hand(1);
    EXPECT_EQ(say("door open"), "error the door is locked; 'door force' breaks it open");
    EXPECT_EQ(say("door force"), "door open");
    EXPECT_EQ(say("door close"), "error the bolt is out, the door cannot close");
    bolt.turn_by_hand(0);
    EXPECT_EQ(say("door close"), "door closed");
}

TEST_F(CommandsTest, TheBoltCanBeJammedObstructedTurnedAndFreed) {
    EXPECT_EQ(say("bolt jam"), "bolt withdrawn position=0.00 jammed");
    EXPECT_EQ(say("bolt obstruct 0.5"), "bolt withdrawn position=0.00 jammed obstacle=0.50");
    EXPECT_EQ(say("bolt free"), "bolt withdrawn position=0.00");
    EXPECT_EQ(say("bolt turn 1"), "bolt thrown position=1.00");
    EXPECT_TRUE(say("bolt turn 2").starts_with("error '2' is no position"));
    EXPECT_TRUE(say("bolt dance").starts_with("error the command is: bolt jam|free"));
}

TEST_F(CommandsTest, WiresCanBeBrokenStuckFailedBouncedAndMended) {
    EXPECT_EQ(say("wire break GPIO23"), "GPIO23 break");
    EXPECT_FALSE(bench.wiring.level("GPIO23"));
    EXPECT_EQ(say("wire mend door"), "door mend");
    EXPECT_TRUE(bench.wiring.level("GPIO23"));
    EXPECT_EQ(say("wire stick GPIO22"), "GPIO22 stick");
    EXPECT_EQ(say("wire bounce GPIO22 3 2ms"), "GPIO22 bounce");
    const auto line = bench.input("GPIO22");
    EXPECT_EQ(say("wire fail GPIO22"), "GPIO22 fail");
    EXPECT_FALSE(line->read());
    EXPECT_EQ(say("wire mend GPIO22"), "GPIO22 mend");
    EXPECT_TRUE(line->read());
}

TEST_F(CommandsTest, AWrongCommandIsToldWhatWouldBeRight) {
    EXPECT_TRUE(say("wire").starts_with("error the command is: wire break|stick|fail|mend LINE"));
    EXPECT_TRUE(say("wire cut GPIO22").starts_with("error the command is: wire"));
    EXPECT_TRUE(say("wire bounce GPIO22 many").starts_with("error the command is: wire"));
    EXPECT_TRUE(
        say("wire break GPIO1").starts_with("error no line 'GPIO1' in the simulated wiring; it has GPIO17,"));
    EXPECT_EQ(say("window open"),
              "error no part 'window' in the simulated wiring; it has bolt, door, exit, and understands "
              "state, help "
              "and wire");
    EXPECT_TRUE(say("").starts_with("error the command is: state, help"));
}

TEST_F(CommandsTest, HelpListsEachPartWithItsVerbs) {
    EXPECT_EQ(say("help"),
              "state; help; bolt jam|free, or bolt obstruct|turn POSITION; door open|close|force; "
              "press exit [DURATION], or hold|release exit; "
              "wire break|stick|fail|mend LINE, or wire bounce LINE PAIRS [SPACING]");
}

TEST_F(CommandsTest, TheStateIsOneLine) {
    (void)say("wire break GPIO23");
    EXPECT_EQ(
        say("state"),
        "bolt: withdrawn position=0.00; door: closed; exit: released; wires: GPIO17_lock=0 GPIO27_unlock=0 "
        "GPIO23_door=0(broken) GPIO22_exit=0; mishaps: 0");
}

TEST_F(CommandsTest, ALoopIsActiveWhileItIsBrokenByACommandOrByItsWire) {
    bench.wiring.add<hal::Loop>("fire",
                                {.contact = {.line = "GPIO16", .label = "fire", .normally_closed = true}});
    const auto line =
        bench.source.request_input({.line = "GPIO16", .consumer = "test", .bias = hal::Bias::pull_up});
    ASSERT_TRUE(line);
    EXPECT_FALSE(*(*line)->read());
    EXPECT_EQ(say("fire break"), "fire broken");
    EXPECT_TRUE(*(*line)->read());
    EXPECT_EQ(say("fire restore"), "fire whole");
    EXPECT_FALSE(*(*line)->read());
    (void)say("wire break fire");
    EXPECT_TRUE(*(*line)->read()) << "a broken wire is fire";
    (void)say("wire mend fire");
    EXPECT_FALSE(*(*line)->read());
    EXPECT_EQ(say("fire burn"), "error the command is: fire break|restore");
}

}  // namespace
