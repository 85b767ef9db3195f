#include "scheduler/query/paths.hpp"

#include "scheduler/query/evaluate.hpp"
#include "scheduler/query/execution.hpp"
#include "tests/unit/query/random_query.hpp"
#include "tests/unit/query/twins.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ql {
namespace {

std::vector<std::string> first_names(const std::vector<Path>& paths) {
    std::vector<std::string> names;
    for (const Path& path : paths)
        names.push_back(path.names.front());
    return names;
}

TEST(PathsTest, AreThoseOfEveryClause) {
    const auto query = parse_query(
        "SELECT tags.zone AS zone, AVG(version) AS v FROM devices WHERE NOT (properties.desired.a + 1 > 2) "
        "AND STARTSWITH(deviceId, 'x') AND is_defined(capabilities) AND modelId IN ['a'] GROUP BY "
        "tags.zone, etag");
    ASSERT_TRUE(query) << query.error().message;
    EXPECT_EQ(first_names(paths(*query)),
              (std::vector<std::string>{"tags", "version", "properties", "deviceId", "capabilities",
                                        "modelId", "tags", "etag"}));
    EXPECT_TRUE(paths(*parse_query("SELECT * FROM devices")).empty());
    EXPECT_TRUE(paths(*parse_condition("*")).empty());
}

// A twin without the members that nobody names is the same twin to the query.
TEST(PathsTest, AreAllThatIsLookedAt) {
    query_test::RandomQuery random(20261121);
    const base::Json whole = query_test::door_twin();
    for (int i = 0; i < 3000; ++i) {
        const Query query = random.query();
        const auto names = first_names(paths(query));
        base::Json part = base::Json::object();
        for (const base::JsonView member : whole) {
            if (std::find(names.begin(), names.end(), member.name()) == names.end()) continue;
            part.add(member.name(), base::Json(member));
        }
        EXPECT_EQ(matches(query.condition, whole), matches(query.condition, part));
        if (selects_documents(query) || is_aggregate(query)) continue;
        EXPECT_EQ(project(query, whole).dump(), project(query, part).dump());
    }
}

}  // namespace
}  // namespace ql
