#include "protocol/percent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using protocol::percent_decode;
using protocol::percent_encode;
using testing::HasSubstr;

// §1.3: upper-case hexadecimal digits, as Node and C# sign.
TEST(Percent, EncodesEverythingButTheUnreservedCharacters) {
    EXPECT_EQ(percent_encode("AZaz09-_.~"), "AZaz09-_.~");
    EXPECT_EQ(percent_encode("hub.local/devices/dev 01"), "hub.local%2Fdevices%2Fdev%2001");
    EXPECT_EQ(percent_encode("!'()*+=$"), "%21%27%28%29%2A%2B%3D%24");
    EXPECT_EQ(percent_encode(std::string_view("\0\xff", 2)), "%00%FF");
}

TEST(Percent, DecodesBothCasesAndLeavesPlusAlone) {
    EXPECT_EQ(*percent_decode("a%2fb%2Fc"), "a/b/c");
    EXPECT_EQ(*percent_decode("a+b"), "a+b");
    EXPECT_EQ(*percent_decode("%25%32%35"), "%25");
    EXPECT_EQ(*percent_decode(""), "");
}

TEST(Percent, CarriesEveryByteValue) {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    EXPECT_EQ(*percent_decode(percent_encode(bytes)), bytes);
}

TEST(Percent, RefusesABrokenEscapeAndSaysWhere) {
    for (const std::string_view text : {"abc%", "abc%2", "abc%zz", "abc%2g", "abc%g2", "abc% 2"}) {
        const auto decoded = percent_decode(text);
        ASSERT_FALSE(decoded) << text;
        EXPECT_THAT(decoded.error().message, HasSubstr("position 4"));
    }
}

}  // namespace
