#include "base/json.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

Json parsed(std::string_view text) {
    auto value = Json::parse(text);
    EXPECT_TRUE(value) << text << ": " << (value ? "" : value.error().message);
    return value ? *value : Json();
}

TEST(Json, WritesBackWhatItReadWithoutLosingDigits) {
    for (const std::string_view text :
         {R"({})", R"([])", R"(null)", R"(true)", R"(0)", R"("")", R"({"a":[1,2,{"b":null}],"c":"d"})",
          R"(4503599627370401)", R"(-4503599627370496)", R"(9007199254740991)", R"(0.30000000000000004)",
          R"(1e+300)", R"("\"\\\n\t\u0001é😀")", R"([[[[1]]]])"}) {
        EXPECT_EQ(parsed(text).dump(), text);
    }
    EXPECT_EQ(parsed(R"( { "a" : "\u00e9\ud83d\ude00\/" } )").dump(), R"({"a":"é😀/"})");
    EXPECT_EQ(parsed("-0.0").dump(), "0");
    EXPECT_EQ(parsed("1e-400").dump(), "0");
}

struct Refusal {
    std::string_view text;
    std::string_view message;
};

TEST(Json, RefusesEverythingThatIsNotOneStrictValue) {
    for (const auto& [text, message] : std::initializer_list<Refusal>{
             {"", "line 1, column 1: found the end of the text, expected a value"},
             {"{} x", "line 1, column 4: found 'x', expected the end of the text"},
             {"01", "line 1, column 1: a number with a leading zero"},
             {"-", "line 1, column 2: found the end of the text, expected a digit"},
             {"1.", "line 1, column 3: found the end of the text, expected a digit"},
             {"1e", "line 1, column 3: found the end of the text, expected a digit"},
             {"+1", "line 1, column 1: found '+', expected a value"},
             {"NaN", "line 1, column 1: found 'N', expected a value"},
             {"1e999", "line 1, column 1: a number too large for a double"},
             {"tru", "line 1, column 1: found 't', expected a value"},
             {"\"a", "line 1, column 1: this string is never closed"},
             {"\"\\u0000\"", "line 1, column 2: \\u0000 in a string"},
             {"\"\\ud800\"", "line 1, column 2: half of a surrogate pair"},
             {"\"\\ud800\\u0041\"", "line 1, column 2: half of a surrogate pair"},
             {"\"\\udc00\"", "line 1, column 2: half of a surrogate pair"},
             {"\"\\x\"", "line 1, column 2: an escape that JSON does not know"},
             {"\"\\u12g4\"", "line 1, column 4: \\u wants four hexadecimal digits"},
             {"\"\t\"", "line 1, column 2: a control character in a string; write it as an escape"},
             {"\"\xc0\xaf\"", "line 1, column 2: bytes that are not UTF-8"},
             {"\"\xed\xa0\x80\"", "line 1, column 2: bytes that are not UTF-8"},
             {"\"\xf4\x90\x80\x80\"", "line 1, column 2: bytes that are not UTF-8"},
             {"\"\xe2\x82\"", "line 1, column 2: bytes that are not UTF-8"},
             {"{\"a\":1,\"a\":2}", "line 1, column 8: the member \"a\" is there twice"},
             {"{\"a\":1,\"\\u0061\":2}", "line 1, column 8: the member \"a\" is there twice"},
             {"{\"a\":1,}", "line 1, column 8: found '}', expected a member name in double quotes"},
             {"{a:1}", "line 1, column 2: found 'a', expected a member name in double quotes"},
             {"{\"a\" 1}", "line 1, column 6: found '1', expected ':'"},
             {"[1 2]", "line 1, column 4: found '2', expected ',' or ']'"},
             {"[1,\n 2,\n ]", "line 3, column 2: found ']', expected a value"},
             {"// no\n1", "line 1, column 1: found '/', expected a value"}}) {
        const auto refused = Json::parse(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().message, message) << text;
        EXPECT_EQ(check_json(text).error().message, message) << text;
    }
    EXPECT_FALSE(Json::parse(std::string_view("\"a\0b\"", 5)));
    EXPECT_FALSE(Json::parse(std::string_view("1\0", 2)));
    EXPECT_FALSE(Json::parse(std::string(61, '1')));
    EXPECT_TRUE(Json::parse(std::string(60, '1')));
}

TEST(Json, AllowsTheSameNameInDifferentObjects) {
    EXPECT_TRUE(check_json(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})"));
    EXPECT_FALSE(check_json(R"({"b":{"a":{"x":1},"c":1,"a":2}})"));
}

TEST(Json, HoldsItsBounds) {
    EXPECT_TRUE(Json::parse("[[[1]]]", {.depth = 3}));
    EXPECT_EQ(Json::parse("[[[[1]]]]", {.depth = 3}).error().message,
              "line 1, column 4: nested deeper than 3 levels");
    EXPECT_EQ(Json::parse("[1,2]", {.bytes = 4}).error().code, Errc::too_large);
}

TEST(Json, ReadsCommentsWhereTheyAreAllowed) {
    const auto value = Json::parse(
        "// a door\n{ /* with */ \"url\": \"http://x\", // a comment\n \"a\": 1 }// end", {.comments = true});
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(value->dump(), R"({"url":"http://x","a":1})");
    EXPECT_EQ(Json::parse("{} /* x", {.comments = true}).error().message,
              "line 1, column 4: this comment is never closed");
    EXPECT_EQ(Json::parse("{} / x", {.comments = true}).error().message,
              "line 1, column 4: found '/', expected a comment or a value");
}

TEST(Json, AnswersNoToEveryQuestionAboutWhatIsNotThere) {
    const Json value = parsed(R"({"n":1.5,"i":7,"s":"x","b":true,"z":null,"a":[1],"o":{}})");
    EXPECT_FALSE(value.find("none").exists());
    EXPECT_FALSE(value.find("none").find("deeper").as_string());
    EXPECT_EQ(value.find("i").as_integer(), 7);
    EXPECT_EQ(value.find("n").as_integer(), std::nullopt);
    EXPECT_EQ(value.find("n").as_number(), 1.5);
    EXPECT_EQ(value.find("s").as_number(), std::nullopt);
    EXPECT_EQ(value.find("s").as_string(), "x");
    EXPECT_EQ(value.find("b").as_bool(), true);
    EXPECT_TRUE(value.find("z").is_null());
    EXPECT_EQ(value.find("a").size(), 1U);
    EXPECT_EQ(value.size(), 7U);
    EXPECT_EQ(value.find("A").type(), JsonView::Type::absent);
}

TEST(Json, ChangesInPlace) {
    Json value = parsed(R"({"a":1,"b":2,"c":3})");
    value.set("b", "two");
    value.set("d", Json::object({{"e", 5}}));
    EXPECT_TRUE(value.erase("a"));
    EXPECT_FALSE(value.erase("a"));
    EXPECT_EQ(value.dump(), R"({"b":"two","c":3,"d":{"e":5}})");
    Json list = Json::array();
    list.push_back(1);
    list.push_back(std::move(value));
    EXPECT_EQ(list.dump(), R"([1,{"b":"two","c":3,"d":{"e":5}}])");
}

TEST(Json, CopiesAreDeepAndNameless) {
    Json original = parsed(R"({"a":{"b":1}})");
    Json copy(original.find("a"));
    original.set("a", 2);
    EXPECT_EQ(copy.dump(), R"({"b":1})");
    EXPECT_EQ(copy.view().name(), "");
    Json outer = Json::object({{"renamed", copy}});
    EXPECT_EQ(outer.dump(), R"({"renamed":{"b":1}})");
}

TEST(Json, ComparesDeeplyAndIgnoresTheOrderOfMembers) {
    EXPECT_TRUE(parsed(R"({"a":1,"b":[1,2]})").view().equals(parsed(R"({"b":[1,2],"a":1})")));
    EXPECT_FALSE(parsed(R"({"a":1})").view().equals(parsed(R"({"a":1,"b":2})")));
    EXPECT_FALSE(parsed(R"([1,2])").view().equals(parsed(R"([2,1])")));
    EXPECT_FALSE(parsed(R"(4503599627370401)").view().equals(parsed(R"(4503599627370400)")));
}

TEST(RawMembers, GiveTheExactBytesOfEachValue) {
    const std::string_view text =
        R"({ "methodName": "m", "payload": { "n": 9007199254740993, "d": 1.10 }, "\u0061": [1, 2] })";
    const auto members = raw_members(text);
    ASSERT_TRUE(members);
    EXPECT_EQ(find_raw(*members, "payload"), R"({ "n": 9007199254740993, "d": 1.10 })");
    EXPECT_EQ(find_raw(*members, "a"), "[1, 2]");
    EXPECT_EQ(find_raw(*members, "n"), std::nullopt);
    EXPECT_EQ(text.substr(members->front().offset, 3), "\"m\"");
}

TEST(RawMembers, WantAnObject) {
    EXPECT_EQ(raw_members("[]").error().message, "expected a JSON object");
    EXPECT_EQ(raw_members("// x\n[]", {.comments = true}).error().message, "expected a JSON object");
    EXPECT_TRUE(raw_members("{}")->empty());
}

TEST(QuoteJson, EscapesWhatMustBeEscaped) {
    EXPECT_EQ(quote_json("a\"b\\\n\x01é"), "\"a\\\"b\\\\\\n\\u0001é\"");
}

}  // namespace
}  // namespace base
