#include "firmware/methods.hpp"

#include "tests/unit/firmware/fakes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace firmware {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::variant<Command, Answer> parse(std::string_view text, Target target = Target::locked,
                                    const HoldLimits& limits = {}) {
    const auto arguments = parse_payload(text);
    if (!arguments) return failure(400, arguments.error().message);
    return parse_lock_arguments(target, *arguments, limits);
}

TEST(PayloadTest, MayBeAnObjectAStringThatContainsOneNullOrNothing) {
    for (const char* text : {R"({"lockTime":"10m"})", R"("{\"lockTime\":\"10m\"}")", R"({"lockTime":600})",
                             " {\"lockTime\" : \"10m\"}\n"}) {
        const auto parsed = parse(text);
        ASSERT_TRUE(std::holds_alternative<Command>(parsed)) << text;
        EXPECT_EQ(std::get<Command>(parsed).hold_for, minutes(10)) << text;
    }
    for (const char* text :
         {"", "  ", "null", "{}", R"("")", R"("null")", R"("{}")", R"({"lockTime":null})"}) {
        const auto parsed = parse(text);
        ASSERT_TRUE(std::holds_alternative<Command>(parsed)) << text;
        EXPECT_EQ(std::get<Command>(parsed).hold_for, std::nullopt) << text;
    }
}

TEST(PayloadTest, IsNothingElse) {
    for (const char* text : {"3", "[]", "true", R"("\"{}\"")", R"("[1]")", "{", R"({"lockTime":"10m"} x)",
                             R"({"a":1,"a":2})", R"("{\"lockTime\"")"}) {
        const auto parsed = parse(text);
        ASSERT_TRUE(std::holds_alternative<Answer>(parsed)) << text;
        EXPECT_EQ(std::get<Answer>(parsed).status, 400);
    }
    EXPECT_TRUE(std::holds_alternative<Answer>(parse(std::string(9000, ' ') + "{}")));
}

struct BadArgument {
    const char* payload;
    const char* field;
};
class BadArgumentTest : public ::testing::TestWithParam<BadArgument> {};

TEST_P(BadArgumentTest, IsAnswered400WithTheFieldAndWhatIsAllowed) {
    const auto parsed = parse(GetParam().payload);
    ASSERT_TRUE(std::holds_alternative<Answer>(parsed));
    const Answer& answer = std::get<Answer>(parsed);
    EXPECT_EQ(answer.status, 400);
    const auto body = base::Json::parse(answer.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->find("field").as_string(), GetParam().field);
    EXPECT_TRUE(body->find("allowed").is_string());
    EXPECT_TRUE(body->find("error").as_string()->starts_with(GetParam().field));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadArgumentTest,
    ::testing::Values(
        BadArgument{R"({"lockTime":"10x"})", "lockTime"}, BadArgument{R"({"lockTime":-1})", "lockTime"},
        BadArgument{R"({"lockTime":0})", "lockTime"}, BadArgument{R"({"lockTime":"8d"})", "lockTime"},
        BadArgument{R"({"lockTime":[1]})", "lockTime"}, BadArgument{R"({"lockTime":true})", "lockTime"},
        BadArgument{R"({"lockTime":1e300})", "lockTime"}, BadArgument{R"({"lockTime":""})", "lockTime"},
        BadArgument{R"({"locktime":"10m"})", "locktime"},
        BadArgument{R"({"unlockTime":"10m"})", "unlockTime"}, BadArgument{R"({"commandId":""})", "commandId"},
        BadArgument{R"({"commandId":7})", "commandId"},
        BadArgument{R"({"commandId":"00000000001111111111222222222233333333334444444444555555555566666"})",
                    "commandId"},
        BadArgument{R"({"notAfter":"tomorrow"})", "notAfter"}, BadArgument{R"({"notAfter":5})", "notAfter"}));

TEST(ArgumentsTest, AreAllUnderstood) {
    const auto parsed = parse(
        R"({"unlockTime":"1h30m","commandId":"job-1","notAfter":"2026-11-20T16:30:00Z"})", Target::unlocked);
    ASSERT_TRUE(std::holds_alternative<Command>(parsed));
    const Command& command = std::get<Command>(parsed);
    EXPECT_EQ(command.method, "unlockDoor");
    EXPECT_EQ(command.hold_for, minutes(90));
    EXPECT_EQ(command.command_id, "job-1");
    EXPECT_EQ(command.not_after, base::SystemTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}} +
                                     std::chrono::hours(16) + minutes(30));
}

TEST(ArgumentsTest, NeedAnUnlockTimeWithinTheRatingOfAnActuatorThatHasOne) {
    const HoldLimits limits{.longest_unlock = seconds(10)};
    for (const char* text : {"{}", R"({"unlockTime":"11s"})"}) {
        const auto parsed = parse(text, Target::unlocked, limits);
        ASSERT_TRUE(std::holds_alternative<Answer>(parsed)) << text;
        EXPECT_NE(std::get<Answer>(parsed).body.find("100ms to 10s"), std::string::npos);
    }
    EXPECT_TRUE(std::holds_alternative<Command>(parse(R"({"unlockTime":"10s"})", Target::unlocked, limits)));
    EXPECT_TRUE(std::holds_alternative<Command>(parse("{}", Target::locked, limits)));
}

class MethodsTest : public ::testing::Test {
  protected:
    MethodsTest() {
        door.start();
        door.switches({true, false});
    }
    Answer call(std::string_view name, std::string_view payload = "null") {
        Answer given{0, ""};
        methods.call(name, payload, [&given](Answer answer) { given = std::move(answer); });
        store.finish_all();
        return given;
    }
    static LockSettings settings() { return {.timings = {}, .locked_switch = true, .unlocked_switch = true}; }

    base::ManualClock clock;
    std::vector<std::string> logged;
    base::Log log{base::Level::info,
                  [this](base::Level, std::string_view line) { logged.emplace_back(line); }};
    FakeStore store;
    StateKeeper keeper{store, clock, log, State{}};
    Door door{settings(),
              Target::locked,
              {},
              clock,
              keeper,
              log,
              {.drive = [](Drive) { return base::Result<void>(); }, .changed = [] {}}};
    int restarts = 0;
    Methods methods{
        door,
        {},
        clock,
        log,
        {.status = [](base::Json& facts) { facts.set("building", 43); }, .restart = [this] { ++restarts; }}};
};

TEST_F(MethodsTest, UnknownOnesAreAnswered404WithThoseThatThereAre) {
    const Answer answer = call("openSesame");
    EXPECT_EQ(answer.status, 404);
    EXPECT_NE(answer.body.find("lockDoor, unlockDoor, getStatus, reboot"), std::string::npos);
}

TEST_F(MethodsTest, AreAnsweredFirstAndWrittenToTheLogThen) {
    logged.clear();
    std::size_t lines = 99;
    methods.call("getStatus", "", [&](const Answer&) { lines = logged.size(); });
    EXPECT_EQ(lines, 0U);
    EXPECT_EQ(logged, std::vector<std::string>{"event=method name=getStatus status=200 ms=0"});
}

TEST_F(MethodsTest, DoNotRepeatALongNameThatAStrangerChose) {
    const Answer answer = call(std::string(60000, 'x'));
    EXPECT_EQ(answer.status, 404);
    EXPECT_LT(answer.body.size(), 200U);
}

TEST_F(MethodsTest, LockDoorAnswersAsTheTutorialExpects) {
    const Answer answer = call("lockDoor", R"("{\"lockTime\":\"10m\"}")");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body.starts_with(R"({"Response":"lockDoor called successfully",)")) << answer.body;
}

TEST_F(MethodsTest, GetStatusTellsTheFactsOfTheDoor) {
    const Answer answer = call("getStatus", "");
    EXPECT_EQ(answer.status, 200);
    const auto body = base::Json::parse(answer.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->find("lock").find("state").as_string(), "locked");
    EXPECT_EQ(body->find("lock").find("source").as_string(), "switch");
    EXPECT_EQ(body->find("building").as_integer(), 43);
    EXPECT_TRUE(body->find("fire").is_null()) << "there is no such input";
    EXPECT_TRUE(body->find("tamper").is_null());
    EXPECT_EQ(body->find("storage").as_string(), "good");
    EXPECT_EQ(call("getStatus", R"({"x":1})").status, 400);
}

TEST_F(MethodsTest, ACommandIdIsAcceptedByAllOfThem) {
    for (const char* name : {"getStatus", "lockDoor"})
        EXPECT_EQ(call(name, R"({"commandId":"job-1"})").status, 200) << name;
    EXPECT_EQ(call("reboot", R"({"commandId":"job-1"})").status, 202);
    EXPECT_EQ(restarts, 1);
}

TEST_F(MethodsTest, RebootIsAnswered202AndRefusedWhileTheBoltTravels) {
    EXPECT_EQ(call("reboot").status, 202);
    EXPECT_EQ(restarts, 1);
    EXPECT_EQ(call("reboot", R"({"target":"moon"})").status, 400);
    (void)call("unlockDoor");
    EXPECT_EQ(call("reboot").status, 409);
    EXPECT_EQ(restarts, 1);
}

TEST_F(MethodsTest, RebootOfTheMachineNeedsTheConfigurationsLeave) {
    const Answer refused = call("reboot", R"({"target":"machine"})");
    EXPECT_EQ(refused.status, 409);
    EXPECT_NE(refused.body.find("allow_machine_reboot"), std::string::npos);
    EXPECT_EQ(restarts, 0);
    int machine_restarts = 0;
    Methods allowed(door, {}, clock, log,
                    {.status = [](base::Json&) {},
                     .restart = [this] { ++restarts; },
                     .restart_machine = [&] { ++machine_restarts; }});
    Answer answer;
    allowed.call("reboot", R"({"target":"machine"})", [&answer](Answer got) { answer = std::move(got); });
    EXPECT_EQ(answer.status, 202);
    EXPECT_NE(answer.body.find(R"("restarting":"machine")"), std::string::npos);
    EXPECT_EQ(machine_restarts, 1);
    EXPECT_EQ(restarts, 0);
}

}  // namespace
}  // namespace firmware
