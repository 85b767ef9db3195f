#include "firmware/config.hpp"

#include "base/file_layer.hpp"
#include "tests/unit/firmware/pem_maker.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace firmware {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::variant<Config, std::vector<Mistake>> parse(std::string_view text) {
    return parse_config(text, "/etc/doorlock");
}

constexpr std::string_view smallest = R"({
  "connection": {"string": "HostName=hub.local;DeviceId=door-1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
  "state_directory": "state",
  "lock": {"kind": "motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"}}
})";

// The smallest good configuration with one thing changed.
std::string with(std::string_view what, std::string_view by) {
    std::string text(smallest);
    text.replace(text.find(what), what.size(), by);
    return text;
}

TEST(ConfigTest, HasDefaultsForEverythingThatCanHaveOne) {
    const auto parsed = parse(smallest);
    ASSERT_TRUE(std::holds_alternative<Config>(parsed))
        << std::get<std::vector<Mistake>>(parsed).front().text;
    const Config& config = std::get<Config>(parsed);
    EXPECT_EQ(config.hub.port, 8883);
    EXPECT_EQ(config.hub.identity.device_id, "door-1");
    EXPECT_EQ(config.resting, Target::locked);
    EXPECT_EQ(config.state_directory, "/etc/doorlock/state");
    EXPECT_EQ(config.lock.timings, LockTimings{});
    EXPECT_FALSE(config.lock.locked_switch);
}

TEST(ConfigTest, TakesThePortFromTheSettingThenFromTheConnectionString) {
    const std::string in_string = with("HostName=hub.local", "HostName=hub.local:1883");
    EXPECT_EQ(std::get<Config>(parse(in_string)).hub.port, 1883);
    std::string both = in_string;
    both.replace(both.find("\"connection\": {"), 15, "\"connection\": {\"port\": 9000, ");
    EXPECT_EQ(std::get<Config>(parse(both)).hub.port, 9000);
}

struct Wrong {
    const char* what;
    const char* by;
    std::size_t line;
    const char* says;
};
class ConfigMistakeTest : public ::testing::TestWithParam<Wrong> {};

TEST_P(ConfigMistakeTest, IsFoundWithItsPlaceAndWhatWouldBeRight) {
    const auto parsed = parse(with(GetParam().what, GetParam().by));
    ASSERT_TRUE((std::holds_alternative<std::vector<Mistake>>(parsed)));
    const auto& mistakes = std::get<std::vector<Mistake>>(parsed);
    const bool found = std::any_of(mistakes.begin(), mistakes.end(), [](const Mistake& mistake) {
        return mistake.at.line == GetParam().line && mistake.text.find(GetParam().says) != std::string::npos;
    });
    EXPECT_TRUE(found) << mistakes.front().at.line << ": " << mistakes.front().text;
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigMistakeTest,
    ::testing::Values(
        Wrong{"\"motor_bolt\"", "\"motor\"", 4, "lock.kind: one of motor_bolt, latching_solenoid"},
        Wrong{"\"kind\": \"motor_bolt\", ", "", 4, "lock.kind: this setting is missing"},
        Wrong{", \"unlock\": \"GPIO27\"", "", 4, "needs both lock and unlock"},
        Wrong{"\"GPIO27\"", "\"GPIO17\"", 4, "lock.lines.unlock: line GPIO17 is used twice"},
        Wrong{"\"GPIO27\"", "\"pinctrl-bcm2711:17\"", 4,
              "lock.lines.unlock: line pinctrl-bcm2711:17 is the one that lock.lines.lock calls GPIO17"},
        Wrong{"\"GPIO27\"", "27", 4, "lock.lines.unlock: a text is expected, not 27"},
        Wrong{"\"GPIO27\"", "{\"line\": \"GPIO27\", \"bias\": \"up\"}", 4,
              "as_is, disabled, pull_up, pull_down"},
        Wrong{"\"GPIO27\"}", "\"GPIO27\"}, \"travel\": \"1h\"", 4, "a duration from 10ms to 12s"},
        Wrong{"\"GPIO27\"}", "\"GPIO27\"}, \"travel\": \"12s\", \"pause\": \"10s\"", 4,
              "must come within 25s"},
        Wrong{"\"GPIO27\"}", "\"GPIO27\"}, \"max_on\": \"12s\"", 4, "there is no such setting here"},
        Wrong{"\"GPIO27\"}", "\"GPIO27\"}, \"travel\": \"1s\", \"min_on\": \"1500ms\"", 4,
              "lock.min_on: it may not be longer than travel (1s)"},
        Wrong{"\"GPIO27\"}", "\"GPIO27\"}, \"dead_time\": \"0ms\"", 4, "a duration from 1ms to 2s"},
        Wrong{"\"GPIO27\"}", "\"GPIO27\"}, \"needs_closed_door\": true", 4,
              "lock.needs_closed_door: it needs door.contact"},
        Wrong{"\"state_directory\": \"state\",", "", 1, "state_directory: this setting is missing"},
        Wrong{"DeviceId=door-1;", "", 2, "DeviceId is missing"},
        Wrong{"\"state_directory\"", "\"floor\": \"one\", \"state_directory\"", 3,
              "floor: an integer from -1000"},
        Wrong{"\"state_directory\"", "\"stat_directory\"", 3, "there is no such setting here; there are:"},
        Wrong{"\"motor_bolt\"", "\"solenoid\"", 4, "lock.max_on: this setting is missing"},
        Wrong{"\"motor_bolt\"", "\"magnetic_lock\"", 4, "needs power, the line that energises it"},
        Wrong{"\"motor_bolt\"", "\"latching_solenoid\"", 4, "fit a one-shot in hardware"},
        Wrong{"\"state_directory\"", "\"simulation\": {\"travel\": \"0ms\"}, \"state_directory\"", 3,
              "a duration from 1ms to 1m"},
        Wrong{"\"lock\": {", "\"lock\": {,", 4, "expected"}));

TEST(ConfigTest, ReportsAllMistakesAtOnceInTheOrderOfTheText) {
    const auto parsed = parse("{\n\"connection\": {\"prt\": 1},\n\"lock\": {\"kind\": \"x\"},\n\"a\": 1 }");
    const auto& mistakes = std::get<std::vector<Mistake>>(parsed);
    EXPECT_GE(mistakes.size(), 5U);
    EXPECT_TRUE(std::is_sorted(mistakes.begin(), mistakes.end(),
                               [](const Mistake& a, const Mistake& b) { return a.at.line < b.at.line; }));
}

TEST(ConfigTest, BoundsTheMistakes) {
    std::string text = "{";
    for (int i = 0; i < 500; ++i)
        text += "\"m" + std::to_string(i) + "\": 1,\n";
    text += "\"last\": 1}";
    EXPECT_LE(std::get<std::vector<Mistake>>(parse(text)).size(), 100U);
}

TEST(ConfigTest, RefusesWhatIsNoObject) {
    for (const char* text : {"", "   ", "[]", "3", "{", "{\"a\":1}}", "\xff", "// nothing"}) {
        EXPECT_TRUE((std::holds_alternative<std::vector<Mistake>>(parse(text)))) << text;
    }
}

TEST(ConfigTest, DoesNotLetAPowerReleasedLockWithARatingRestUnlocked) {
    const auto parsed = parse(R"({
      "connection": {"string_file": "c"}, "state_directory": "s",
      "lock": {"kind": "fail_secure_strike", "resting": "unlocked", "lines": {"power": "GPIO17"}, "max_on": "10s"}})");
    const auto& mistakes = std::get<std::vector<Mistake>>(parsed);
    ASSERT_EQ(mistakes.size(), 1U);
    EXPECT_NE(mistakes[0].text.find("cannot rest unlocked"), std::string::npos);
}

// A configuration in a directory of its own, with the files that it names.
class ConfigFileTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "doorlock-config-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
        path = directory + "/door.json";
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    void write(const std::string& name, std::string_view text) const {
        std::ofstream(directory + "/" + name) << text;
        std::filesystem::permissions(directory + "/" + name, std::filesystem::perms(0600));
    }
    // What the check says, without the path of the file; empty if it is good.
    [[nodiscard]] std::string check(std::string_view text, ConfigUse use = ConfigUse::check) const {
        write("door.json", text);
        const auto config = load_config(path, use);
        if (config) return {};
        EXPECT_EQ(config.error().code, base::Errc::invalid_argument);
        EXPECT_TRUE(config.error().message.starts_with(path + ":")) << config.error().message;
        return config.error().message.substr(path.size() + 1);
    }

    std::string directory;
    std::string path;
};

TEST_F(ConfigFileTest, IsGoodWithAStateDirectoryThatCanBeMade) {
    EXPECT_EQ(check(smallest), "");
    EXPECT_EQ(check(with("\"state\"", "\"a/b/c\"")), "");
    EXPECT_FALSE(std::filesystem::exists(directory + "/a")) << "a check makes nothing";
}

TEST_F(ConfigFileTest, NamesAStateDirectoryThatCannotBeMadeOrWritten) {
    write("file", "");
    EXPECT_EQ(check(with("\"state\"", "\"file\"")), "3:22: state_directory: " + directory +
                                                        "/file cannot be used: " + directory +
                                                        "/file is no directory");
    EXPECT_TRUE(check(with("\"state\"", "\"file/state\"")).starts_with("3:22: state_directory: "));
    EXPECT_EQ(check(with("\"state\"", "\"file\""), ConfigUse::run), "") << "only a check minds";
    const std::string closed = check(with("\"state\"", "\"/proc/doorlock\""));
    if (::geteuid() != 0) {
        EXPECT_NE(closed.find("/proc is not writable"), std::string::npos) << closed;
    }
}

TEST_F(ConfigFileTest, NamesAFileThatASettingNamesAtTheSetting) {
    const std::string text = with("\"connection\": {", "\"connection\": {\"ca_file\": \"ca.pem\", ");
    EXPECT_TRUE(check(text).starts_with("2:29: connection.ca_file: cannot read " + directory + "/ca.pem"));
    write("ca.pem", "nothing of that kind\n");
    EXPECT_EQ(check(text),
              "2:29: connection.ca_file: " + directory +
                  "/ca.pem: there is no certificate in PEM form (\"-----BEGIN CERTIFICATE-----\" "
                  "is missing)");
    write("ca.pem", "a comment\n" + make_pem_pair().certificate);
    EXPECT_EQ(check(text), "");
}

TEST_F(ConfigFileTest, NamesAConnectionStringFileAtTheSetting) {
    constexpr std::string_view text = R"({
  "connection": {"string_file": "door-1.connection"},
  "state_directory": "state",
  "lock": {"kind": "motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"}}
})";
    EXPECT_TRUE(check(text).starts_with("2:33: connection.string_file: ")) << check(text);
    write("door-1.connection", "HostName=hub.local");
    EXPECT_TRUE(
        check(text).starts_with("2:33: connection.string_file: " + directory + "/door-1.connection: "))
        << check(text);
    write("door-1.connection",
          "HostName=hub.local;DeviceId=door-1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg==\n");
    EXPECT_EQ(check(text), "");
}

TEST_F(ConfigFileTest, ThatIsNotThereHasNoPlaceInIt) {
    const auto config = load_config(path);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, base::Errc::not_found);
    EXPECT_TRUE(config.error().message.starts_with("cannot read " + path)) << config.error().message;
}

std::string with_fire(std::string_view lock, std::string_view fire) {
    std::string text =
        with(R"("lock": {"kind": "motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"}})",
             std::string(R"("lock": {)") + std::string(lock) + "}");
    text.replace(text.rfind('}'), 1, ", \"fire\": {" + std::string(fire) + "}}");
    return text;
}

std::string mistake_in(const std::string& text) {
    const auto parsed = parse(text);
    const auto* mistakes = std::get_if<std::vector<Mistake>>(&parsed);
    return mistakes == nullptr ? "" : mistakes->front().text;
}

constexpr std::string_view motor = R"("kind": "motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"})";
constexpr std::string_view strike = R"("kind": "fail_secure_strike", "lines": {"power": "GPIO17"})";
constexpr std::string_view loop_and_key =
    R"("loop": {"line": "GPIO16", "bias": "pull_up"}, "reset": "GPIO20")";

TEST(ConfigFireTest, TakesALoopAndAReset) {
    const auto parsed = parse(with_fire(motor, loop_and_key));
    ASSERT_TRUE(std::holds_alternative<Config>(parsed)) << mistake_in(with_fire(motor, loop_and_key));
    const Config& config = std::get<Config>(parsed);
    EXPECT_EQ(config.lines.fire_loop->line, "GPIO16");
    EXPECT_EQ(config.lines.fire_reset->line, "GPIO20");
    EXPECT_TRUE(config.warnings.empty());
}

TEST(ConfigFireTest, RefusesALoopWithoutAResetAndAResetWithoutALoop) {
    EXPECT_TRUE(mistake_in(with_fire(motor, R"("loop": "GPIO16")")).starts_with("fire.reset: this setting"));
    EXPECT_TRUE(mistake_in(with_fire(motor, R"("reset": "GPIO20")")).starts_with("fire.loop: this setting"));
}

TEST(ConfigFireTest, RefusesABiasThatHidesABrokenWire) {
    const std::string down = R"("loop": {"line": "GPIO16", "bias": "pull_down"}, "reset": "GPIO20")";
    EXPECT_TRUE(mistake_in(with_fire(motor, down)).starts_with("fire.loop: with this bias")) << down;
    const std::string low =
        R"("loop": {"line": "GPIO16", "active_low": true, "bias": "pull_up"}, "reset": "GPIO20")";
    EXPECT_TRUE(mistake_in(with_fire(motor, low)).starts_with("fire.loop: with this bias")) << low;
}

TEST(ConfigFireTest, RefusesALockThatCannotStayReleased) {
    const std::string solenoid =
        R"("kind": "solenoid", "lines": {"power": "GPIO17"}, "travel": "200ms", "max_on": "10s", "min_off": "1s")";
    const std::string limited = std::string(strike) + R"(, "max_on": "10s")";
    EXPECT_TRUE(mistake_in(with_fire(solenoid, loop_and_key)).find("cannot stay released") !=
                std::string::npos);
    EXPECT_TRUE(mistake_in(with_fire(limited, loop_and_key)).find("cannot stay released") !=
                std::string::npos);
}

TEST(ConfigFireTest, WarnsOfALockThatLocksAgainWithoutPower) {
    const auto parsed = parse(with_fire(strike, loop_and_key));
    ASSERT_TRUE(std::holds_alternative<Config>(parsed));
    const auto& warnings = std::get<Config>(parsed).warnings;
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_TRUE(warnings[0].text.starts_with("fire.loop: this lock is released by power"));
    EXPECT_EQ(located("door.json", warnings[0]).substr(0, 10), "door.json:");
}

TEST(ConfigFireTest, RefusesALineThatIsUsedTwice) {
    EXPECT_NE(mistake_in(with_fire(motor, R"("loop": "GPIO17", "reset": "GPIO20")")).find("used twice"),
              std::string::npos);
}

TEST(ConfigTest, AllowsToRestartTheMachineOnlyIfItSaysSo) {
    EXPECT_FALSE(std::get<Config>(parse(smallest)).allow_machine_reboot);
    const auto allowed =
        parse(with(R"("state_directory")", R"("allow_machine_reboot": true, "state_directory")"));
    EXPECT_TRUE(std::get<Config>(allowed).allow_machine_reboot);
}

TEST(ConfigTest, GivesEveryKindAShortestTimeOnAndOff) {
    using std::chrono::milliseconds;
    const auto timings = [](std::string_view lock) {
        return std::get<Config>(parse(with(R"("motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"})",
                                           std::string(lock))))
            .lock.timings;
    };
    for (const std::string_view lock : {R"("motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"})",
                                        R"("fail_secure_strike", "lines": {"power": "GPIO17"})",
                                        R"("magnetic_lock", "lines": {"power": "GPIO17"})"}) {
        EXPECT_EQ(timings(lock).min_on, milliseconds(100)) << lock;
        EXPECT_EQ(timings(lock).dead_time, milliseconds(100)) << lock;
    }
    const LockTimings set =
        timings(R"("magnetic_lock", "lines": {"power": "GPIO17"}, "min_on": "300ms", "dead_time": "200ms")");
    EXPECT_EQ(set.min_on, milliseconds(300));
    EXPECT_EQ(set.dead_time, milliseconds(200));
    const LockTimings quick = timings(R"("magnetic_lock", "lines": {"power": "GPIO17"}, "travel": "50ms")");
    EXPECT_EQ(quick.min_on, milliseconds(50)) << "it is never longer than a travel";
}

class ExampleTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ExampleTest, IsGood) {
    base::PosixFileLayer files;
    const auto text = files.read(std::string(EXAMPLES) + "/" + GetParam() + ".json", 65536);
    ASSERT_TRUE(text) << text.error().message;
    const auto parsed = parse(*text);
    if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&parsed)) {
        for (const Mistake& mistake : *mistakes)
            ADD_FAILURE() << mistake.at.line << ": " << mistake.text;
    }
}

INSTANTIATE_TEST_SUITE_P(All, ExampleTest,
                         ::testing::Values("motor-bolt", "latching-solenoid", "fail-secure-strike",
                                           "fail-safe-strike", "magnetic-lock", "solenoid"));

TEST(ConfigTest, WhereAContactTellsItAThrownBoltWaitsForTheDoor) {
    const auto needs = [](std::string text, std::string_view contact) {
        const std::string_view state = R"("state_directory")";
        text.insert(text.find(state), contact);
        return std::get<Config>(parse(text)).lock.lock_needs_closed_door;
    };
    constexpr std::string_view contact = R"("door": {"contact": "GPIO24"}, )";
    EXPECT_FALSE(needs(std::string(smallest), ""));
    EXPECT_TRUE(needs(std::string(smallest), contact));
    EXPECT_FALSE(needs(with("\"GPIO27\"}", "\"GPIO27\"}, \"needs_closed_door\": false"), contact));
    EXPECT_FALSE(needs(with(R"("motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"})",
                            R"("fail_secure_strike", "lines": {"power": "GPIO17"})"),
                       contact));
}

}  // namespace
}  // namespace firmware
