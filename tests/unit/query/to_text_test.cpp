#include "scheduler/query/to_text.hpp"

#include "tests/unit/query/random_query.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

struct Pair {
    std::string written;
    std::string canonical;
};

TEST(ToTextTest, GivesTheCanonicalForm) {
    for (const auto& [written, canonical] : {
             Pair{"tags.building=43", "tags.building = 43"},
             Pair{"Devices.DEVICEID <> \"it's\"", R"(deviceId != 'it\'s')"},
             Pair{"((a)) and (b or (c))", "a AND (b OR c)"},
             Pair{"(a and b) or not (c)", "a AND b OR NOT c"},
             Pair{"not (a or b)", "NOT (a OR b)"},
             Pair{"(a AND b) AND c", "(a AND b) AND c"},
             Pair{"1 - (2 - 3) - 4 = 5 % (6 * 7)", "1 - (2 - 3) - 4 = 5 % (6 * 7)"},
             Pair{"(1 + 2) * 3 = -(4)", "(1 + 2) * 3 = -(4)"},
             Pair{"(NOT a) = b", "(NOT a) = b"},
             Pair{"(a = 1) IN [true]", "a = 1 IN [true]"},
             Pair{"a = (b IN [1])", "a = (b IN [1])"},
             Pair{"a in[-1,0x10,1.50,1e21,null,TRUE,Undefined,[]]", ""},
             Pair{"a in[-1,0x10,1.50,1e21,null,TRUE,Undefined,['x']]",
                  "a IN [-1, 16, 1.5, 1e+21, null, true, undefined, ['x']]"},
             Pair{"tags.[[plain]].[[not plain]].[[x]]] = 1", "tags.plain.[[not plain]].[[x]]] = 1"},
             Pair{"devices.devices.x", "devices.devices.x"},
             Pair{"is_defined( tags.x ) and startswith(deviceId,'a')",
                  "IS_DEFINED(tags.x) AND STARTSWITH(deviceId, 'a')"},
             Pair{"'tab\tand \\\\'=a", R"('tab\u0009and \\' = a)"},
             Pair{"from devices.modules where x=1", "FROM devices.modules WHERE x = 1"},
             Pair{"from devices.modules", "FROM devices.modules"},
             Pair{"from devices", "*"},
         }) {
        const auto parsed = ql::parse_condition(written);
        ASSERT_EQ(parsed.has_value(), !canonical.empty()) << written;
        if (!parsed) continue;
        EXPECT_EQ(ql::to_text(*parsed), canonical);
    }
}

TEST(ToTextTest, GivesQueriesToo) {
    for (const auto& [written, canonical] : {
             Pair{"select * from devices", "SELECT * FROM devices"},
             Pair{"select top 3 DeviceId,tags.x as x,tags.y as z from devices.modules",
                  "SELECT TOP 3 deviceId AS DeviceId, tags.x, tags.y AS z FROM devices.modules"},
             Pair{"select count(),avg(tags.x) as mean,a.b from devices where c group by a.b,c",
                  "SELECT COUNT(), AVG(tags.x) AS mean, a.b FROM devices WHERE c GROUP BY a.b, c"},
             Pair{"select * from devices.jobs where devices.jobs.jobid='x'",
                  "SELECT * FROM devices.jobs WHERE jobId = 'x'"},
         }) {
        const auto parsed = ql::parse_query(written);
        ASSERT_TRUE(parsed) << parsed.error().message;
        EXPECT_EQ(ql::to_text(*parsed), canonical);
    }
}

// §3
TEST(ToTextTest, ReadsBackAsTheSameTree) {
    query_test::RandomQuery random(20261120);
    for (int i = 0; i < 4'000; ++i) {
        const ql::Query query = random.query();
        const std::string text = ql::to_text(query);
        const auto again = ql::parse_query(text, {.text = 1 << 20});
        ASSERT_TRUE(again) << again.error().message;
        ASSERT_EQ(*again, query) << text << "\n" << ql::to_text(*again);
    }
}

TEST(ToTextTest, OfAConditionReadsBackAsTheSameTree) {
    query_test::RandomQuery random(43);
    for (int i = 0; i < 1'000; ++i) {
        ql::Condition condition = random.query().condition;
        if (condition.source == ql::Source::jobs) condition.source = ql::Source::devices;
        const std::string text = ql::to_text(condition);
        const auto again = ql::parse_condition(text, {.text = 1 << 20});
        ASSERT_TRUE(again) << again.error().message;
        ASSERT_EQ(*again, condition) << text;
    }
}

}  // namespace
