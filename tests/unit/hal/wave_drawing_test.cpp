#include "hal/mock/wave.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace {

using namespace std::chrono_literals;
using hal::draw_wave;
using hal::Wave;

std::size_t width_of(const std::string& line) {
    std::size_t width = 0;
    bool escaped = false;
    for (const char c : line) {
        if (c == '\x1b') escaped = true;
        if (!escaped && (static_cast<unsigned char>(c) & 0xc0U) != 0x80U) ++width;
        if (c == 'm') escaped = false;
    }
    return width;
}

TEST(DrawWaveTest, DrawsAPulseWithItsLength) {
    Wave wave;
    wave.end = 4s;
    wave.signals = {{"GPIO17_lock", false, {{0s, 0}, {1s, 1}, {3s, 0}}}};
    EXPECT_EQ(draw_wave(wave, {.columns = 54}),
              " 4 s recorded\n"
              "\n"
              " time/s      0         1         2         3         4\n"
              "             ┬─────────┬─────────┬─────────┬─────────┬\n"
              "                       ┌─────── 2 s ───────┐\n"
              " GPIO17_lock ──────────┘                   └──────────\n");
}

TEST(DrawWaveTest, FitsEveryWidth) {
    Wave wave;
    wave.end = 1000s;
    wave.started = base::SystemTime(std::chrono::sys_days{std::chrono::year{2026} / 11 / 20});
    wave.signals = {{"a_name_that_is_longer_than_a_third_of_the_terminal_is_cut", false, {{0s, 0}}},
                    {"position", true, {{0s, 0}}}};
    for (int i = 1; i < 200; ++i) {
        wave.signals[0].changes.push_back({i * i * 17ms, static_cast<double>(i % 2)});
        wave.signals[1].changes.push_back({i * i * 17ms, i / 200.0});
    }
    for (const std::size_t columns : {1U, 40U, 41U, 57U, 80U, 132U, 1000U, 5000U}) {
        for (const bool colour : {false, true}) {
            std::istringstream lines(draw_wave(wave, {.columns = columns, .colour = colour}));
            for (std::string line; std::getline(lines, line);)
                EXPECT_LE(width_of(line), std::clamp<std::size_t>(columns, 40, 1000)) << line;
        }
    }
}

TEST(DrawWaveTest, MarksWhatIsTooNarrowForAColumn) {
    Wave wave;
    wave.end = 4s;
    wave.signals = {{"up", false, {{0s, 0}, {1s, 1}, {1001ms, 0}}},
                    {"down", false, {{0s, 1}, {1s, 0}, {1001ms, 1}}},
                    {"many", false, {{0s, 0}, {1s, 1}, {1001ms, 0}, {1002ms, 1}}}};
    const auto text = draw_wave(wave, {.columns = 60});
    EXPECT_NE(text.find("╷"), std::string::npos);
    EXPECT_NE(text.find("┴"), std::string::npos);
    EXPECT_NE(text.find("╵"), std::string::npos);
    EXPECT_NE(text.find("║ several edges"), std::string::npos);
}

TEST(DrawWaveTest, SaysHowMuchTimeACutLeavesOut) {
    Wave wave;
    wave.end = 621s;
    wave.signals = {{"lock", false, {{0s, 0}, {20s, 1}, {20s + 800ms, 0}, {620s, 1}, {620s + 800ms, 0}}}};
    const auto text = draw_wave(wave, {.columns = 120});
    EXPECT_NE(text.find("9 min 59 s"), std::string::npos);
    EXPECT_NE(text.find("╌╌╌╌"), std::string::npos);
    EXPECT_NE(text.find("time left out"), std::string::npos);
    EXPECT_EQ(draw_wave(wave, {.columns = 120, .compress = false}).find("╌"), std::string::npos);
}

TEST(DrawWaveTest, NamesTheLowPulseOfAnActiveLowSignal) {
    Wave wave;
    wave.end = 4s;
    wave.signals = {{"exit_n", false, {{0s, 1}, {1s, 0}, {3s, 1}}}};
    const auto text = draw_wave(wave, {.columns = 60});
    EXPECT_NE(text.find("└────────── 2 s ──────────┘"), std::string::npos) << text;
}

TEST(DrawWaveTest, SaysLastThatARecordingIsIncomplete) {
    Wave wave;
    wave.end = 4s;
    wave.signals = {{"a", false, {{0s, 1}}}};
    EXPECT_EQ(draw_wave(wave).find("incomplete"), std::string::npos);
    wave.incomplete = true;
    EXPECT_TRUE(draw_wave(wave).ends_with(" the recording is incomplete\n"));
}

TEST(DrawWaveTest, DrawsAWaveWithoutSignals) {
    EXPECT_FALSE(draw_wave(Wave{}).empty());
}

TEST(DrawWaveTest, ShowsWhatIsNotKnown) {
    Wave wave;
    wave.end = 4s;
    wave.signals = {{"a", false, {{2s, 1}}}};
    EXPECT_NE(draw_wave(wave).find("░"), std::string::npos);
}

}  // namespace
