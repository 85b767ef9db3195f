#include "hal/mock/wave.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using hal::draw_wave_svg;
using hal::Wave;

Wave pulse() {
    Wave wave;
    wave.end = 4s;
    wave.signals = {{"GPIO17_lock", false, {{0s, 0}, {1s, 1}, {3s, 0}}}};
    return wave;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

TEST(WaveSvgTest, HasAPathForEachSignalThatRisesAndFalls) {
    const std::string svg = draw_wave_svg(pulse());
    EXPECT_TRUE(svg.starts_with("<svg xmlns=")) << svg;
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
    EXPECT_EQ(count(svg, "class=\"wave\""), 1U);
    EXPECT_EQ(count(svg, ">GPIO17_lock</text>"), 1U);
    // Up at a quarter of the picture, down at three quarters, by 22 units.
    EXPECT_NE(svg.find("d=\"M150.0 70.0H"), std::string::npos) << svg;
    EXPECT_EQ(count(svg, "V48.0"), 1U) << svg;
    EXPECT_EQ(count(svg, "V70.0"), 1U) << svg;
}

TEST(WaveSvgTest, WhatComesFromTheFileIsEscaped) {
    Wave wave = pulse();
    wave.signals[0].name = "<script>&\x01";
    const std::string svg = draw_wave_svg(wave);
    EXPECT_EQ(svg.find("<script"), std::string::npos);
    EXPECT_NE(svg.find("&lt;script>&amp;"), std::string::npos);
}

TEST(WaveSvgTest, ALongQuietTimeIsLeftOutAndNamed) {
    Wave wave = pulse();
    wave.end = 601s;
    wave.signals[0].changes.push_back({600s, 1});
    const std::string svg = draw_wave_svg(wave);
    EXPECT_EQ(count(svg, "<rect class=\"cut\""), 1U);
    EXPECT_NE(svg.find("9 min 57 s</text>"), std::string::npos);
}

TEST(WaveSvgTest, AnEmptyRecordingIsStillAPicture) {
    EXPECT_NE(draw_wave_svg(Wave()).find("<title>"), std::string::npos);
}

}  // namespace
