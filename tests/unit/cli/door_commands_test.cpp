#include "scheduler/cli/door_commands.hpp"

#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* offline = R"({"Message":"{\"errorCode\":404103,\"message\":\"not online\"}"})";
constexpr const char* silent = R"({"Message":"{\"errorCode\":504101,\"message\":\"Timed out waiting\"}"})";

class DoorCommandsTest : public ::testing::Test, protected Bench {
  protected:
    void door_answers(const std::string& door, int status, const std::string& payload) {
        hub.answer("POST /twins/" + door + "/methods", 200,
                   R"({"status":)" + std::to_string(status) + R"(,"payload":)" + payload + "}");
    }
    static Actuate lock(std::vector<std::string> devices) { return {.devices = std::move(devices)}; }
};

TEST_F(DoorCommandsTest, LockSaysWhatTheDoorSaid) {
    door_answers("door-1", 200,
                 R"({"Response":"lockDoor called successfully","lock":{"state":"locked","source":"switch",)"
                 R"("hold":{"target":"locked","until":"2026-11-20T00:10:00.1234567Z"}},"door":"closed",)"
                 R"("lockTime":"10m"})");
    Actuate command = lock({"door-1"});
    command.hold = std::chrono::minutes(10);
    EXPECT_EQ(run(command, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "door-1: locked for 10m, until 2026-11-20T00:10:00Z, door closed\n");
    EXPECT_EQ(hub.requests.at(0).body,
              R"({"methodName":"lockDoor","payload":{"commandId":"0a1b2c3d-0000-4000-8000-000000000000",)"
              R"("lockTime":"10m"},"responseTimeoutInSeconds":30,"connectTimeoutInSeconds":0})");
}

TEST_F(DoorCommandsTest, UnlockHasItsOwnMethodAndArgument) {
    door_answers("door-1", 200, R"({"lock":{"state":"unlocked","source":"assumed"}})");
    Actuate command{.target = Actuate::Target::unlocked,
                    .devices = {"door-1"},
                    .hold = std::chrono::seconds(5),
                    .command_id = "again"};
    EXPECT_EQ(run(command, context).exit, Exit::ok);
    EXPECT_THAT(hub.requests.at(0).body,
                HasSubstr(R"("methodName":"unlockDoor","payload":{"commandId":"again","unlockTime":"5s"})"));
    EXPECT_EQ(out.str(), "door-1: unlocked (assumed: this door has no bolt switch)\n");
}

TEST_F(DoorCommandsTest, ADoorThatRefusesIsExitStatus3WithItsReason) {
    door_answers("door-1", 409, R"({"error":"the door is open"})");
    EXPECT_EQ(run(lock({"door-1"}), context).exit, Exit::some_failed);
    EXPECT_EQ(err.str(), "door-1: refused lockDoor (409): the door is open\n");
    EXPECT_EQ(out.str(), "");
}

TEST_F(DoorCommandsTest, ADoorThatIsNotThereIsExitStatus3) {
    hub.answer("POST /twins/door-1/methods", 404, offline);
    EXPECT_EQ(run(lock({"door-1"}), context).exit, Exit::some_failed);
    EXPECT_THAT(err.str(), HasSubstr("door-1: the device is not connected"));
}

TEST_F(DoorCommandsTest, ADoorThatDoesNotAnswerIsExitStatus6) {
    hub.answer("POST /twins/door-1/methods", 504, silent);
    EXPECT_EQ(run(lock({"door-1"}), context).exit, Exit::timed_out);
}

constexpr const char* unknown_outcome =
    "the call was sent, and the connection broke before the answer: whether the door carried it out is not "
    "known";

TEST_F(DoorCommandsTest, ACallWhoseConnectionBrokeIsToldWithTheWayToRepeatIt) {
    hub.answer("POST /twins/a/methods", 404, R"({"Message":"{\"errorCode\":404104,\"message\":\"ended\"}"})");
    hub.fail("POST /twins/b/methods", {base::Errc::io, "hub.local:8443: the connection broke off"});
    for (const std::string door : {"a", "b"}) {
        err.str("");
        EXPECT_EQ(run(lock({door}), context).exit, Exit::some_failed);
        EXPECT_EQ(err.str(), door + ": " + unknown_outcome +
                                 "; repeat with --command-id 0a1b2c3d-0000-4000-8000-000000000000\n");
        const auto outcome = run(Invoke{.device = door, .method = "m"}, context);
        EXPECT_EQ(outcome.exit, Exit::some_failed);
        EXPECT_EQ(outcome.message, door + ": " + unknown_outcome);
    }
}

TEST_F(DoorCommandsTest, AnUnknownDoorIsExitStatus3AloneAndAmongOthers) {
    EXPECT_EQ(run(lock({"door-9"}), context).exit, Exit::some_failed);
    EXPECT_EQ(run(Status{{"door-9"}}, context).exit, Exit::some_failed);
    EXPECT_EQ(run(Invoke{.device = "door-9", .method = "m"}, context).exit, Exit::some_failed);
    EXPECT_THAT(err.str(), HasSubstr("door-9: there is no such device"));
}

TEST_F(DoorCommandsTest, OneDoorsTroubleDoesNotKeepTheOthersOpen) {
    hub.answer("POST /twins/a/methods", 404, offline);
    door_answers("b", 200, R"({"lock":"locked"})");
    EXPECT_EQ(run(lock({"a", "unknown", "b"}), context).exit, Exit::some_failed);
    EXPECT_EQ(out.str(), "b: locked\n");
}

TEST_F(DoorCommandsTest, AHubThatIsAwayEndsItAtOnce) {
    hub.fail("POST /twins/a/methods", {base::Errc::unavailable, "refused: is lockhub running?"});
    const auto outcome = run(lock({"a", "b"}), context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("is lockhub running?"));
    EXPECT_EQ(hub.requests.size(), 1U);
}

TEST_F(DoorCommandsTest, AsJsonLinesEachDoorIsOneWithItsOwnBytes) {
    context.output.format = Format::jsonl;
    door_answers("a", 200, R"({"n":9007199254740993})");
    hub.answer("POST /twins/b/methods", 504, silent);
    EXPECT_EQ(run(lock({"a", "b"}), context).exit, Exit::some_failed);
    EXPECT_THAT(out.str(),
                HasSubstr("{\"deviceId\":\"a\",\"status\":200,\"payload\":{\"n\":9007199254740993}}\n"));
    EXPECT_THAT(out.str(), HasSubstr(R"({"deviceId":"b","error":)"));
}

TEST_F(DoorCommandsTest, AsJsonTheDoorsAreOneArrayAlsoIfThereIsOneOnly) {
    context.output.format = Format::json;
    door_answers("a", 200, R"({"n":9007199254740993})");
    hub.answer("POST /twins/b/methods", 504, silent);
    EXPECT_EQ(run(lock({"a", "b"}), context).exit, Exit::some_failed);
    EXPECT_THAT(out.str(),
                StartsWith("[{\"deviceId\":\"a\",\"status\":200,\"payload\":{\"n\":9007199254740993}},"));
    EXPECT_EQ(base::Json::parse(out.str())->size(), 2U);
    out.str("");
    EXPECT_EQ(run(Status{{"a"}}, context).exit, Exit::ok);
    EXPECT_EQ(base::Json::parse(out.str())->size(), 1U);
}

TEST_F(DoorCommandsTest, AsJsonACommandThatEndsHalfWayLeavesWhatWasDone) {
    context.output.format = Format::json;
    door_answers("a", 200, "null");
    hub.fail("POST /twins/b/methods", {base::Errc::unavailable, "refused: is lockhub running?"});
    EXPECT_EQ(run(lock({"a", "b"}), context).exit, Exit::failure);
    EXPECT_EQ(out.str(), "[{\"deviceId\":\"a\",\"status\":200,\"payload\":null}]\n");
}

TEST_F(DoorCommandsTest, AsCsvEachDoorIsALineInWords) {
    context.output.format = Format::csv;
    door_answers("a", 200, R"({"lock":{"state":"locked"},"door":"closed"})");
    EXPECT_EQ(run(lock({"a", "nobody"}), context).exit, Exit::some_failed);
    EXPECT_EQ(out.str(),
              "DEVICE,ANSWER,RESULT\r\na,200,\"locked, door closed\"\r\n"
              "nobody,,there is no such device; 'lockctl device list' shows them\r\n");
}

TEST_F(DoorCommandsTest, AJsonLineStaysOneWhateverTheDeviceSent) {
    context.output.format = Format::jsonl;
    door_answers("a", 200, "{\n  \"s\": \"a\\nb\"\r\n}");
    EXPECT_EQ(run(lock({"a"}), context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "{\"deviceId\":\"a\",\"status\":200,\"payload\":{  \"s\": \"a\\nb\"}}\n");
}

TEST_F(DoorCommandsTest, StatusOfADoorThatIsAwayIsWhatItReportedLast) {
    hub.answer("POST /twins/door-1/methods", 404, offline);
    hub.answer("GET /twins/door-1", 200, R"({"properties":{"reported":{"lock":{"state":"locked"}}}})");
    EXPECT_EQ(run(Status{{"door-1"}}, context).exit, Exit::some_failed);
    EXPECT_EQ(err.str(), "door-1: not connected; it last reported locked\n");
}

TEST_F(DoorCommandsTest, StatusOfADoorThatIsThere) {
    door_answers("door-1", 200, R"({"lock":{"state":"unlocked","source":"switch"},"door":"open"})");
    EXPECT_EQ(run(Status{{"door-1"}}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "door-1: unlocked, door open\n");
}

TEST_F(DoorCommandsTest, InvokePassesPayloadAndAnswerAsTheyAre) {
    door_answers("d", 200, R"({ "n":1.50 })");
    EXPECT_EQ(run(Invoke{.device = "d", .method = "m", .payload = "[1.0]"}, context).exit, Exit::ok);
    EXPECT_THAT(hub.requests.at(0).body, HasSubstr(R"("payload":[1.0],)"));
    EXPECT_EQ(out.str(), "200 { \"n\":1.50 }\n");
}

TEST_F(DoorCommandsTest, InvokeThatIsRefusedIsExitStatus3) {
    door_answers("d", 404, R"({"error":"there is no method openSesame"})");
    const auto outcome = run(Invoke{.device = "d", .method = "openSesame"}, context);
    EXPECT_EQ(outcome.exit, Exit::some_failed);
    EXPECT_EQ(outcome.message, "d refused openSesame (404): there is no method openSesame");
}

TEST_F(DoorCommandsTest, InvokeOnADeviceThatIsNotThereIsExitStatus3) {
    hub.answer("POST /twins/d/methods", 404, offline);
    EXPECT_EQ(run(Invoke{.device = "d", .method = "m"}, context).exit, Exit::some_failed);
}

TEST(DescribeDoorTest, AnotherProgramsAnswerIsToldAsItIs) {
    const auto words = [](const char* text) { return describe_door(*base::Json::parse(text)); };
    EXPECT_EQ(words(R"({"Response":"lockDoor called successfully"})"), "lockDoor called successfully");
    EXPECT_EQ(words(R"("done")"), "done");
    EXPECT_EQ(words(R"({"x":1})"), R"({"x":1})");
    EXPECT_EQ(words("null"), "");
}

}  // namespace
}  // namespace cli
