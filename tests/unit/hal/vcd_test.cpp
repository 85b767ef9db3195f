#include "hal/mock/vcd.hpp"

#include "hal/mock/motor_bolt.hpp"
#include "tests/unit/hal/bench.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using namespace std::chrono_literals;

struct VcdFile : testing::Test {
    std::filesystem::path directory;
    std::string path;

    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "doorlock-vcd-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
        path = directory / "door.vcd";
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    [[nodiscard]] std::string text() const {
        std::ostringstream out;
        out << std::ifstream(path).rdbuf();
        return out.str();
    }
};

TEST_F(VcdFile, IsWholeAfterEveryChange) {
    base::ManualClock clock;
    const std::vector<hal::Wiring::SignalInfo> signals = {
        {"GPIO17_lock", hal::Wiring::Kind::bit, false, 0},
        {"chip:3 odd.name", hal::Wiring::Kind::bit, false, 1},
        {"bolt_position", hal::Wiring::Kind::real, false, 0.25},
    };
    const auto writer = hal::VcdWriter::create(path, signals, clock);
    ASSERT_TRUE(writer);
    const auto start = clock.steady_now();
    (*writer)->write({start + 1500us, 0, 1});
    (*writer)->write({start + 1500us, 2, 0.5});
    (*writer)->write({start + 2s, 0, 0});
    EXPECT_EQ(text(),
              "$date 2026-11-20T00:00:00.0000000Z $end\n"
              "$version Doorlock " DOORLOCK_VERSION
              ", simulated wiring $end\n"
              "$timescale 1 us $end\n"
              "$scope module door $end\n"
              "$var wire 1 ! GPIO17_lock $end\n"
              "$var wire 1 \" chip_3_odd_name $end\n"
              "$var real 64 # bolt_position $end\n"
              "$upscope $end\n"
              "$enddefinitions $end\n"
              "#0\n$dumpvars\n0!\n1\"\nr0.25 #\n$end\n"
              "#1500\n1!\nr0.5 #\n#2000000\n0!\n");
    EXPECT_TRUE((*writer)->health());
}

TEST_F(VcdFile, ReadsBackWhatAWiringDid) {
    Bench bench;
    bench.wiring.add<hal::MotorBolt>("bolt", {.lock = {.line = "GPIO17", .label = "lock"},
                                              .unlock = {.line = "GPIO27", .label = "unlock"},
                                              .travel = 1s});
    {
        const auto writer = hal::VcdWriter::create(path, bench.wiring.signals(), bench.clock);
        ASSERT_TRUE(writer);
        bench.wiring.observe([&](const auto& transition) { (*writer)->write(transition); });
        const auto lock = bench.output("GPIO17");
        bench.pass(2s);
        ASSERT_TRUE(lock->set(true));
        bench.pass(800ms);
        ASSERT_TRUE(lock->set(false));
        bench.pass(1s);
    }
    const auto wave = hal::read_vcd(path);
    ASSERT_TRUE(wave) << wave.error().message;
    ASSERT_EQ(wave->signals.size(), 3U);
    EXPECT_EQ(wave->signals[0].name, "GPIO17_lock");
    EXPECT_EQ(wave->signals[0].value_at(1999ms), 0);
    EXPECT_EQ(wave->signals[0].value_at(2s), 1);
    EXPECT_EQ(wave->signals[0].value_at(2799ms), 1);
    EXPECT_EQ(wave->signals[0].value_at(2800ms), 0);
    EXPECT_TRUE(wave->signals[2].analogue);
    EXPECT_DOUBLE_EQ(wave->signals[2].value_at(3s), 0.8);
    EXPECT_EQ(wave->end, 3800ms);
    EXPECT_EQ(wave->started, base::SystemTime(std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}));
}

TEST_F(VcdFile, KeepsTheRecordingThatWasThere) {
    base::ManualClock clock;
    std::ofstream(path) << "before";
    ASSERT_TRUE(hal::VcdWriter::create(path, {}, clock));
    std::ostringstream old;
    old << std::ifstream(path + ".old").rdbuf();
    EXPECT_EQ(old.str(), "before");
}

TEST_F(VcdFile, SaysWhereItCannotBeMade) {
    base::ManualClock clock;
    const auto writer = hal::VcdWriter::create(directory / "none" / "door.vcd", {}, clock);
    ASSERT_FALSE(writer);
    EXPECT_NE(writer.error().message.find("door.vcd"), std::string::npos);
}

constexpr std::string_view head = "$timescale 10 ns $end $var wire 1 ! a $end $var reg 4 % b [3:0] $end\n";

TEST(ParseVcdTest, UnderstandsUnknownsVectorsAndScales) {
    const auto wave = hal::parse_vcd(std::string(head) + "#0 x! b0101 %\n#10 1!\nb1x0 %\n#20 Z!\n");
    ASSERT_TRUE(wave) << wave.error().message;
    const auto& a = wave->signals[0];
    EXPECT_TRUE(std::isnan(a.value_at(0ns)));
    EXPECT_EQ(a.value_at(100ns), 1);
    EXPECT_TRUE(std::isnan(a.value_at(200ns)));
    EXPECT_EQ(wave->signals[1].value_at(50ns), 5);
    EXPECT_TRUE(std::isnan(wave->signals[1].value_at(100ns)));
    EXPECT_EQ(wave->end, 200ns);
}

TEST(ParseVcdTest, DropsALastLineThatAKillHasTorn) {
    const auto wave = hal::parse_vcd(std::string(head) + "#0\n0!\n#10\n1!\n#1");
    ASSERT_TRUE(wave) << wave.error().message;
    EXPECT_EQ(wave->end, 100ns);
}

TEST(ParseVcdTest, KnowsARecordingThatEndsInTheMidst) {
    const std::string declared = "$var wire 1 ! a $end\n$enddefinitions $end\n";
    const std::string whole = declared + "#0\n$dumpvars\n0!\n$end\n#10\n";
    EXPECT_FALSE(hal::parse_vcd(whole)->incomplete);
    EXPECT_TRUE(hal::parse_vcd(whole + "#2")->incomplete);
    EXPECT_TRUE(hal::parse_vcd(declared + "#0\n$dumpvars\n0!\n")->incomplete);
    EXPECT_TRUE(hal::parse_vcd("$var wire 1 ! a $end\n")->incomplete);
    EXPECT_TRUE(hal::parse_vcd("$var wire 1 ! a $end\n$comment half\n")->incomplete);
}

TEST(ParseVcdTest, EscapesWhatNoTerminalShouldSee) {
    const auto wave = hal::parse_vcd("\x1b[2J\xff\n");
    ASSERT_FALSE(wave);
    EXPECT_EQ(wave.error().message,
              R"(line 1: '\x1b[2J\xff' is no time (#12), value (1!) or command ($end))");
    EXPECT_EQ(hal::parse_vcd("$var wire 1 ! a\x07 $end\n")->signals[0].name, R"(a\x07)");
}

struct Bad {
    std::string text;
    std::string error;
};

TEST(ParseVcdTest, NamesTheLineAndWhatIsWrongThere) {
    const std::string good(head);
    const std::vector<Bad> cases = {
        {"", "no signal is declared ($var); is this a VCD file?"},
        {"hello world\n", "line 1: 'hello' is no time (#12), value (1!) or command ($end)"},
        {good + "#0\n1?\n", "line 3: no signal has the code '?'"},
        {good + "#5\n#4\n", "line 3: the time goes back"},
        {good + "#x\n", "line 2: '#x' is no time"},
        {good + "#99999999999999999999\n", "line 2: '#99999999999999999999' is no time"},
        {good + "rfast !\n", "line 2: 'rfast' is no real number"},
        {"$timescale 3 days $end\n",
         "line 1: the time scale '3 days' is not 1, 10 or 100 of s, ms, us, ns, ps or fs"},
        {"$var wire $end\n", "line 1: $var needs a type, a width, a code and a name"},
    };
    for (const auto& [text, error] : cases) {
        const auto wave = hal::parse_vcd(text);
        ASSERT_FALSE(wave) << text;
        EXPECT_EQ(wave.error().message, error);
    }
}

TEST(ParseVcdTest, BoundsTheNumberOfSignals) {
    std::string text;
    for (int i = 0; i <= 4096; ++i)
        text += "$var wire 1 c" + std::to_string(i) + " s $end\n";
    const auto wave = hal::parse_vcd(text);
    ASSERT_FALSE(wave);
    EXPECT_EQ(wave.error().message, "line 4097: more than 4096 signals");
}

}  // namespace
