#include "scheduler/query/candidates.hpp"

#include "scheduler/query/evaluate.hpp"
#include "scheduler/query/to_text.hpp"
#include "tests/unit/query/twins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ql::Condition condition(const std::string& text) {
    auto parsed = ql::parse_condition(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed ? std::move(*parsed) : ql::Condition{};
}

// Each equality as "path: values".
std::vector<std::string> equalities(const std::string& text) {
    std::vector<std::string> out;
    for (const auto& [path, values] : ql::required_equalities(condition(text))) {
        out.push_back(ql::to_text(path) + ": " + ql::to_text(ql::Constant{values}));
    }
    return out;
}

TEST(RequiredEqualitiesTest, AreTheConjunctsThatFixAPath) {
    EXPECT_THAT(equalities("tags.building = 43"), ElementsAre("tags.building: [43]"));
    EXPECT_THAT(equalities("'x' = deviceId"), ElementsAre("deviceId: ['x']"));
    EXPECT_THAT(
        equalities("tags.building = 43 AND tags.floor IN [1, 2] AND status != 'disabled' AND tags.x > 1"),
        ElementsAre("tags.building: [43]", "tags.floor: [1, 2]"));
    EXPECT_THAT(equalities("(a = 1 AND b = 2) AND c = true"), ElementsAre("a: [1]", "b: [2]", "c: [true]"));
    EXPECT_THAT(equalities("(tags.x = 1 OR tags.x IN [2, 3] OR 4 = tags.x) AND b = 2"),
                ElementsAre("tags.x: [1, 2, 3, 4]", "b: [2]"));
}

TEST(RequiredEqualitiesTest, AreNotTakenFromWhereTheyDoNotBind) {
    for (const char* text :
         {"*", "NOT a = 1", "a = 1 OR b = 2", "a NIN [1]", "a = b", "a + 1 = 2", "a = null", "a IN [1, null]",
          "1 = 1", "a = 1 OR (a = 2 AND b = 1)", "STARTSWITH(a, 'x')", "IS_DEFINED(a)", "(a = 1) = true"}) {
        EXPECT_THAT(equalities(text), IsEmpty()) << text;
    }
}

TEST(RequiredEqualitiesTest, WithoutValuesNothingCanMatch) {
    EXPECT_THAT(equalities("a = undefined"), ElementsAre("a: []"));
    EXPECT_THAT(equalities("a IN [undefined, [1]]"), ElementsAre("a: []"));
}

using Ids = std::optional<std::vector<std::string>>;

TEST(DeviceIdsTest, ArePinnedByEqualityAndIn) {
    EXPECT_EQ(ql::device_ids(condition("deviceId = 'a'")), Ids({"a"}));
    EXPECT_EQ(ql::device_ids(condition("devices.DeviceID IN ['b', 'a', 'b']")), Ids({"a", "b"}));
    EXPECT_EQ(ql::device_ids(condition("deviceId = 'a' AND tags.x = 1")), Ids({"a"}));
    EXPECT_EQ(ql::device_ids(condition("deviceId = 'a' OR deviceId IN ['c', 'b']")), Ids({"a", "b", "c"}));
    EXPECT_EQ(ql::device_ids(condition("(deviceId = 'a' AND tags.x = 1) OR (deviceId = 'b' AND tags.x = 2)")),
              Ids({"a", "b"}));
    EXPECT_EQ(ql::device_ids(condition("deviceId IN ['a', 'b'] AND deviceId IN ['b', 'c']")), Ids({"b"}));
    EXPECT_EQ(ql::device_ids(condition("FROM devices.modules WHERE deviceId = 'a' AND moduleId = 'm'")),
              Ids({"a"}));
}

TEST(DeviceIdsTest, AreEmptyWhenNoneCanMatch) {
    EXPECT_EQ(ql::device_ids(condition("deviceId = 'a' AND deviceId = 'b'")),
              Ids(std::vector<std::string>{}));
    EXPECT_EQ(ql::device_ids(condition("deviceId = 5")), Ids(std::vector<std::string>{}));
}

TEST(DeviceIdsTest, AreUnknownWhenTheConditionDoesNotPinThem) {
    for (const char* text :
         {"*", "tags.x = 1", "deviceId != 'a'", "NOT deviceId = 'a'", "deviceId = 'a' OR tags.x = 1",
          "STARTSWITH(deviceId, 'a')", "deviceId NIN ['a']", "tags.deviceId = 'a'", "deviceId > 'a'"}) {
        EXPECT_EQ(ql::device_ids(condition(text)), Ids()) << text;
    }
}

TEST(JobIdsTest, ArePinnedInQueriesOverDeviceJobRows) {
    const auto query = ql::parse_query(
        "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j1' AND devices.jobs.deviceId = 'a'");
    ASSERT_TRUE(query);
    EXPECT_EQ(ql::job_ids(query->condition), Ids({"j1"}));
    EXPECT_EQ(ql::device_ids(query->condition), Ids({"a"}));
}

TEST(CandidatesTest, NeverExcludeADocumentThatMatches) {
    const base::Json twin = query_test::door_twin();
    for (const char* text :
         {"deviceId = 'door-1'", "deviceId IN ['door-1', 'x'] AND tags.building = 43",
          "tags.floor = 3 OR deviceId = 'x'", "tags.building IN ['43', 43] AND tags.locked = true",
          "(deviceId = 'x' OR deviceId = 'door-1') AND NOT deviceId = 'y'",
          "tags.note = null AND tags.floor = 3"}) {
        const ql::Condition parsed = condition(text);
        ASSERT_TRUE(ql::matches(parsed, twin)) << text;
        if (const auto ids = ql::device_ids(parsed)) {
            EXPECT_THAT(*ids, testing::Contains("door-1")) << text;
        }
        for (const auto& [path, values] : ql::required_equalities(parsed)) {
            const ql::Expression in{ql::Membership{.negated = false, .operand = {{path}}, .list = values}};
            EXPECT_TRUE(ql::matches(in, twin)) << text;
        }
    }
}

}  // namespace
