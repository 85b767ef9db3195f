#include "protocol/twin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using base::Json;
using protocol::check_section;
using protocol::check_section_size;
using protocol::Section;
using protocol::section_size;
using testing::HasSubstr;

Json json(std::string_view text) {
    auto parsed = Json::parse(text);
    if (!parsed) ADD_FAILURE() << text << ": " << parsed.error().message;
    return parsed ? *std::move(parsed) : Json();
}

std::string nested(int levels, const std::string& open, const std::string& close) {
    std::string text = "{\"a\":";
    for (int i = 0; i < levels; ++i)
        text += open;
    text += "1";
    for (int i = 0; i < levels; ++i)
        text += close;
    return text + "}";
}

base::Result<void> check(const std::string& text, Section section = Section::reported) {
    return check_section(json(text), section);
}

// §1.8
TEST(TwinSection, AllowsWhatTheRulesAllow) {
    EXPECT_TRUE(check("{}"));
    EXPECT_TRUE(check(
        R"({"building":43,"floor":3,"lock":{"state":"locked","since":null},"list":[1,"x",true,{"a":[]}]})"));
    EXPECT_TRUE(check(R"({"größe":"ünïcode","a-b_c/d\\e":1})"));
    EXPECT_TRUE(check("{\"" + std::string(1024, 'k') + "\":1}"));
    EXPECT_TRUE(check("{\"a\":\"" + std::string(4096, 's') + "\"}"));
    EXPECT_TRUE(check("{\"a\":-4503599627370496,\"b\":4503599627370495,\"c\":0.5,\"d\":-1e-9}"));
    EXPECT_TRUE(check(nested(10, "{\"a\":", "}")));
    EXPECT_TRUE(check(nested(10, "[", "]")));
}

// §1.8, each bound from its far side; the error names the path.
TEST(TwinSection, RefusesTheRestAndNamesThePath) {
    const std::pair<std::string, std::string_view> cases[] = {
        {"[]", "reported: must be a JSON object"},
        {"null", "reported: must be a JSON object"},
        {"1", "reported: must be a JSON object"},
        {R"({"":1})", "reported.: a property name is empty"},
        {R"({"a.b":1})", "reported.a.b: the property name holds '.'"},
        {R"({"$a":1})", "holds '$'"},
        {R"({"lock":{"$x":1}})", "reported.lock.$x: the property name holds '$'"},
        {R"({"a#b":1})", "holds '#'"},
        {R"({"a b":1})", "white space"},
        {R"({"a\tb":1})", "control character"},
        {R"({"a\u007fb":1})", "control character"},
        {R"({"a\u0085b":1})", "control character"},
        {R"({"a\u00a0b":1})", "white space"},
        {R"({"a\u3000b":1})", "white space"},
        {"{\"" + std::string(1025, 'k') + "\":1}", "1025 bytes; at most 1024"},
        {"{\"a\":{\"b\":\"" + std::string(4097, 's') + "\"}}",
         "reported.a.b: the string has 4097 bytes; at most 4096"},
        {"{\"a\":4503599627370496}", "reported.a: integers must lie between"},
        {"{\"a\":-4503599627370497}", "integers must lie between"},
        {"{\"a\":1e300}", "integers must lie between"},
        {"{\"a\":[0,{\"b\":[1,null]}]}", "reported.a[1].b[1]: null is not allowed inside an array"},
        {"{\"a\":[{\"b\":null}]}", "reported.a[0].b: null is not allowed inside an array"},
        {nested(11, "{\"a\":", "}"), "nested deeper than 10 levels"},
        {nested(11, "[", "]"), "nested deeper than 10 levels"},
    };
    for (const auto& [text, expected] : cases) {
        const auto checked = check(text);
        ASSERT_FALSE(checked) << text;
        EXPECT_EQ(checked.error().code, base::Errc::invalid_argument);
        EXPECT_THAT(checked.error().message, HasSubstr(expected)) << text;
    }
}

// §2.5: clients send back what they read. §1.7: in a reported patch '$' is an error.
TEST(TwinSection, IgnoresVersionAndMetadataThatAServiceSendsBack) {
    const std::string text =
        R"({"a":1,"$version":4,"$metadata":{"$lastUpdated":"x","a":{"$lastUpdated":"x"}}})";
    EXPECT_TRUE(check(text, Section::desired));
    EXPECT_TRUE(check(text, Section::tags));
    EXPECT_FALSE(check(text, Section::reported));
    EXPECT_FALSE(check(R"({"a":{"$version":4}})", Section::desired));
}

TEST(TwinSection, ShortensALongNameInThePath) {
    const auto checked = check("{\"" + std::string(1000, 'k') + "\":{\"a b\":1}}");
    ASSERT_FALSE(checked);
    EXPECT_LT(checked.error().message.size(), 250U);
}

// §1.8: numbers 8, booleans 4, text by its bytes without control characters, structure free.
TEST(TwinSize, CountsAsTheServiceDoes) {
    EXPECT_EQ(section_size(json("{}")), 0U);
    EXPECT_EQ(section_size(json(R"({"a":1})")), 9U);
    EXPECT_EQ(section_size(json(R"({"a":true})")), 5U);
    EXPECT_EQ(section_size(json(R"({"a":"text"})")), 5U);
    EXPECT_EQ(section_size(json(R"({"a":"t\u0001\u0085\n€"})")), 5U);
    EXPECT_EQ(section_size(json(R"({"a":{"b":[1,{"c":false}]}})")), 15U);
    EXPECT_EQ(section_size(json(R"({"a":1,"$version":3,"$metadata":{"$lastUpdated":"x"}})")), 9U);
}

// §1.8: tags 8 KB, desired and reported 32 KB.
TEST(TwinSize, IsBoundedPerSection) {
    const auto filled = [](std::size_t size) {
        Json section = Json::object();
        for (std::size_t i = 0; i < size / 1024; ++i)
            section.set("k" + std::to_string(100 + i), Json(std::string(1020, 's')));
        return section;
    };
    EXPECT_EQ(section_size(filled(8192)), 8192U);
    EXPECT_TRUE(check_section_size(filled(8192), Section::tags));
    EXPECT_TRUE(check_section_size(filled(32768), Section::desired));
    EXPECT_TRUE(check_section_size(filled(32768), Section::reported));
    Json over = filled(32768);
    over.set("x", "");
    const auto checked = check_section_size(over, Section::reported);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, base::Errc::too_large);
    EXPECT_EQ(checked.error().message, "reported: 32769 bytes; at most 32768 are allowed");
    EXPECT_FALSE(check_section_size(over, Section::desired));
    EXPECT_FALSE(check_section_size(filled(9216), Section::tags));
}

}  // namespace
