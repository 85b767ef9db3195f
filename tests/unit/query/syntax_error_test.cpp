#include "scheduler/query/query.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

// The exact message for each kind of mistake: where it is, what was found and what was expected, the line,
// and a caret under the place.

namespace {

struct Mistake {
    std::string text;
    std::string message;
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.text;
}

std::string place_column(std::size_t column) {
    return std::string(column + 1, ' ') + "^";
}

// The message for a text of one short line.
std::string on_one_line(const std::string& text, std::size_t column, const std::string& what) {
    return "line 1, column " + std::to_string(column) + ": " + what + "\n  " + text + "\n" +
           place_column(column);
}

struct OneLine {
    std::string text;
    std::size_t column;
    std::string what;
};

void PrintTo(const OneLine& mistake, std::ostream* out) {
    *out << mistake.text;
}

class QueryMistakeTest : public testing::TestWithParam<OneLine> {};

// §3
TEST_P(QueryMistakeTest, IsNamedWithItsPlace) {
    const auto [text, column, what] = GetParam();
    const auto parsed = ql::parse_query(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, base::Errc::invalid_argument);
    EXPECT_EQ(parsed.error().message, on_one_line(text, column, what));
}

INSTANTIATE_TEST_SUITE_P(
    Clauses, QueryMistakeTest,
    testing::Values(
        OneLine{"", 1, "found the end, expected SELECT"},
        OneLine{"tags.building = 43", 1, "found 'tags', expected SELECT"},
        OneLine{"UPDATE devices SET x = 1", 1,
                "found 'UPDATE', expected SELECT; queries only read; twins are changed by jobs and by PATCH"},
        OneLine{"SELECT", 7, "found the end, expected '*', an attribute or an aggregate"},
        OneLine{"SELECT FROM devices", 8, "found 'FROM', expected '*', an attribute or an aggregate"},
        OneLine{"SELECT * FORM devices", 10, "found 'FORM', expected FROM"},
        OneLine{"SELECT *, deviceId FROM devices", 9, "found ',', expected FROM"},
        OneLine{"SELECT deviceId id FROM devices", 17, "found 'id', expected AS, ',' or FROM"},
        OneLine{"SELECT deviceId AS FROM devices", 25, "found 'devices', expected AS, ',' or FROM"},
        OneLine{"SELECT deviceId AS 'id' FROM devices", 20, "found the text 'id', expected a name behind AS"},
        OneLine{"SELECT deviceId, FROM devices", 18,
                "found 'FROM', expected '*', an attribute or an aggregate"},
        OneLine{"SELECT DISTINCT tags.x FROM devices", 8,
                "found 'DISTINCT', expected '*', an attribute or an aggregate; there is no DISTINCT, but "
                "GROUP BY "
                "gives each value once"},
        OneLine{"SELECT TOP * FROM devices", 12, "found '*', expected a whole number from 1 behind TOP"},
        OneLine{"SELECT TOP 0 * FROM devices", 12, "found '0', expected a whole number from 1 behind TOP"},
        OneLine{"SELECT TOP 1.5 * FROM devices", 12,
                "found '1.5', expected a whole number from 1 behind TOP"},
        OneLine{"SELECT TOP 99999999999999999999 * FROM devices", 12,
                "found '99999999999999999999', expected a whole number from 1 behind TOP"},
        OneLine{"SELECT * FROM", 14, "found the end, expected devices, devices.modules or devices.jobs"},
        OneLine{"SELECT * FROM twins", 15,
                "found 'twins', expected devices, devices.modules or devices.jobs"},
        OneLine{"SELECT * FROM devices.twins", 23, "found 'twins', expected modules or jobs"},
        OneLine{"SELECT * FROM devices d", 23, "found 'd', expected WHERE, GROUP BY or the end of the query"},
        OneLine{"SELECT * FROM devices;", 22,
                "found ';', expected WHERE, GROUP BY or the end of the query; leave the semicolon out"},
        OneLine{"SELECT * FROM devices ORDER BY deviceId", 23,
                "found 'ORDER', expected WHERE, GROUP BY or the end of the query; there is no ORDER BY"},
        OneLine{"SELECT * FROM devices WHERE ", 28,
                "found the end, expected an attribute, a constant, a function or '('"},
        OneLine{"SELECT * FROM devices WHERE a = 1 LIMIT 5", 35,
                "found 'LIMIT', expected an operator, GROUP BY or the end of the query; there is no LIMIT, "
                "but SELECT "
                "TOP n"}));

INSTANTIATE_TEST_SUITE_P(
    Projections, QueryMistakeTest,
    testing::Values(
        OneLine{"SELECT tags.x, properties.reported.x FROM devices", 16,
                "found a second item named 'x', expected another name for it behind AS"},
        OneLine{"SELECT AVG(tags.x), AVG(tags.y) FROM devices", 21,
                "found a second item named 'AVG', expected another name for it behind AS"},
        OneLine{"SELECT COUNT(*) FROM devices", 14,
                "found '*', expected ')': COUNT() counts what is found and takes no argument"},
        OneLine{"SELECT AVG() FROM devices", 12, "found ')', expected the attribute to aggregate"},
        OneLine{"SELECT AVG(tags.x FROM devices", 19, "found 'FROM', expected ')'"},
        OneLine{"SELECT MEDIAN(tags.x) FROM devices", 8,
                "found 'MEDIAN', expected COUNT(), or AVG, SUM, MIN or MAX(attribute)"},
        OneLine{"SELECT tags.x, COUNT() FROM devices", 8,
                "found 'tags.x' beside an aggregate or GROUP BY, expected it behind GROUP BY or inside an "
                "aggregate"},
        OneLine{"SELECT tags.x, tags.y FROM devices GROUP BY tags.x", 16,
                "found 'tags.y' beside an aggregate or GROUP BY, expected it behind GROUP BY or inside an "
                "aggregate"},
        OneLine{"SELECT * FROM devices GROUP BY tags.x", 23,
                "found 'GROUP', expected the end of the query: SELECT * cannot be grouped, only a list of "
                "aggregates "
                "and of the attributes that are grouped by"},
        OneLine{"SELECT COUNT() FROM devices GROUP tags.x", 35, "found 'tags', expected BY"},
        OneLine{"SELECT COUNT() FROM devices GROUP BY", 37,
                "found the end, expected an attribute to group by"},
        OneLine{"SELECT COUNT() FROM devices GROUP BY tags.x HAVING 1", 45,
                "found 'HAVING', expected ',' or the end of the query; there is no HAVING"},
        OneLine{"SELECT deviceId FROM devices.jobs", 8,
                "found a SELECT list, expected '*': FROM devices.jobs gives whole rows only"},
        OneLine{"SELECT COUNT() FROM devices.jobs", 8,
                "found a SELECT list, expected '*': FROM devices.jobs gives whole rows only"},
        OneLine{"SELECT * FROM devices.jobs GROUP BY status", 28,
                "found 'GROUP', expected the end of the query: FROM devices.jobs knows no GROUP BY"},
        OneLine{"SELECT devices.jobs.status FROM devices", 8,
                "found 'devices.jobs', expected an attribute of devices, the source of this query"},
        OneLine{"SELECT * FROM devices.jobs WHERE devices.jobs = 1", 34,
                "found 'devices.jobs', expected an attribute, such as devices.jobs.deviceId"}));

class ConditionMistakeTest : public testing::TestWithParam<OneLine> {};

TEST_P(ConditionMistakeTest, IsNamedWithItsPlace) {
    const auto [text, column, what] = GetParam();
    const auto parsed = ql::parse_condition(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, base::Errc::invalid_argument);
    EXPECT_EQ(parsed.error().message, on_one_line(text, column, what));
}

INSTANTIATE_TEST_SUITE_P(
    Conditions, ConditionMistakeTest,
    testing::Values(
        OneLine{"", 1,
                "found the end, expected a condition, such as deviceId = 'door-1', or * for all devices"},
        OneLine{"* AND true", 3, "found 'AND', expected the end: * stands alone, for all devices"},
        OneLine{"SELECT * FROM devices WHERE tags.building=43 AND tags.floor=3", 1,
                "found a whole query, expected a condition: write tags.building = 43 AND tags.floor = 3"},
        OneLine{"select * from devices", 1,
                "found a whole query, expected a condition: write * for all devices"},
        OneLine{
            "SELECT * FROM devices.modules WHERE moduleId = 'lock'", 1,
            "found a whole query, expected a condition: write FROM devices.modules WHERE moduleId = 'lock'"},
        OneLine{"SELECT * FROM devices.jobs", 1,
                "found devices.jobs, expected a condition on devices or devices.modules: a job cannot be "
                "sent to the "
                "rows of other jobs"},
        OneLine{"SELECT * FORM devices", 1,
                "found a whole query, expected a condition: only what stands behind WHERE, such as "
                "tags.building = 43"},
        OneLine{"WHERE tags.building = 43", 1,
                "found WHERE, expected the condition without it: write tags.building = 43"},
        OneLine{"FROM devices.jobs WHERE jobId = 'x'", 1,
                "found devices.jobs, expected a condition on devices or devices.modules: a job cannot be "
                "sent to the "
                "rows of other jobs"},
        OneLine{"FROM devices.modules moduleId = 'x'", 22,
                "found 'moduleId', expected WHERE or the end of the condition"},
        OneLine{"tags.x = 1 GROUP BY tags.x", 12,
                "found 'GROUP', expected the end of the condition: only queries can be grouped"}));

INSTANTIATE_TEST_SUITE_P(
    Expressions, ConditionMistakeTest,
    testing::Values(
        OneLine{"tags.building = 43 AN tags.floor = 3", 20,
                "found 'AN', expected an operator or the end of the condition"},
        OneLine{"tags.building = AND", 17,
                "found 'AND', expected an attribute, a constant, a function or '('"},
        OneLine{"tags.building == 43", 15,
                "found '==', expected an operator or the end of the condition; equality is written ="},
        OneLine{"a = 1 && b = 2", 7,
                "found '&&', expected an operator or the end of the condition; it is written AND"},
        OneLine{"a = 1 || b = 2", 7,
                "found '||', expected an operator or the end of the condition; it is written OR"},
        OneLine{
            "!a", 1,
            "found '!', expected an attribute, a constant, a function or '('; it is written NOT, or != for "
            "unequal"},
        OneLine{"deviceId LIKE 'door%'", 10,
                "found 'LIKE', expected an operator or the end of the condition; there is no LIKE, but "
                "STARTSWITH(attribute, 'beginning')"},
        OneLine{"deviceId NOT IN ['a']", 10,
                "found 'NOT', expected an operator or the end of the condition; the opposite of IN is "
                "written NIN"},
        OneLine{"deviceId IN ('a', 'b')", 13,
                "found '(', expected '[' and a list of constants, such as ['a', 'b']"},
        OneLine{"deviceId IN []", 14,
                "found ']', expected a constant: 'text', a number, true, false or null"},
        OneLine{"deviceId IN ['a', tags.x]", 19,
                "found 'tags', expected a constant: 'text', a number, true, false or null"},
        OneLine{"deviceId IN ['a' 'b']", 18, "found the text 'b', expected ',' or ']'"},
        OneLine{"deviceId IN [-'a']", 15, "found the text 'a', expected a number"},
        OneLine{"(a = 1", 7, "found the end, expected an operator or ')'"},
        OneLine{"a = 1)", 6, "found ')', expected an operator or the end of the condition"},
        OneLine{"tags.", 6, "found the end, expected a name behind the dot"},
        OneLine{"tags..x = 1", 6, "found '.', expected a name behind the dot"},
        OneLine{"tags.'x' = 1", 6, "found the text 'x', expected a name behind the dot"},
        OneLine{"tags.3d = 1", 6,
                "found a digit, expected a name; one that begins with a digit is written [[so]]"},
        OneLine{"tags.x IS NULL", 8,
                "found 'IS', expected an operator or the end of the condition; there is no IS, but "
                "IS_DEFINED(attribute), = null and != null"},
        OneLine{"IS_DEFINED()", 12, "found ')', expected an attribute, as in IS_DEFINED(attribute)"},
        OneLine{"IS_DEFINED('x')", 12,
                "found the text 'x', expected an attribute, as in IS_DEFINED(attribute)"},
        OneLine{"IS_DEFINED(a, b)", 13, "found ',', expected ')', as in IS_DEFINED(attribute)"},
        OneLine{"STARTSWITH(a)", 13, "found ')', expected ',', as in STARTSWITH(attribute, 'beginning')"},
        OneLine{"CONTAINS(deviceId, 'x')", 1,
                "found the function 'CONTAINS', expected one that queries over twins and jobs know: "
                "IS_DEFINED(attribute) or STARTSWITH(attribute, 'beginning')"},
        OneLine{"deviceId = 'what a long text this is, with so much in it' 'x'", 59,
                "found the text 'x', expected an operator or the end of the condition"},
        OneLine{"a = 1 'what a long text this is, with so much in it'", 7,
                "found the text 'what a long text this is, with so much …, expected an operator or the end "
                "of the "
                "condition"}));

INSTANTIATE_TEST_SUITE_P(
    Characters, ConditionMistakeTest,
    testing::Values(
        OneLine{"a # 1", 3, "found the character '#', expected it inside quotes or not at all"},
        OneLine{"a = €", 5, "found the character '€', expected it inside quotes or not at all"},
        OneLine{"a = ‘x’", 5, "found a typographic quotation mark, expected ' or \""},
        OneLine{"a = 4 – 1", 7, "found a typographic dash, expected -"},
        OneLine{"gebäude\u00A0= 4", 8, "found a no-break space, expected a plain one"},
        OneLine{"a = 'x", 5, "found a text that is never closed, expected ' behind it"},
        OneLine{"a = \"x'", 5, "found a text that is never closed, expected \" behind it"},
        OneLine{"tags.[[x] = 1", 6, "found a name that is never closed, expected ']]' behind it"},
        OneLine{"tags.[[]] = 1", 6, "found '[[]]', expected a name between the brackets"},
        OneLine{R"(a = 'x\n')", 7,
                R"(found an unknown escape, expected \', \", \\ or \u and four hexadecimal digits)"},
        OneLine{R"(a = '\u12')", 6,
                R"(found an incomplete escape, expected four hexadecimal digits behind \u)"},
        OneLine{R"(a = '\u0000')", 6,
                R"(found \u0000, expected a character that texts of twins can contain)"},
        OneLine{R"(a = '\uD83D!')", 6,
                R"(found half a surrogate pair, expected \uD800 to \uDBFF followed by \uDC00 to \uDFFF)"},
        OneLine{R"(a = '\uDE00')", 6,
                R"(found half a surrogate pair, expected \uD800 to \uDBFF followed by \uDC00 to \uDFFF)"},
        OneLine{"a = 12abc", 5, "found '12abc', expected a number such as 43, 0.5, 1e3 or 0x2B"},
        OneLine{"a = 1.", 5, "found '1.', expected a number such as 43, 0.5, 1e3 or 0x2B"},
        OneLine{"a = 1e", 5, "found '1e', expected a number such as 43, 0.5, 1e3 or 0x2B"},
        OneLine{"a = 0xFG", 5, "found '0xFG', expected hexadecimal digits behind 0x"},
        OneLine{"a = 0x", 5, "found '0x', expected hexadecimal digits behind 0x"},
        OneLine{"a = 1e999", 5, "found a number out of range, expected one below 1.8e308"},
        OneLine{"a = 0x20000000000000", 5,
                "found a number out of range, expected at most 0x1FFFFFFFFFFFFF (2^53 - 1)"}));

class PlaceTest : public testing::TestWithParam<Mistake> {};

TEST_P(PlaceTest, IsShownInItsLine) {
    const auto parsed = ql::parse_condition(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Places, PlaceTest,
    testing::Values(
        Mistake{"tags.a = 1\nAND tags.b == 2\nAND tags.c = 3",
                "line 2, column 12: found '==', expected an operator or the end of the condition; equality "
                "is written "
                "=\n  AND tags.b == 2\n             ^"},
        Mistake{"tags.a = 1\r\nAND tags.b =\r\n\r\n",
                "line 2, column 13: found the end, expected an attribute, a constant, a function or '('\n  "
                "AND tags.b =\n              ^"},
        Mistake{"\ttags.a\t!! 1",
                "line 1, column 9: found '!', expected an operator or the end of the condition; it is "
                "written NOT, or "
                "!= for unequal\n  \ttags.a\t!! 1\n  \t      \t^"},
        Mistake{"tags.gebäude = 'Süd' tags",
                "line 1, column 22: found 'tags', expected an operator or the end of the "
                "condition\n  tags.gebäude = 'Süd' tags\n                       ^"},
        Mistake{"a = '\xFF'",
                "line 1, column 6: found a byte that is not UTF-8, expected text in UTF-8\n  a = '?'\n  "
                "     ^"},
        Mistake{"a \x01 1",
                "line 1, column 3: found the character U+0001, expected it inside quotes or not at all\n  "
                "a ? 1\n    ^"},
        Mistake{std::string("a = 'x\0y'", 9),
                "line 1, column 7: found a NUL byte, expected text, which never contains "
                "one\n  a = 'x?y'\n        ^"}));

TEST(LongLineTest, IsShownAroundThePlace) {
    const std::string padding(200, ' ');
    const auto parsed = ql::parse_condition("a = 1" + padding + "!" + padding + "b");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message,
              "line 1, column 206: found '!', expected an operator or the end of the condition; it is "
              "written NOT, or "
              "!= for unequal\n  …" +
                  std::string(60, ' ') + "!" + std::string(39, ' ') + "…\n   " + std::string(60, ' ') + "^");
}

TEST(LongLineTest, IsShownToItsEndWhenThePlaceIsThere) {
    const auto parsed = ql::parse_condition(std::string(150, ' ') + "a =");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message,
              "line 1, column 154: found the end, expected an attribute, a constant, a function or '('\n  …" +
                  std::string(97, ' ') + "a =\n   " + std::string(100, ' ') + "^");
}

// §3: a whole query where a condition belongs.
TEST(PastedQueryTest, IsNotRepeatedWhenItIsLong) {
    std::string list;
    for (int i = 0; i < 100; ++i)
        list += (i > 0 ? ",'door-" : "'door-") + std::to_string(i) + "'";
    const auto parsed = ql::parse_condition("SELECT * FROM devices WHERE deviceId IN [" + list + "]");
    ASSERT_FALSE(parsed);
    EXPECT_TRUE(parsed.error().message.starts_with(
        "line 1, column 1: found a whole query, expected a condition: write only what stands behind WHERE\n"))
        << parsed.error().message;
}

}  // namespace
