#include "scheduler/hub/twin_indexes.hpp"

#include "scheduler/query/query.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

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
    // Until there is nothing left to do.
    void finish() {
        for (int i = 0; indexes.next_due() && i < 1000; ++i) {
            hub.clock.advance(std::chrono::milliseconds(5));
            indexes.tick();
            ASSERT_TRUE(hub.commit());
        }
        ASSERT_FALSE(indexes.next_due());
    }
    std::vector<std::string> paths() {
        std::vector<std::string> all;
        for (const auto& state : indexes.list())
            all.push_back(state.path);
        return all;
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
    EXPECT_THAT(plan("tags.building = 3"), Not(HasSubstr("twin_values")));
    const auto made = indexes.add("tags.building");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->twins, 20);
    ASSERT_TRUE(hub.commit());
    finish();
    for (const char* condition : {"tags.building = 3", "tags.building IN [1, 2] AND tags.floor = 'x'"}) {
        EXPECT_THAT(plan(condition),
                    HasSubstr("SEARCH twin_values_tags.building USING PRIMARY KEY (value=?)"));
        EXPECT_THAT(plan(condition), HasSubstr("SEARCH t USING INTEGER PRIMARY KEY"));
        EXPECT_THAT(plan(condition), Not(HasSubstr("SCAN")));
    }
    EXPECT_THAT(plan("tags.floor = 3"), Not(HasSubstr("twin_values")));
    EXPECT_THAT(*hub.queries.device_ids("tags.building = 3"), ElementsAre("d11", "d15", "d19", "d3", "d7"));
    ASSERT_TRUE(hub.twins.patch("d3", R"({"tags":{"building":9}})", IfMatch::parse("*")));
    EXPECT_THAT(*hub.queries.device_ids("tags.building = 3"), ElementsAre("d11", "d15", "d19", "d7"));
}

TEST_F(TwinIndexesTest, AreListedAndRemoved) {
    ASSERT_TRUE(indexes.add("properties.reported.lock.state"));
    ASSERT_TRUE(indexes.add("tags.building"));
    EXPECT_THAT(paths(), ElementsAre("properties.reported.lock.state", "tags.building"));
    EXPECT_FALSE(indexes.add("tags.building"));
    ASSERT_TRUE(indexes.remove("tags.building"));
    EXPECT_FALSE(indexes.remove("tags.building"));
    ASSERT_TRUE(hub.commit());
    finish();
    EXPECT_THAT(plan("tags.building = 3"), Not(HasSubstr("twin_values")));
    ASSERT_TRUE(indexes.add("tags.building"));
}

TEST_F(TwinIndexesTest, AreMadeInSlicesWhileTwinsChangeAndServeWhenTheyAreWhole) {
    for (int i = 20; i < 1000; ++i)
        (void)hub.registry.create("d" + std::to_string(i), {});
    ASSERT_TRUE(hub.commit());
    const auto set = [this](const std::string& id, const std::string& building) {
        ASSERT_TRUE(hub.twins.patch(id, R"({"tags":{"building":)" + building + "}}", {}));
        ASSERT_TRUE(hub.commit());
    };
    const auto all = [this] {
        return *hub.queries.device_ids("tags.building = 'east' OR tags.building = 3");
    };
    const auto east = [this] { return *hub.queries.device_ids("tags.building = 'east'"); };
    ASSERT_TRUE(indexes.add("tags.building"));
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(indexes.progress(indexes.list()[0]).done, TwinIndexes::slice);
    EXPECT_EQ(indexes.progress(indexes.list()[0]).twins, 1000);
    set("d900", "\"east\"");  // that was not looked at yet
    set("d0", "\"east\"");    // that was
    set("d1", "null");
    EXPECT_THAT(plan("tags.building = 3"), Not(HasSubstr("twin_values")));
    EXPECT_THAT(east(), ElementsAre("d0", "d900"));
    int slices = 1;
    for (; indexes.next_due() && slices < 100; ++slices) {
        hub.clock.advance(std::chrono::milliseconds(5));
        indexes.tick();
        ASSERT_TRUE(hub.commit());
    }
    EXPECT_GE(slices, 4);
    EXPECT_THAT(plan("tags.building = 3"), HasSubstr("twin_values"));
    EXPECT_THAT(east(), ElementsAre("d0", "d900"));
    set("d901", "\"east\"");
    set("d900", "4");
    ASSERT_TRUE(hub.registry.remove("d0", {}));
    ASSERT_TRUE(hub.commit());
    EXPECT_THAT(east(), ElementsAre("d901"));
    EXPECT_THAT(*hub.queries.device_ids("tags.building = 3"), ElementsAre("d11", "d15", "d19", "d3", "d7"));
    EXPECT_EQ(all().size(), 6U);
}

// A hub ended while it made one.
TEST_F(TwinIndexesTest, AreGoneOnWithAfterARestart) {
    for (int i = 20; i < 600; ++i)
        (void)hub.registry.create("d" + std::to_string(i), {});
    ASSERT_TRUE(indexes.add("tags.building"));
    ASSERT_TRUE(hub.commit());
    TwinIndexes after(*hub.database, hub.clock);
    ASSERT_TRUE(after.list()[0].filled);
    for (int i = 0; after.next_due() && i < 100; ++i) {
        after.tick();
        ASSERT_TRUE(hub.commit());
        hub.clock.advance(std::chrono::milliseconds(5));
    }
    EXPECT_FALSE(after.list()[0].filled);
    EXPECT_THAT(*hub.queries.device_ids("tags.building = 3"), ElementsAre("d11", "d15", "d19", "d3", "d7"));
}

// As earlier versions made them.
TEST_F(TwinIndexesTest, OfSqliteItselfServeAsTheyAreAndCanBeRemoved) {
    hub.database
        ->prepare(R"(CREATE INDEX "twin_index_tags.building" ON twins (json_extract(tags, '$."building"')))")
        .start()
        .run();
    hub.database
        ->prepare(
            "INSERT INTO twin_indexes (path, name) VALUES ('tags.building', 'twin_index_tags.building')")
        .start()
        .run();
    ASSERT_TRUE(hub.commit());
    finish();
    EXPECT_THAT(plan("tags.building = 3"), HasSubstr("USING INDEX twin_index_tags.building"));
    EXPECT_FALSE(indexes.add("tags.building"));
    ASSERT_TRUE(indexes.remove("tags.building"));
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
