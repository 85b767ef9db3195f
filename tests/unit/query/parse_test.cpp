#include "scheduler/query/query.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using ql::Constant;
using ql::Expression;
using ql::Operation;
using ql::Operator;
using ql::Path;

Expression path(std::vector<std::string> names) {
    return {Path{std::move(names)}};
}
template <typename T>
Expression constant_of(T value) {
    Expression expression;
    expression.node.emplace<Constant>().value = std::move(value);
    return expression;
}
Expression constant(double number) {
    return constant_of(number);
}
Expression constant(const char* text) {
    return constant_of(std::string(text));
}
Expression operation(Operator op, std::vector<Expression> operands) {
    return {Operation{op, std::move(operands)}};
}

Expression expression_of(const std::string& text) {
    const auto parsed = ql::parse_condition(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed && parsed->where ? *parsed->where : Expression{};
}

ql::Query query_of(const std::string& text) {
    auto parsed = ql::parse_query(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed ? std::move(*parsed) : ql::Query{};
}

TEST(ParseConditionTest, AnEqualityIsAPathAndAConstant) {
    EXPECT_EQ(expression_of("tags.building = 43"),
              operation(Operator::equal, {path({"tags", "building"}), constant(43)}));
}

TEST(ParseConditionTest, AMinusBeforeANumberBelongsToIt) {
    EXPECT_EQ(expression_of("a = -5"), operation(Operator::equal, {path({"a"}), constant(-5)}));
    EXPECT_EQ(expression_of("a = -(5)"),
              operation(Operator::equal, {path({"a"}), operation(Operator::negate, {constant(5)})}));
}

TEST(ParseConditionTest, ChainsOfOneConnectiveAreOneOperation) {
    EXPECT_EQ(expression_of("a AND b AND c"),
              operation(Operator::logical_and, {path({"a"}), path({"b"}), path({"c"})}));
    EXPECT_EQ(expression_of("(a AND b) AND c"),
              operation(Operator::logical_and,
                        {operation(Operator::logical_and, {path({"a"}), path({"b"})}), path({"c"})}));
}

TEST(ParseConditionTest, TheSourcePrefixIsGone) {
    EXPECT_EQ(expression_of("devices.DEVICEID = 'x'"),
              operation(Operator::equal, {path({"deviceId"}), constant("x")}));
    EXPECT_EQ(expression_of("FROM devices.modules WHERE devices.modules.ModuleId = 'x'"),
              operation(Operator::equal, {path({"moduleId"}), constant("x")}));
    EXPECT_EQ(expression_of("devices.devices.x"), path({"devices", "x"}));
    EXPECT_EQ(expression_of("devices"), path({"devices"}));
}

// §3: the condition of a job.
TEST(ParseConditionTest, ForAllDevicesThereIsNoExpression) {
    for (const char* text : {"*", " * ", "FROM devices", "from\tdevices\r\n"}) {
        const auto parsed = ql::parse_condition(text);
        ASSERT_TRUE(parsed) << parsed.error().message;
        EXPECT_EQ(*parsed, ql::Condition{}) << text;
    }
}

// §3
TEST(ParseQueryTest, KeywordsAreFreeInCaseAndBlanks) {
    const ql::Query plain =
        query_of("SELECT TOP 5 tags.x AS x, COUNT() AS n FROM devices WHERE NOT a = NULL GROUP BY tags.x");
    EXPECT_EQ(
        plain,
        query_of("select\ntop 5\ttags.x as x,count()as n from Devices where not a=null group by tags.x"));
    EXPECT_EQ(plain.top, 5U);
    ASSERT_EQ(plain.items.size(), 2U);
    EXPECT_EQ(plain.items[0], (ql::Item{.aggregate = {}, .path = Path{{"tags", "x"}}, .name = "x"}));
    EXPECT_EQ(plain.items[1], (ql::Item{.aggregate = ql::Aggregate::count, .path = {}, .name = "n"}));
    EXPECT_EQ(plain.group_by, (std::vector<Path>{Path{{"tags", "x"}}}));
}

TEST(ParseQueryTest, SelectStarHasNoItems) {
    EXPECT_TRUE(query_of("SELECT * FROM devices").items.empty());
    EXPECT_EQ(query_of("SELECT * FROM devices.jobs").condition.source, ql::Source::jobs);
    EXPECT_EQ(query_of("SELECT * FROM devices.modules").condition.source, ql::Source::modules);
    EXPECT_EQ(query_of("SELECT * FROM devices").condition.source, ql::Source::devices);
}

TEST(ParseQueryTest, AnItemIsNamedAsItWasWritten) {
    const ql::Query parsed = query_of(
        "SELECT DeviceId, devices.tags.Building, tags.[[my-key]], status AS [[the status]] FROM "
        "devices");
    ASSERT_EQ(parsed.items.size(), 4U);
    EXPECT_EQ(parsed.items[0].name, "DeviceId");
    EXPECT_EQ(parsed.items[0].path, (Path{{"deviceId"}}));
    EXPECT_EQ(parsed.items[1].name, "Building");
    EXPECT_EQ(parsed.items[2].name, "my-key");
    EXPECT_EQ(parsed.items[3].name, "the status");
    EXPECT_EQ(query_of("SELECT SUM(tags.x) FROM devices").items[0].name, "SUM");
}

TEST(ParseQueryTest, KeywordsAreNamesBehindADotOrAs) {
    const ql::Query parsed =
        query_of("SELECT tags.from AS where, tags.top FROM devices WHERE tags.in = 1 AND tags.null = 2");
    EXPECT_EQ(parsed.items[0].path, (Path{{"tags", "from"}}));
    EXPECT_EQ(parsed.items[0].name, "where");
}

TEST(ParseQueryTest, AggregateNamesAreAttributesToo) {
    EXPECT_EQ(query_of("SELECT count, sum AS s FROM devices WHERE min = 1").items[0].path, (Path{{"count"}}));
}

// §3: names of the service in any case, tags and properties as they are.
TEST(SystemNameTest, IsFoundWhateverItsCase) {
    EXPECT_EQ(ql::system_name("CONNECTIONSTATE"), "connectionState");
    EXPECT_EQ(ql::system_name("lastupdateddatetimeutc"), "lastUpdatedDateTimeUtc");
    EXPECT_EQ(ql::system_name("Building"), "Building");
    EXPECT_EQ(ql::system_name(""), "");
}

TEST(PlainNameTest, IsWhatNeedsNoBrackets) {
    for (const char* name : {"a", "A9", "_x", "$version", "gebäude", "楼"}) {
        EXPECT_TRUE(ql::is_plain_name(name)) << name;
    }
    for (const char* name : {"", "3d", "my-key", "a b", "a.b", "‘a’", "a\xFF", "ein\u00A0wort", "½"}) {
        EXPECT_FALSE(ql::is_plain_name(name)) << name;
    }
}

}  // namespace
