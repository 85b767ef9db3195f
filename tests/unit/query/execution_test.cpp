#include "scheduler/query/execution.hpp"

#include "tests/unit/query/twins.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using query_test::json;

ql::Query query_of(const std::string& text) {
    auto parsed = ql::parse_query(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed ? std::move(*parsed) : ql::Query{};
}

// Four doors of two buildings, and one that says nothing about itself.
std::vector<base::Json> doors() {
    std::vector<base::Json> out;
    for (
        const char* text :
        {R"({"deviceId": "d1", "status": "enabled", "tags": {"building": 43, "floor": 1, "name": "b", "power": 0.5},
              "properties": {"reported": {"lock": "locked"}}})",
         R"({"deviceId": "d2", "status": "enabled", "tags": {"building": 43, "floor": 2, "name": "a", "power": 1.5},
              "properties": {"reported": {"lock": "jammed"}}})",
         R"({"deviceId": "d3", "status": "disabled", "tags": {"building": 7, "floor": 2, "name": "c", "power": "much"},
              "properties": {"reported": {"lock": "locked"}}})",
         R"({"deviceId": "d4", "status": "enabled", "tags": {"building": 7, "floor": 3, "name": null, "power": 4},
              "properties": {"reported": {"lock": "locked"}}})",
         R"({"deviceId": "d5", "status": "enabled"})"}) {
        out.push_back(json(text));
    }
    return out;
}

std::vector<std::string> rows(const std::string& text, const std::vector<base::Json>& documents = doors()) {
    const ql::Query query = query_of(text);
    ql::Execution execution(query);
    std::vector<std::string> out;
    for (const base::Json& document : documents) {
        auto row = execution.add(document);
        EXPECT_TRUE(row);
        if (row && *row) out.push_back((*row)->dump());
    }
    for (const base::Json& row : execution.finish()) {
        out.push_back(row.dump());
    }
    return out;
}

using Rows = std::vector<std::string>;

TEST(ExecutionTest, SelectStarGivesTheDocumentsThatMatch) {
    EXPECT_EQ(rows("SELECT * FROM devices WHERE deviceId = 'd5'"),
              Rows{R"({"deviceId":"d5","status":"enabled"})"});
    EXPECT_EQ(rows("SELECT * FROM devices").size(), 5U);
    EXPECT_EQ(rows("SELECT * FROM devices WHERE tags.building = 99"), Rows{});
}

// §3
TEST(ExecutionTest, AProjectionGivesItsItemsInOrder) {
    EXPECT_EQ(rows("SELECT tags.floor AS Floor, DeviceId, tags FROM devices WHERE deviceId = 'd1'"),
              Rows{R"({"Floor":1,"DeviceId":"d1","tags":{"building":43,"floor":1,"name":"b","power":0.5}})"});
}

TEST(ExecutionTest, AnItemThatLeadsNowhereIsLeftOutAndNullIsNot) {
    EXPECT_EQ(rows("SELECT deviceId, tags.name AS name FROM devices WHERE deviceId IN ['d4', 'd5']"),
              (Rows{R"({"deviceId":"d4","name":null})", R"({"deviceId":"d5"})"}));
}

TEST(ExecutionTest, TopEndsTheRows) {
    EXPECT_EQ(rows("SELECT TOP 2 deviceId FROM devices WHERE tags.building = 7"),
              (Rows{R"({"deviceId":"d3"})", R"({"deviceId":"d4"})"}));
    EXPECT_EQ(rows("SELECT TOP 1 deviceId FROM devices"), Rows{R"({"deviceId":"d1"})"});
    EXPECT_EQ(rows("SELECT TOP 9 deviceId FROM devices").size(), 5U);
}

TEST(ExecutionTest, TopCountsTheRowsOfEarlierPages) {
    const ql::Query query = query_of("SELECT TOP 3 deviceId FROM devices");
    ql::Execution execution(query, {}, 2);
    const auto documents = doors();
    EXPECT_FALSE(execution.done());
    EXPECT_TRUE(execution.add(documents[2])->has_value());
    EXPECT_TRUE(execution.done());
    EXPECT_FALSE(execution.add(documents[3])->has_value());
    EXPECT_TRUE(ql::Execution(query, {}, 3).done());
}

// §3
TEST(ExecutionTest, AnAggregateWithoutGroupsIsOneRow) {
    EXPECT_EQ(rows("SELECT COUNT() AS doors FROM devices"), Rows{R"({"doors":5})"});
    EXPECT_EQ(rows("SELECT COUNT(), SUM(tags.floor), MIN(tags.floor), MAX(tags.floor), AVG(tags.floor) FROM "
                   "devices"),
              Rows{R"({"COUNT":5,"SUM":8,"MIN":1,"MAX":3,"AVG":2})"});
    EXPECT_EQ(rows("SELECT COUNT() AS n FROM devices WHERE tags.building = 43"), Rows{R"({"n":2})"});
}

TEST(ExecutionTest, AnAggregateOfNothingHasOnlyACount) {
    EXPECT_EQ(rows("SELECT COUNT() AS n, AVG(tags.x) AS a, SUM(tags.x) AS s, MIN(tags.x) AS i, MAX(tags.x) "
                   "AS m FROM devices"),
              Rows{R"({"n":5})"});
    EXPECT_EQ(rows("SELECT COUNT() AS n FROM devices", {}), Rows{R"({"n":0})"});
    EXPECT_EQ(rows("SELECT tags.x, COUNT() AS n FROM devices GROUP BY tags.x", {}), Rows{});
}

TEST(ExecutionTest, SumsSeeNumbersOnlyAndMinAndMaxAlsoTexts) {
    EXPECT_EQ(rows("SELECT SUM(tags.power) AS s, AVG(tags.power) AS a FROM devices"),
              Rows{R"({"s":6,"a":2})"});
    EXPECT_EQ(rows("SELECT MIN(tags.name) AS i, MAX(tags.name) AS m FROM devices"),
              Rows{R"({"i":"a","m":"c"})"});
    EXPECT_EQ(rows("SELECT MIN(tags.power) AS i, MAX(tags.power) AS m FROM devices"),
              Rows{R"({"i":0.5,"m":"much"})"});
    EXPECT_EQ(rows("SELECT MIN(x) AS i, MAX(x) AS m FROM devices", {}), Rows{"{}"});
}

TEST(ExecutionTest, ASumDoesNotLoseSmallValues) {
    std::vector<base::Json> documents;
    documents.push_back(json(R"({"tags": {"x": 1e16}})"));
    for (int i = 0; i < 10; ++i)
        documents.push_back(json(R"({"tags": {"x": 1}})"));
    documents.push_back(json(R"({"tags": {"x": -1e16}})"));
    EXPECT_EQ(rows("SELECT SUM(tags.x) AS s FROM devices", documents), Rows{R"({"s":10})"});
}

TEST(ExecutionTest, ASumThatOverflowsIsLeftOut) {
    const std::vector<base::Json> documents = {json(R"({"tags": {"x": 1e308}})"),
                                               json(R"({"tags": {"x": 1e308}})")};
    EXPECT_EQ(rows("SELECT SUM(tags.x) AS s, COUNT() AS n FROM devices", documents), Rows{R"({"n":2})"});
}

TEST(ExecutionTest, GroupsAreRowsInTheOrderOfTheirValues) {
    EXPECT_EQ(rows("SELECT COUNT() AS numberOfDevices, properties.reported.lock AS lock FROM devices "
                   "GROUP BY properties.reported.lock"),
              (Rows{R"({"numberOfDevices":1})", R"({"numberOfDevices":1,"lock":"jammed"})",
                    R"({"numberOfDevices":3,"lock":"locked"})"}));
    EXPECT_EQ(
        rows("SELECT tags.building, status, COUNT() AS n FROM devices WHERE IS_DEFINED(tags) "
             "GROUP BY tags.building, status"),
        (Rows{R"({"building":7,"status":"disabled","n":1})", R"({"building":7,"status":"enabled","n":1})",
              R"({"building":43,"status":"enabled","n":2})"}));
}

TEST(ExecutionTest, TheOrderOfGroupsDoesNotDependOnThatOfTheDocuments) {
    auto documents = doors();
    const std::string text =
        "SELECT tags.building, MAX(tags.floor) AS top FROM devices GROUP BY tags.building";
    const Rows forwards = rows(text, documents);
    std::reverse(documents.begin(), documents.end());
    EXPECT_EQ(rows(text, documents), forwards);
}

TEST(ExecutionTest, GroupsKeepTypesApart) {
    std::vector<base::Json> documents;
    for (const char* value :
         {"\"1\"", "1", "true", "null", "false", "{\"a\":1}", "[1]", "1.0", "\"\"", "{\"a\":1}"}) {
        documents.push_back(json(std::string(R"({"tags": {"x": )") + value + "}}"));
    }
    documents.push_back(json("{}"));
    EXPECT_EQ(rows("SELECT tags.x, COUNT() AS n FROM devices GROUP BY tags.x", documents),
              (Rows{R"({"n":1})", R"({"x":null,"n":1})", R"({"x":false,"n":1})", R"({"x":true,"n":1})",
                    R"({"x":1,"n":2})", R"({"x":"","n":1})", R"({"x":"1","n":1})", R"({"x":[1],"n":1})",
                    R"({"x":{"a":1},"n":2})"}));
}

TEST(ExecutionTest, GroupingAloneGivesEachValueOnce) {
    EXPECT_EQ(
        rows("SELECT tags.building FROM devices WHERE IS_DEFINED(tags.building) GROUP BY tags.building"),
        (Rows{R"({"building":7})", R"({"building":43})"}));
}

TEST(ExecutionTest, TopLimitsGroupsAndNotWhatTheyCount) {
    EXPECT_EQ(rows("SELECT TOP 1 tags.building, COUNT() AS n FROM devices WHERE IS_DEFINED(tags.building) "
                   "GROUP BY tags.building"),
              Rows{R"({"building":7,"n":2})"});
    EXPECT_EQ(rows("SELECT TOP 1 COUNT() AS n FROM devices"), Rows{R"({"n":5})"});
}

TEST(ExecutionTest, TooManyGroupsAreAnError) {
    const ql::Query query = query_of("SELECT deviceId, COUNT() AS n FROM devices GROUP BY deviceId");
    ql::Execution execution(query, {.groups = 2});
    const auto documents = doors();
    EXPECT_TRUE(execution.add(documents[0]));
    EXPECT_TRUE(execution.add(documents[1]));
    EXPECT_TRUE(execution.add(documents[0]));
    const auto third = execution.add(documents[2]);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, base::Errc::too_large);
    EXPECT_EQ(third.error().message, "this GROUP BY makes more than 2 groups; group by something coarser");
}

// §2.6
TEST(ItemTypeTest, NamesWhatTheRowsAre) {
    EXPECT_EQ(ql::item_type(query_of("SELECT * FROM devices")), "Twin");
    EXPECT_EQ(ql::item_type(query_of("SELECT * FROM devices.modules")), "Twin");
    EXPECT_EQ(ql::item_type(query_of("SELECT * FROM devices.jobs")), "DeviceJob");
    EXPECT_EQ(ql::item_type(query_of("SELECT deviceId FROM devices")), "Raw");
    EXPECT_EQ(ql::item_type(query_of("SELECT COUNT() FROM devices")), "Raw");
}

}  // namespace
