#include "scheduler/query/query.hpp"

#include <gtest/gtest.h>

#include <string>

// Every bound, from both sides.

namespace {

std::string repeated(const std::string& piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += piece;
    return out;
}

void expect_too_large(const std::string& text, const std::string& why, const ql::ParseLimits& limits = {}) {
    const auto parsed = ql::parse_condition(text, limits);
    ASSERT_FALSE(parsed) << text.substr(0, 100);
    EXPECT_EQ(parsed.error().code, base::Errc::too_large);
    EXPECT_NE(parsed.error().message.find(why), std::string::npos) << parsed.error().message;
}

void expect_fits(const std::string& text, const ql::ParseLimits& limits = {}) {
    const auto parsed = ql::parse_condition(text, limits);
    EXPECT_TRUE(parsed) << parsed.error().message;
}

// §2.6
TEST(LimitsTest, ATextOf8192BytesIsTheLongest) {
    const std::string condition = "tags.x = '";
    expect_fits(condition + std::string(8192 - condition.size() - 1, 'x') + "'");
    expect_too_large(condition + std::string(8192 - condition.size(), 'x') + "'",
                     "the condition has 8193 bytes; at most 8192 are allowed");
    EXPECT_EQ(ql::parse_query(std::string(8193, ' ')).error().message,
              "the query has 8193 bytes; at most 8192 are allowed");
}

TEST(LimitsTest, TheLengthOfATextIsTheCallersToChoose) {
    expect_too_large("a = 12345", "the condition has 9 bytes; at most 8 are allowed", {.text = 8});
    expect_fits("a = 1" + std::string(20'000, ' '), {.text = 30'000});
}

TEST(LimitsTest, EveryKindOfNestingIsBoundedBy64) {
    expect_fits(repeated("(", 64) + "a" + repeated(")", 64));
    expect_too_large(
        repeated("(", 65) + "a" + repeated(")", 65),
        "line 1, column 66: found an expression nested too deeply, expected at most 64 levels\n");
    expect_fits(repeated("NOT ", 63) + "a");
    expect_too_large(repeated("NOT ", 64) + "a", "nested too deeply");
    expect_fits("a = " + repeated("- ", 62) + "a");
    expect_too_large("a = " + repeated("- ", 63) + "a", "nested too deeply");
    expect_fits("a = " + repeated("[", 64) + "1" + repeated("]", 64));
    expect_too_large("a = " + repeated("[", 65) + "1" + repeated("]", 65), "nested too deeply");
    expect_fits(repeated("STARTSWITH(", 63) + "a" + repeated(", 'x')", 63));
    expect_too_large(repeated("STARTSWITH(", 64) + "a" + repeated(", 'x')", 64), "nested too deeply");
    expect_fits("1" + repeated(" + 1", 62) + " = 63");
    expect_too_large("1" + repeated(" + 1", 63) + " = 64", "nested too deeply");
    expect_fits("a" + repeated(" IN [1]", 63));
    expect_too_large("a" + repeated(" IN [1]", 64), "nested too deeply");
}

TEST(LimitsTest, UnclosedNestingOfAWholeTextEndsInAnErrorToo) {
    for (const char* piece :
         {"(", "NOT ", "- ", "[", "a = (", "STARTSWITH(", "IS_DEFINED(", "a IN [", "a + ("}) {
        EXPECT_FALSE(ql::parse_condition(repeated(piece, 8192 / std::string(piece).size()))) << piece;
    }
}

TEST(LimitsTest, ChainsOfAndAndOrCostNoDepth) {
    expect_fits("a" + repeated(" OR a", 1600));
    expect_fits("a" + repeated(" AND a", 1300));
    expect_fits("a" + repeated(" AND a OR a", 700));
}

TEST(LimitsTest, AListHas2048ElementsAtMost) {
    expect_fits("a IN [1" + repeated(",1", 2047) + "]");
    expect_too_large("a IN [1" + repeated(",1", 2048) + "]",
                     "found too long a list, expected at most 2048 elements");
    expect_fits("a IN [1,2,3]", {.list = 3});
    expect_too_large("a IN [1,2,3,4]", "found too long a list, expected at most 3 elements", {.list = 3});
}

TEST(LimitsTest, PathsAndSelectListsAreListsToo) {
    expect_fits("a.b.c = 1", {.list = 3});
    expect_too_large("a.b.c.d = 1", "line 1, column 7: found too long a path, expected at most 3 elements",
                     {.list = 3});
    const auto message = [](const std::string& text) {
        const auto parsed = ql::parse_query(text, {.list = 2});
        return parsed ? "" : parsed.error().message.substr(0, parsed.error().message.find('\n'));
    };
    EXPECT_EQ(message("SELECT a, b FROM devices"), "");
    EXPECT_EQ(message("SELECT a, b, c FROM devices"),
              "line 1, column 14: found too long a SELECT list, expected at most 2 elements");
    EXPECT_EQ(message("SELECT a FROM devices GROUP BY a, b"), "");
    EXPECT_EQ(message("SELECT a FROM devices GROUP BY a, b, c"),
              "line 1, column 38: found too long a GROUP BY list, expected at most 2 elements");
}

}  // namespace
