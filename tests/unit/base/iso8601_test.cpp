#include "base/iso8601.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::chrono;

constexpr SystemTime reference = sys_days{year{2026} / 11 / 20} + hours(16) + minutes(30) + seconds(5);

TEST(Iso8601, WritesSevenFractionalDigits) {
    EXPECT_EQ(format_iso8601(reference), "2026-11-20T16:30:05.0000000Z");
    EXPECT_EQ(format_iso8601(reference + nanoseconds(123'456'789)), "2026-11-20T16:30:05.1234567Z");
    EXPECT_EQ(format_iso8601(SystemTime{}), "1970-01-01T00:00:00.0000000Z");
    EXPECT_EQ(format_iso8601(SystemTime{} - seconds(1)), "1969-12-31T23:59:59.0000000Z");
}

TEST(Iso8601, ReadsTheFormsThatClientsSend) {
    for (const std::string_view text :
         {"2026-11-20T16:30:05Z", "2026-11-20T16:30:05", "2026-11-20T16:30:05.000Z",
          "2026-11-20T16:30:05.0000000", "2026-11-20T17:30:05+01:00", "2026-11-20T17:30:05+0100",
          "2026-11-20 16:30:05Z", "2026-11-20T12:00:05-04:30"}) {
        const auto read = parse_iso8601(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(*read, reference) << text;
    }
    EXPECT_EQ(*parse_iso8601("2026-11-20T16:30Z"), reference - seconds(5));
    EXPECT_EQ(*parse_iso8601("2026-11-20T16:30:05.123456789Z"), reference + nanoseconds(123'456'789));
}

TEST(Iso8601, RefusesWhatIsNoDate) {
    for (const std::string_view text :
         {"", "now", "2026-11-20", "2026-13-20T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z",
          "2026-11-20T16:60:00Z", "2026-11-20T16:30:60Z", "2026-11-20T16:30:05.Z",
          "2026-11-20T16:30:05.1234567890Z", "2026-11-20T16:30:05+1", "2026-11-20T16:30:05Zjunk",
          "1969-11-20T16:30:05Z", "2262-11-20T16:30:05Z", "20261120T163005Z", "2026-11-20T16:30:05+24:00"}) {
        EXPECT_FALSE(parse_iso8601(text)) << text;
    }
    EXPECT_EQ(parse_iso8601("9999-12-31T23:59:59Z").error().message,
              "'9999-12-31T23:59:59Z' is out of range; the years from 1970 to 2261 are known");
    EXPECT_EQ(parse_iso8601("tomorrow").error().message,
              "'tomorrow' is not a date; write it as 2026-11-21T02:00:00Z or with an offset like +01:00");
}

TEST(Iso8601, ReadsBackWhatItWrote) {
    for (auto time = reference; time < reference + days(400); time += hours(7) + milliseconds(1)) {
        EXPECT_EQ(*parse_iso8601(format_iso8601(time)), time);
    }
}

}  // namespace
}  // namespace base
