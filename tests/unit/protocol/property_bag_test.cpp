#include "protocol/property_bag.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using protocol::find_property;
using protocol::format_property_bag;
using protocol::parse_property_bag;
using protocol::PropertyBag;
using testing::HasSubstr;

PropertyBag parsed(std::string_view text) {
    auto bag = parse_property_bag(text);
    if (!bag) ADD_FAILURE() << text << ": " << bag.error().message;
    return bag ? *std::move(bag) : PropertyBag{};
}

// §1.5: system keys may come encoded or not; a value may be absent, empty or there.
TEST(PropertyBag, ReadsEncodedNamesAndTheThreeFormsOfAValue) {
    const PropertyBag bag = parsed("%24.mid=m%201&$.ct=application%2Fjson&flag&empty=&a=b=c");
    EXPECT_EQ(bag, (PropertyBag{{"$.mid", "m 1"},
                                {"$.ct", "application/json"},
                                {"flag", std::nullopt},
                                {"empty", ""},
                                {"a", "b=c"}}));
    ASSERT_NE(find_property(bag, "$.mid"), nullptr);
    EXPECT_EQ(find_property(bag, "$.mid")->value, "m 1");
    EXPECT_EQ(find_property(bag, "missing"), nullptr);
}

// §1.5: empty bag, leading '?'.
TEST(PropertyBag, ReadsEmptyBagsAndALeadingQuestionMark) {
    EXPECT_TRUE(parsed("").empty());
    EXPECT_TRUE(parsed("?").empty());
    EXPECT_EQ(parsed("?a=b"), (PropertyBag{{"a", "b"}}));
    EXPECT_EQ(parsed("a=b&"), (PropertyBag{{"a", "b"}}));
}

// §1.5: cloud-to-device messages name their destination as %24.to.
TEST(PropertyBag, WritesWhatTheSdksRead) {
    EXPECT_EQ(format_property_bag(
                  {{"$.to", "/devices/d1/messages/devicebound"}, {"n", ""}, {"flag", std::nullopt}}),
              "%24.to=%2Fdevices%2Fd1%2Fmessages%2Fdevicebound&n=&flag");
    EXPECT_EQ(format_property_bag({}), "");
}

TEST(PropertyBag, ReadsBackWhatItWrites) {
    const PropertyBag bag{{"a&b=c", "d=e&f%"}, {"?", "?"}, {"ключ", "значение"}, {" ", std::nullopt}};
    EXPECT_EQ(parsed(format_property_bag(bag)), bag);
}

TEST(PropertyBag, RefusesMalformedOnesByNumber) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"a=b&%zz=c", "property 2: the '%'"},    {"a=%", "property 1: the '%'"},
        {"=v", "property 1: its name is empty"}, {"a=b&&c=d", "property 2: its name"},
        {"a=%ff", "property 1: not UTF-8"},      {"%c3=1", "property 1: not UTF-8"}};
    for (const auto& [text, expected] : cases) {
        const auto bag = parse_property_bag(text);
        ASSERT_FALSE(bag) << text;
        EXPECT_THAT(bag.error().message, HasSubstr(expected));
    }
}

TEST(PropertyBag, IsBounded) {
    std::string text;
    for (std::size_t i = 0; i < protocol::max_properties; ++i)
        text += "a=b&";
    EXPECT_EQ(parsed(text).size(), protocol::max_properties);
    const auto bag = parse_property_bag(text + "a=b");
    ASSERT_FALSE(bag);
    EXPECT_THAT(bag.error().message, HasSubstr("at most 256"));
}

}  // namespace
