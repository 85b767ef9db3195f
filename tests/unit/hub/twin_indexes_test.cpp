#include "scheduler/hub/twin_indexes.hpp"

#include "scheduler/query/query.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TwinIndexesTest : public testing::Test {
  protected:
    TwinIndexesTest() {
        for (int i = 0; i < 20; ++i) {
            const std::string id = "d" + std::to_string(i);
            hub.add_device(id);
            (void)hub.twins.patch(id, R"({"tags":{"building":)" + std::to_string(i % 4) + "}}",
                                  IfMatch::parse("*"));
        }
        hub.commit();
    }
    std::string plan(const std::string& condition) {
        const auto parsed = ql::parse_condition(condition);
        EXPECT_TRUE(parsed);
        return hub.twins.query_plan(TwinFilter(*parsed));
    }

    HubRig hub;
    TwinIndexes indexes{*hub.database, hub.clock};
};

TEST_F(TwinIndexesTest, SqliteUsesTheIndexForTheQuery) {
    EXPECT_THAT(plan("tags.building = 3"), Not(HasSubstr("twin_index")));
    const auto made = indexes.add("tags.building");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->twins, 20);
    ASSERT_TRUE(hub.commit());
    EXPECT_THAT(plan("tags.building = 3"), HasSubstr("USING INDEX twin_index_tags.building"));
    EXPECT_THAT(plan("tags.building IN [1, 2] AND tags.floor = 'x'"), HasSubstr("twin_index_tags.building"));
    EXPECT_THAT(plan("tags.floor = 3"), Not(HasSubstr("twin_index")));
    EXPECT_THAT(*hub.queries.device_ids("tags.building = 3"), ElementsAre("d11", "d15", "d19", "d3", "d7"));
    ASSERT_TRUE(hub.twins.patch("d3", R"({"tags":{"building":9}})", IfMatch::parse("*")));
    EXPECT_THAT(*hub.queries.device_ids("tags.building = 3"), ElementsAre("d11", "d15", "d19", "d7"));
}

TEST_F(TwinIndexesTest, AreListedAndRemoved) {
    ASSERT_TRUE(indexes.add("properties.reported.lock.state"));
    ASSERT_TRUE(indexes.add("tags.building"));
    EXPECT_THAT(indexes.list(), ElementsAre("properties.reported.lock.state", "tags.building"));
    EXPECT_FALSE(indexes.add("tags.building"));
    ASSERT_TRUE(indexes.remove("tags.building"));
    EXPECT_FALSE(indexes.remove("tags.building"));
    ASSERT_TRUE(hub.commit());
    EXPECT_THAT(plan("tags.building = 3"), Not(HasSubstr("twin_index")));
}

TEST_F(TwinIndexesTest, RefuseWhatIsNoPathOfATwin) {
    for (const char* path : {"", "deviceId", "tags", "tags.", "tags.a'b", "tags.a\"b", "properties.reported",
                             "properties.other.x", "tags..x"}) {
        const auto refused = indexes.add(path);
        ASSERT_FALSE(refused) << path;
        EXPECT_THAT(refused.error().message, HasSubstr("tags.NAME"));
    }
    for (std::size_t i = 0; i < TwinIndexes::most; ++i) {
        EXPECT_TRUE(indexes.add("tags.x" + std::to_string(i)));
    }
    EXPECT_THAT(indexes.add("tags.more").error().message, HasSubstr("16 indexes"));
}

}  // namespace
}  // namespace hub
