#include "base/duration.hpp"

#include "base/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace base {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct Reading {
    std::string_view text;
    milliseconds value;
};

TEST(Duration, ReadsWhatPeopleWrite) {
    for (const auto& [text, value] : std::initializer_list<Reading>{{"10m", 10min},
                                                                    {"1h30m", 90min},
                                                                    {"45s", 45s},
                                                                    {"500ms", 500ms},
                                                                    {"2d", 48h},
                                                                    {"1m500ms", 60500ms},
                                                                    {"90", 90s},
                                                                    {"0.5", 500ms},
                                                                    {"0", 0s},
                                                                    {"0s", 0s},
                                                                    {"1d1h1m1s1ms", 90061001ms}}) {
        const auto read = parse_duration(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(*read, value) << text;
    }
}

TEST(Duration, RefusesWhatIsNotADuration) {
    for (const std::string_view text : {"", "m", "10x", "10 m", "-5s", "-5", "5s10m", "1m1m", "1e3", "nan",
                                        "inf", "10min", "1.5m", "5s ", " 5s", "0x10", "+5", "1h-5m"}) {
        const auto read = parse_duration(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, Errc::invalid_argument);
        EXPECT_NE(read.error().message.find("'" + std::string(text) + "' is not a duration"),
                  std::string::npos)
            << read.error().message;
    }
}

TEST(Duration, RefusesWhatIsLongerThanTheBound) {
    EXPECT_TRUE(parse_duration("25s", 25s));
    EXPECT_EQ(parse_duration("25001ms", 25s).error().message, "duration is longer than 25s");
    EXPECT_EQ(parse_duration("25.1", 25s).error().message, "duration is longer than 25s");
    EXPECT_FALSE(parse_duration("99999999999999999999s"));
    EXPECT_FALSE(parse_duration("9223372036854775807d"));
    EXPECT_FALSE(parse_duration("9223372036854775807"));
    EXPECT_FALSE(parse_duration(std::string(200, '1') + "s"));
}

TEST(Duration, ReadsNumbersOfSeconds) {
    EXPECT_EQ(*duration_from_seconds(1.25), 1250ms);
    EXPECT_FALSE(duration_from_seconds(-1));
    EXPECT_FALSE(duration_from_seconds(std::numeric_limits<double>::quiet_NaN()));
    EXPECT_FALSE(duration_from_seconds(std::numeric_limits<double>::infinity()));
}

TEST(Duration, WritesTextThatReadsBackToTheSame) {
    EXPECT_EQ(format_duration(90min), "1h30m");
    EXPECT_EQ(format_duration(0ms), "0s");
    EXPECT_EQ(format_duration(500ms), "500ms");
    for (const milliseconds value :
         std::initializer_list<milliseconds>{1ms, 999ms, 1s, 59s, 61s, 3600s, 86399999ms, 200000000ms}) {
        EXPECT_EQ(*parse_duration(format_duration(value)), value);
    }
}

TEST(Duration, NoCharacterIsCutInTwoInTheErrorsText) {
    for (std::size_t before = 36; before <= 41; ++before) {
        const auto refused = parse_duration(std::string(before, 'x') + "\u9007");
        ASSERT_FALSE(refused);
        EXPECT_TRUE(check_json(quote_json(refused.error().message))) << before;
    }
}

}  // namespace
}  // namespace base
