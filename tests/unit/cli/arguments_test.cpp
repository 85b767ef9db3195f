#include "scheduler/cli/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace cli {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The command of a command line that is right.
template <typename T>
T parsed(const std::vector<std::string>& arguments) {
    const auto result = parse_arguments(arguments);
    if (const auto* notice = std::get_if<Notice>(&result)) {
        ADD_FAILURE() << notice->text;
        throw std::runtime_error(notice->text);
    }
    return std::get<T>(std::get<Invocation>(result).command);
}

// What is said to one that is wrong.
std::string mistake(const std::vector<std::string>& arguments) {
    const auto result = parse_arguments(arguments);
    const auto* notice = std::get_if<Notice>(&result);
    if (notice == nullptr) return "no mistake";
    EXPECT_EQ(notice->exit, Exit::failure);
    return notice->text;
}

TEST(ArgumentsTest, GlobalOptionsStandBeforeOrBehindTheCommand) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"-o", "json", "--ca", "/ca.pem", "--connection-file", "/f", "job", "show", "j"},
             {"job", "show", "j", "-o", "json", "--ca", "/ca.pem", "--connection-file", "/f"}}) {
        const auto result = parse_arguments(arguments);
        const auto* invocation = std::get_if<Invocation>(&result);
        ASSERT_NE(invocation, nullptr);
        EXPECT_EQ(invocation->format, Format::json);
        EXPECT_EQ(invocation->hub.ca_file, "/ca.pem");
        EXPECT_EQ(invocation->hub.file, "/f");
        EXPECT_EQ(std::get<JobShow>(invocation->command).id, "j");
    }
}

TEST(ArgumentsTest, DeviceAddHasAConnectionFileOfItsOwn) {
    const auto result =
        parse_arguments({"--connection-file", "/hub", "device", "add", "d", "--connection-file", "/dev"});
    const auto* invocation = std::get_if<Invocation>(&result);
    ASSERT_NE(invocation, nullptr);
    EXPECT_EQ(invocation->hub.file, "/hub");
    EXPECT_EQ(std::get<DeviceAdd>(invocation->command).connection_file, "/dev");
}

TEST(ArgumentsTest, HelpAndVersionAreNoMistakes) {
    for (const char* flag : {"--help", "--version"}) {
        const auto result = parse_arguments({flag});
        const auto* notice = std::get_if<Notice>(&result);
        ASSERT_NE(notice, nullptr);
        EXPECT_EQ(notice->exit, Exit::ok);
        EXPECT_THAT(notice->text, HasSubstr("lockctl"));
    }
}

TEST(ArgumentsTest, HelpOfACommandPointsToTheOptionsOfAll) {
    const auto result = parse_arguments({"job", "create", "--help"});
    const std::string text = std::get<Notice>(result).text;
    EXPECT_THAT(text, HasSubstr("lockctl job create --method lockDoor --payload '{\"lockTime\":\"10m\"}'"));
    EXPECT_THAT(text, HasSubstr("--retry-on CAUSES"));
    EXPECT_THAT(text, HasSubstr("refused, timeout"));
    EXPECT_THAT(text, HasSubstr("-o json, may stand here too: lockctl --help."));
}

TEST(ArgumentsTest, LockAndUnlockTakeSeveralDoors) {
    const auto lock = parsed<Actuate>({"lock", "door-1", "door-2", "--for", "10m", "--timeout", "10s"});
    EXPECT_EQ(lock.target, Actuate::Target::locked);
    EXPECT_THAT(lock.devices, ElementsAre("door-1", "door-2"));
    EXPECT_EQ(lock.hold, minutes(10));
    EXPECT_EQ(lock.times.response, seconds(10));
    EXPECT_EQ(lock.times.connect, seconds(0));
    const auto unlock = parsed<Actuate>({"unlock", "door-1"});
    EXPECT_EQ(unlock.target, Actuate::Target::unlocked);
    EXPECT_EQ(unlock.hold, std::nullopt);
    EXPECT_EQ(unlock.times.response, seconds(30));
}

TEST(ArgumentsTest, InvokeTakesAnyJson) {
    EXPECT_EQ(parsed<Invoke>({"invoke", "d", "m"}).payload, "");
    EXPECT_EQ(parsed<Invoke>({"invoke", "d", "m", "--payload", "[1,2]"}).payload, "[1,2]");
    EXPECT_EQ(parsed<Invoke>({"invoke", "d", "m", "--payload", R"({"a":[1]})"}).payload, R"({"a":[1]})");
}

TEST(ArgumentsTest, AMethodJob) {
    const auto job = parsed<JobCreate>({"job", "create", "--id", "lock", "--where", "deviceId IN ['door-1']",
                                        "--method", "lockDoor", "--payload", R"({"lockTime":"10m"})", "--in",
                                        "20s", "--max-time", "5m", "--wait"});
    EXPECT_EQ(job.id, "lock");
    EXPECT_EQ(job.condition, "deviceId IN ['door-1']");
    EXPECT_EQ(std::get<MethodJob>(job.action).method, "lockDoor");
    EXPECT_EQ(std::get<MethodJob>(job.action).payload, R"({"lockTime":"10m"})");
    EXPECT_EQ(job.in, seconds(20));
    EXPECT_EQ(job.at, std::nullopt);
    EXPECT_EQ(job.max_time, seconds(300));
    EXPECT_TRUE(job.wait);
}

TEST(ArgumentsTest, ATwinJob) {
    const auto job =
        parsed<JobCreate>({"job", "create", "--where", "*", "--desired", "building=43,floor=3", "--desired",
                           "x.y=1", "--tag", "wing=east", "--at", "2026-11-21T02:00+01:00"});
    const auto& twin = std::get<TwinJob>(job.action);
    EXPECT_EQ(twin.desired->dump(), R"({"building":43,"floor":3,"x":{"y":1}})");
    EXPECT_EQ(twin.tags->dump(), R"({"wing":"east"})");
    EXPECT_EQ(*job.at, base::SystemTime(std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} +
                                        std::chrono::hours(1)));
    EXPECT_EQ(job.max_time, seconds(3600));
    EXPECT_FALSE(job.wait);
}

TEST(ArgumentsTest, DevicesByNameBecomeACondition) {
    const auto job =
        parsed<JobCreate>({"job", "create", "--device", "a", "--device", "b", "--method", "reboot"});
    EXPECT_EQ(job.condition, "deviceId IN ['a','b']");
}

// The guard of "*" is not passed by with a blank.
TEST(ArgumentsTest, AStarAmongBlanksIsAStar) {
    EXPECT_EQ(parsed<JobCreate>({"job", "create", "--where", " * ", "--method", "m"}).condition, "*");
    EXPECT_EQ(parsed<JobCreate>({"job", "create", "--where", " * *", "--method", "m"}).condition, " * *");
    EXPECT_EQ(parsed<JobCreate>({"job", "create", "--where", "  ", "--method", "m"}).condition, "  ");
}

TEST(ArgumentsTest, AJobMayTakeAMonth) {
    EXPECT_EQ(parsed<JobCreate>({"job", "create", "--where", "*", "--method", "m", "--max-time", "2678400"})
                  .max_time,
              std::chrono::hours(24 * 31));
}

TEST(ArgumentsTest, TwinSetAndTag) {
    EXPECT_EQ(parsed<TwinSet>({"twin", "set", "d", "building=43", "floor=3"}).desired.dump(),
              R"({"building":43,"floor":3})");
    EXPECT_EQ(parsed<TwinTag>({"twin", "tag", "d", "wing=null"}).tags.dump(), R"({"wing":null})");
}

TEST(ArgumentsTest, MistakesAreNamedWithWhatWouldBeRight) {
    EXPECT_THAT(mistake({"joob"}), HasSubstr("no command 'joob'"));
    EXPECT_THAT(mistake({"job", "foo"}), HasSubstr("no command 'foo'; 'lockctl job --help' lists"));
    EXPECT_THAT(mistake({"job"}), HasSubstr("a command is missing; 'lockctl job --help' lists"));
    EXPECT_THAT(mistake({"--foo"}), HasSubstr("no option '--foo'; 'lockctl --help' lists"));
    EXPECT_THAT(mistake({"--foo", "device", "list"}), HasSubstr("no option '--foo'"));
    EXPECT_THAT(mistake({"job", "--foo"}), HasSubstr("no option '--foo'; 'lockctl job --help' lists"));
    EXPECT_THAT(mistake({"lock", "d", "--bar"}), HasSubstr("no option '--bar'; 'lockctl lock --help' lists"));
    EXPECT_THAT(mistake({"job", "show", "a", "b"}), HasSubstr("'b' is one word too many"));
    EXPECT_THAT(mistake({"lock"}), HasSubstr("DEVICE is required; see 'lockctl lock --help'"));
    EXPECT_THAT(mistake({"lock", "d", "--for", "10x"}), HasSubstr("--for"));
    EXPECT_THAT(mistake({"lock", "d", "--timeout", "1s"}), HasSubstr("from 5s to 5m"));
    EXPECT_THAT(mistake({"lock", "d", "--timeout", "7500ms"}), HasSubstr("whole seconds"));
    EXPECT_THAT(mistake({"lock", "d", "--connect-timeout", "6m"}), HasSubstr("--connect-timeout"));
    EXPECT_THAT(mistake({"invoke", "d", "m", "--payload", "{lockTime:10m}"}), HasSubstr("column 2"));
    EXPECT_THAT(mistake({"invoke", "d", "m", "--payload", "{lockTime:10m}"}), HasSubstr("--payload"));
    EXPECT_THAT(mistake({"twin", "set", "d", "building"}), HasSubstr("NAME=VALUE"));
    EXPECT_THAT(mistake({"lock", "d", "--command-id", ""}), HasSubstr("--command-id"));
    EXPECT_THAT(mistake({"-o", "xml", "device", "list"}), HasSubstr("table,json"));
}

TEST(ArgumentsTest, MistakesInJobs) {
    const auto wrong = [](std::vector<std::string> options) {
        options.insert(options.begin(), {"job", "create"});
        return mistake(options);
    };
    EXPECT_THAT(wrong({"--method", "m"}), HasSubstr("--where"));
    EXPECT_THAT(wrong({"--where", "*", "--device", "d", "--method", "m"}), HasSubstr("one of them"));
    EXPECT_THAT(wrong({"--where", "*"}), HasSubstr("--method"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--desired", "a=1"}),
                HasSubstr("one of them, not both"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--tag", "a=1"}), HasSubstr("one of them, not both"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--id", ""}), HasSubstr("--id"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--max-time", "2678401"}), HasSubstr("--max-time"));
    EXPECT_THAT(wrong({"--where", "*", "--desired", "a=1", "--payload", "1"}), HasSubstr("--payload"));
    EXPECT_THAT(wrong({"--where", "*", "--desired", "a"}), HasSubstr("--desired"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--in", "1s", "--at", "2026-11-21T02:00Z"}),
                HasSubstr("not both"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--at", "tomorrow"}),
                HasSubstr("2026-11-21T02:00+01:00"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--in", "soon"}), HasSubstr("--in"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--max-time", "0s"}), HasSubstr("--max-time"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--id", "a b"}), HasSubstr("--id"));
    EXPECT_THAT(wrong({"--where", "*", "--method", "m", "--id", std::string(65, 'x')}), HasSubstr("64"));
    EXPECT_THAT(wrong({"--device", "it's", "--method", "m"}), HasSubstr("--device"));
    EXPECT_THAT(
        wrong({"--where", "*", "--method", "m", "--payload", "\"" + std::string(200'000, 'x') + "\""}),
        HasSubstr("--payload"));
}

TEST(ArgumentsTest, HowAJobGoesAboutItsDevices) {
    const auto job = parsed<JobCreate>({"job",           "create",   "--where",       "tags.floor = 3",
                                        "--method",      "lockDoor", "--rate",        "2.5",
                                        "--in-flight",   "7",        "--abort-after", "3,10%",
                                        "--waves",       "1,10%",    "--retry",       "3",
                                        "--retry-after", "10s",      "--retry-on",    "refused",
                                        "--expect",      "12"});
    const std::vector<std::pair<std::string, std::string>> expected{
        {"rate", "2.5"},
        {"inFlight", "7"},
        {"abort", R"({"failedCount":3,"failedPercent":10})"},
        {"waves", R"([1,"10%"])"},
        {"retry", R"({"count":3,"backoff":10,"causes":["refused"]})"}};
    EXPECT_EQ(job.rollout, expected);
    EXPECT_EQ(job.expect, 12U);
    EXPECT_FALSE(job.yes);
}

TEST(ArgumentsTest, APlanTakesTheOptionsOfAJob) {
    const auto plan = parsed<JobPlan>({"job", "plan", "--where", "*", "--method", "lockDoor", "--rate", "5"});
    EXPECT_EQ(plan.job.condition, "*");
    EXPECT_EQ(plan.job.rollout.at(0).first, "rate");
}

TEST(ArgumentsTest, MistakesInHowAJobGoes) {
    const auto wrong = [](std::vector<std::string> options) {
        options.insert(options.begin(), {"job", "create", "--where", "*", "--method", "m"});
        return mistake(options);
    };
    EXPECT_THAT(wrong({"--rate", "0"}), HasSubstr("--rate"));
    EXPECT_THAT(wrong({"--rate", "fast"}), HasSubstr("devices per second"));
    EXPECT_THAT(wrong({"--rate", "nan"}), HasSubstr("--rate"));
    EXPECT_THAT(wrong({"--in-flight", "0"}), HasSubstr("--in-flight"));
    EXPECT_THAT(wrong({"--in-flight", "1.5"}), HasSubstr("whole number"));
    EXPECT_THAT(wrong({"--abort-after", "101%"}), HasSubstr("--abort-after"));
    EXPECT_THAT(wrong({"--abort-after", "3,4"}), HasSubstr("3,10%"));
    EXPECT_THAT(wrong({"--waves", "1,"}), HasSubstr("--waves"));
    EXPECT_THAT(wrong({"--retry", "21"}), HasSubstr("from 1 to 20"));
    EXPECT_THAT(wrong({"--retry-after", "10s"}), HasSubstr("--retry COUNT"));
    EXPECT_THAT(wrong({"--retry", "1", "--retry-after", "11m"}), HasSubstr("--retry-after"));
    EXPECT_THAT(wrong({"--retry", "1", "--retry-on", "jam"}), HasSubstr("refused,timeout"));
    EXPECT_THAT(wrong({"--expect", "0"}), HasSubstr("--expect"));
    EXPECT_THAT(mistake({"job", "create", "--where", "*", "--tag", "a=1", "--retry", "1"}),
                HasSubstr("--method"));
}

TEST(ArgumentsTest, CompletionsNameEveryCommandAndOption) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const auto result = parse_arguments({"completion", shell});
        const auto* notice = std::get_if<Notice>(&result);
        ASSERT_NE(notice, nullptr);
        EXPECT_EQ(notice->exit, Exit::ok);
        for (const char* word : {"job create", "where", "connection-file", "doctor", "retry-after"})
            EXPECT_THAT(notice->text, HasSubstr(word)) << shell;
    }
    EXPECT_THAT(std::get<Notice>(parse_arguments({"completion", "fish"})).text,
                HasSubstr("-l output -s o -r -f -a 'table json jsonl csv'"));
    EXPECT_THAT(mistake({"completion", "tcsh"}), HasSubstr("bash,zsh,fish"));
}

}  // namespace
}  // namespace cli
