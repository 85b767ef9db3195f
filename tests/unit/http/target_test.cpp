#include "scheduler/http/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace http {
namespace {

using ::testing::HasSubstr;

TEST(TargetTest, SplitsPathAndQuery) {
    const auto target = parse_target("/devices/a%20b?api-version=2021-04-12&top=5");
    ASSERT_TRUE(target) << target.error().message;
    EXPECT_EQ(target->path, "/devices/a%20b");
    EXPECT_EQ(target->query, (Parameters{{"api-version", "2021-04-12"}, {"top", "5"}}));
}

TEST(TargetTest, DecodesNamesAndValuesAndLeavesThePlusAlone) {
    const auto target = parse_target("/x?a%2Fb=%c3%A9+1&empty=&bare&&");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->query, (Parameters{{"a/b", "é+1"}, {"empty", ""}, {"bare", ""}}));
}

TEST(TargetTest, AValueMayHoldAnEqualsSign) {
    EXPECT_EQ(parse_target("/x?token=abc==")->query.at("token"), "abc==");
}

TEST(TargetTest, OfAParameterThatComesTwiceTheLastCounts) {
    EXPECT_EQ(parse_target("/x?a=1&a=2")->query.at("a"), "2");
}

TEST(TargetTest, RefusesWhatIsNoPath) {
    EXPECT_FALSE(parse_target(""));
    EXPECT_FALSE(parse_target("*"));
    EXPECT_FALSE(parse_target("http://host/x"));
}

TEST(TargetTest, NamesABrokenPercentSequence) {
    for (const char* text : {"/x?a=%", "/x?a=%4", "/x?a=%zz", "/x?%g0=1"}) {
        const auto target = parse_target(text);
        ASSERT_FALSE(target) << text;
        EXPECT_THAT(target.error().message, HasSubstr("percent sequence"));
    }
}

TEST(TargetTest, RefusesANulByte) {
    EXPECT_FALSE(parse_target("/x?a=%00"));
}

TEST(TargetTest, FormatsSoThatItReadsBack) {
    const Parameters query{{"api-version", "2021-04-12"}, {"filter", "a=b&c d/é"}};
    const std::string text = format_target("/jobs/v2/query", query);
    EXPECT_EQ(text, "/jobs/v2/query?api-version=2021-04-12&filter=a%3Db%26c%20d%2F%C3%A9");
    EXPECT_EQ(parse_target(text)->query, query);
    EXPECT_EQ(format_target("/x", {}), "/x");
}

}  // namespace
}  // namespace http
