#include "base/duration.hpp"
#include "firmware/config.hpp"
#include "firmware/methods.hpp"
#include "firmware/state_file.hpp"
#include "protocol/connection_string.hpp"
#include "protocol/topics.hpp"
#include "tests/unit/firmware/fakes.hpp"
#include "tests/unit/firmware/hostile_cases.hpp"
#include "tests/unit/firmware/power_cut_disk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace firmware {
namespace {

void expect_to_say(const HostileCase& hostile, std::string_view message) {
    for (const std::string& part : hostile.says)
        EXPECT_NE(message.find(part), std::string_view::npos) << "it says: " << message;
}

template <typename T>
void expect_error(const HostileCase& hostile, const base::Result<T>& result) {
    ASSERT_EQ(hostile.status == "ok", result.has_value()) << (result ? "" : result.error().message);
    if (!result) expect_to_say(hostile, result.error().message);
}

class HostileMethodTest : public ::testing::TestWithParam<HostileCase> {};
INSTANTIATE_TEST_SUITE_P(Data, HostileMethodTest, ::testing::ValuesIn(hostile_cases("methods.txt")));

TEST_P(HostileMethodTest, GetsTheDocumentedAnswerAndMovesNothing) {
    const HostileCase& hostile = GetParam();
    base::ManualClock clock;
    const base::Log log = silent_log();
    FakeStore store;
    StateKeeper keeper(store, clock, log, State{});
    unsigned moved = 0;
    LockSettings settings;
    settings.locked_switch = settings.unlocked_switch = true;  // they never speak, so nothing moves at start
    Door door(settings, Target::locked, DoorInputs{}, clock, keeper, log,
              {.drive =
                   [&moved](Drive) {
                       ++moved;
                       return base::Result<void>();
                   },
               .changed = [] {}});
    door.start();
    bool restarts = false;
    Methods methods(door, HoldLimits{}, clock, log,
                    {.status = [](base::Json&) {}, .restart = [&restarts] { restarts = true; }});
    std::vector<Answer> answers;
    methods.call(hostile.subject, hostile.input, [&answers](Answer answer) { answers.push_back(answer); });
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(std::to_string(answers[0].status), hostile.status) << answers[0].body;
    const auto body = base::Json::parse(answers[0].body);
    ASSERT_TRUE(body) << answers[0].body;
    EXPECT_EQ(body->find("error").is_string(), answers[0].status != 200);
    // What it says may stand in the sentence, which is escaped in the body, or be another member.
    const std::string sentence(body->find("error").as_string().value_or(""));
    expect_to_say(hostile, answers[0].body + "\n" + sentence);
    EXPECT_EQ(moved, 0U);
    EXPECT_FALSE(store.busy());
    EXPECT_FALSE(restarts);
}

class HostileTopicTest : public ::testing::TestWithParam<HostileCase> {};
INSTANTIATE_TEST_SUITE_P(Data, HostileTopicTest, ::testing::ValuesIn(hostile_cases("topics.txt")));

TEST_P(HostileTopicTest, IsRefusedWithTheReason) {
    const HostileCase& hostile = GetParam();
    if (hostile.subject == "hub") {
        expect_error(hostile, protocol::parse_hub_publish(hostile.input, "door-1"));
    } else {
        ASSERT_EQ(hostile.subject, "device");
        expect_error(hostile, protocol::parse_device_publish(hostile.input, "door-1"));
    }
}

class HostileDesiredTest : public ::testing::TestWithParam<HostileCase> {};
INSTANTIATE_TEST_SUITE_P(Data, HostileDesiredTest, ::testing::ValuesIn(hostile_cases("desired.txt")));

TEST_P(HostileDesiredTest, IsAnsweredByItselfAndChangesNothing) {
    const HostileCase& hostile = GetParam();
    const auto patch = base::Json::parse(hostile.input);
    if (hostile.subject == "payload") return expect_error(hostile, patch);
    ASSERT_TRUE(patch) << patch.error().message;
    base::ManualClock clock;
    std::string said;
    const base::Log log(base::Level::debug, [&said](base::Level, std::string_view line) { said += line; });
    FakeStore store;
    StateKeeper keeper(store, clock, log, State{});
    Reported reported;
    Twin::Defaults defaults;
    for (const char* name : {"building", "floor"})
        defaults.emplace(name, base::Json(7));
    Twin twin(std::move(defaults), keeper, reported, clock, log, [] {});
    EXPECT_TRUE(twin.patch(*patch, 1));
    EXPECT_FALSE(store.busy());
    EXPECT_TRUE(keeper.state().properties.empty());
    EXPECT_EQ(twin.value("building").as_integer(), 7);
    if (hostile.subject == "-") return expect_to_say(hostile, said);
    const base::JsonView told = reported.wanted().find(hostile.subject);
    EXPECT_EQ(std::to_string(told.find("ac").as_integer().value_or(0)), hostile.status);
    EXPECT_EQ(told.find("av").as_integer(), 1);
    expect_to_say(hostile, told.find("ad").as_string().value_or(""));
}

class HostileConnectionStringTest : public ::testing::TestWithParam<HostileCase> {};
INSTANTIATE_TEST_SUITE_P(Data, HostileConnectionStringTest,
                         ::testing::ValuesIn(hostile_cases("connection_strings.txt")));

TEST_P(HostileConnectionStringTest, IsRefusedWithoutASecretInTheMessage) {
    const auto parsed = protocol::parse_device_connection_string(GetParam().input);
    expect_error(GetParam(), parsed);
    if (!parsed) {
        EXPECT_EQ(parsed.error().message.find("c2VjcmV0"), std::string::npos);
    }
}

class HostileStateTest : public ::testing::TestWithParam<HostileCase> {};
INSTANTIATE_TEST_SUITE_P(Data, HostileStateTest, ::testing::ValuesIn(hostile_cases("states.txt")));

TEST_P(HostileStateTest, IsRefusedWithWhatIsWrongInIt) {
    const HostileCase& hostile = GetParam();
    if (hostile.subject == "text") return expect_error(hostile, parse_state(hostile.input));
    PowerCutDisk disk;
    ASSERT_TRUE(base::replace_file(disk, "/s/state.1", hostile.input, 0600));
    expect_error(hostile, StateFile(disk, "/s").load());
}

// The configurations: NAME.json and the mistakes in NAME.expected.
std::vector<std::string> hostile_configs() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(HOSTILE_DATA) + "/configs")) {
        if (entry.path().extension() == ".expected") names.push_back(entry.path().stem());
    }
    std::sort(names.begin(), names.end());
    return names;
}

class HostileConfigTest : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Data, HostileConfigTest, ::testing::ValuesIn(hostile_configs()));

TEST_P(HostileConfigTest, IsRefusedWithThePlaceAndWhatWouldBeRight) {
    const std::string directory = std::string(HOSTILE_DATA) + "/configs/";
    const std::string base = directory + GetParam();
    // A secret that others may read, whatever the umask was when the files were made.
    std::error_code ignored;
    std::filesystem::permissions(directory + "readable.connection", std::filesystem::perms(0644), ignored);
    const auto config = load_config(base + ".json");
    ASSERT_FALSE(config);
    const std::string& message = config.error().message;
    std::ifstream expected(base + ".expected");
    unsigned mistakes = 0;
    for (std::string line; std::getline(expected, line); ++mistakes) {
        const std::string wanted = base + ".json:" + line;
        EXPECT_TRUE(message.starts_with(wanted) || message.find("\n" + wanted) != std::string::npos)
            << "expected " << line << "\nit says\n"
            << message;
    }
    const auto lines = static_cast<unsigned>(std::count(message.begin(), message.end(), '\n')) + 1;
    EXPECT_EQ(lines, mistakes) << message;
}

// The list is long for a reason, and its ids name a case.
TEST(HostileDataTest, HasMoreThanTwoHundredDifferentCases) {
    std::size_t count = hostile_configs().size();
    for (const char* name :
         {"methods.txt", "topics.txt", "desired.txt", "connection_strings.txt", "states.txt"}) {
        const auto cases = hostile_cases(name);
        std::set<std::string> ids;
        for (const HostileCase& hostile : cases) {
            ids.insert(hostile.id);
            EXPECT_FALSE(hostile.says.empty()) << hostile.id;
        }
        EXPECT_EQ(ids.size(), cases.size()) << name;
        count += cases.size();
    }
    EXPECT_GE(count, 200U);
}

}  // namespace
}  // namespace firmware
