#include "protocol/utf8.hpp"

#include <gtest/gtest.h>

namespace {

using protocol::is_utf8;
using protocol::take_code_point;

TEST(Utf8, AcceptsEveryLengthAndTheBoundsOfEach) {
    for (const std::string_view text :
         {"", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
          "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(is_utf8(text)) << testing::PrintToString(text);
    }
}

TEST(Utf8, RefusesWhatIsIllFormed) {
    for (const std::string_view text :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe2\x82",
          "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80", "\xff", "ok\xfe"}) {
        EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
    }
}

TEST(Utf8, TakesCodePointsOneByOneAndIllFormedBytesAlone) {
    std::string_view text = "a\xe2\x82\xac\xff\xf0\x9f\x94\x92";
    EXPECT_EQ(take_code_point(text), U'a');
    EXPECT_EQ(take_code_point(text), U'€');
    EXPECT_EQ(take_code_point(text), protocol::ill_formed);
    EXPECT_EQ(take_code_point(text), U'\U0001F512');
    EXPECT_TRUE(text.empty());
}

}  // namespace
