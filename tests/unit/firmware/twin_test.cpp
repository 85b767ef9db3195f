#include "firmware/twin.hpp"

#include "tests/unit/firmware/fakes.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

using std::chrono::seconds;

base::Json json(std::string_view text) {
    return *base::Json::parse(text);
}

class TwinTest : public ::testing::Test {
  protected:
    std::string reported_as(std::string_view name) { return reported.wanted().find(name).dump(); }

    base::ManualClock clock;
    base::Log log = silent_log();
    FakeStore store;
    StateKeeper keeper{store, clock, log, State{}};
    Reported reported;
    int applied = 0;
    Twin twin{{{"floor", base::Json(1)}}, keeper, reported, clock, log, [this] { ++applied; }};
};

// §8
TEST_F(TwinTest, AcknowledgesAPropertyOnlyWhenItIsDurable) {
    twin.full(json(R"({"building":43,"$version":7})"));
    EXPECT_FALSE(reported.wanted().find("building").exists());
    EXPECT_EQ(applied, 0);
    store.finish_all();
    EXPECT_EQ(reported_as("building"), R"({"value":43,"ac":200,"av":7,"ad":"accepted"})");
    EXPECT_EQ(twin.value("building").as_integer(), 43);
    EXPECT_EQ(applied, 1);
}

// §8
TEST_F(TwinTest, RefusesABadOneWithAReasonAndKeepsTheOldValue) {
    twin.full(json(R"({"building":43,"$version":7})"));
    store.finish_all();
    EXPECT_TRUE(twin.patch(json(R"({"building":[1],"floor":3})"), 8));
    store.finish_all();
    EXPECT_EQ(
        reported_as("building"),
        R"({"value":43,"ac":400,"av":8,"ad":"building must be an integer, or a text of 1 to 128 bytes, not [1]"})");
    EXPECT_EQ(reported_as("floor"), R"({"value":3,"ac":200,"av":8,"ad":"accepted"})") << "one by one";
}

TEST_F(TwinTest, CountsRefusalsInsteadOfWritingALineForEach) {
    std::vector<std::string> said;
    const base::Log loud(base::Level::info,
                         [&said](base::Level, std::string_view line) { said.emplace_back(line); });
    Twin flooded({}, keeper, reported, clock, loud, [] {});
    for (int version = 1; version <= 2000; ++version)
        EXPECT_TRUE(flooded.patch(json(R"({"floor":"one"})"), version));
    EXPECT_EQ(said.size(), BoundedLog::most);
    ASSERT_TRUE(flooded.next_due());
    clock.advance(*flooded.next_due() - clock.steady_now());
    flooded.tick();
    EXPECT_EQ(said.back(), "event=twin_refused repeated=1990 within_s=60");
    EXPECT_FALSE(flooded.next_due());
}

// The hub refuses a report that is no UTF-8, and with it the acknowledgements of everything else.
TEST_F(TwinTest, DoesNotCutACharacterOfABadOneInTwo) {
    for (const std::string_view before : {"", "a", "ab", "abc"}) {
        std::string text(before);
        for (int i = 0; i < 100; ++i)
            text += "\u20ac";
        twin.full(base::Json::object({{"building", text}, {"$version", 7}}));
        EXPECT_TRUE(base::Json::parse(reported_as("building"))) << reported_as("building");
    }
}

// §1.8
TEST_F(TwinTest, GoesBackToTheDefaultOnNull) {
    EXPECT_EQ(reported_as("floor"), R"({"value":1,"ac":203,"av":0,"ad":"default"})");
    twin.full(json(R"({"building":43,"floor":3,"$version":7})"));
    store.finish_all();
    EXPECT_TRUE(twin.patch(json(R"({"building":null,"floor":null})"), 8));
    store.finish_all();
    EXPECT_EQ(reported_as("floor"), R"({"value":1,"ac":203,"av":0,"ad":"default"})");
    EXPECT_FALSE(reported.wanted().find("building").exists());
    EXPECT_FALSE(twin.value("building").exists());
}

TEST_F(TwinTest, TakesWhatIsMissingFromTheWholeSectionAsDeleted) {
    twin.full(json(R"({"floor":3,"$version":7})"));
    store.finish_all();
    twin.full(json(R"({"$version":8})"));
    store.finish_all();
    EXPECT_EQ(twin.value("floor").as_integer(), 1);
}

TEST_F(TwinTest, DoesNotAcknowledgeAgainWhatHasNotChanged) {
    twin.full(json(R"({"floor":3,"$version":7})"));
    store.finish_all();
    const unsigned writes = store.writes();
    twin.full(json(R"({"floor":3,"other":1,"$version":9})"));
    EXPECT_FALSE(store.busy());
    EXPECT_EQ(store.writes(), writes);
    EXPECT_EQ(reported_as("floor"), R"({"value":3,"ac":200,"av":7,"ad":"accepted"})");
}

// §1.7
TEST_F(TwinTest, AsksForTheWholeSectionWhenAVersionIsMissingAndIgnoresOldOnes) {
    twin.full(json(R"({"floor":3,"$version":7})"));
    EXPECT_TRUE(twin.patch(json(R"({"floor":4})"), 7));
    EXPECT_EQ(twin.value("floor").as_integer(), 3);
    EXPECT_FALSE(twin.patch(json(R"({"floor":5})"), 9));
    EXPECT_TRUE(twin.patch(json(R"({"floor":6})"), 8));
    EXPECT_EQ(twin.value("floor").as_integer(), 6);
}

TEST_F(TwinTest, SaysSoWhenAValueCannotBeStored) {
    twin.full(json(R"({"floor":3,"$version":7})"));
    store.fail_one();
    EXPECT_EQ(reported.wanted().find("floor").find("ac").as_integer(), 500);
}

TEST_F(TwinTest, KeepsItsValuesAcrossARestart) {
    twin.full(json(R"({"building":"Werk 3","$version":7})"));
    store.finish_all();
    StateKeeper after(store, clock, log, *parse_state(*store.durable()));
    Reported fresh;
    const Twin again({}, after, fresh, clock, log, [] {});
    EXPECT_EQ(again.value("building").as_string(), "Werk 3");
    EXPECT_EQ(fresh.wanted().find("building").find("av").as_integer(), 7);
}

TEST_F(TwinTest, SetsHowTheDoorBehaves) {
    twin.full(json(R"({"ajarTime":"45s","exitTime":7,"autoRelock":true,"$version":2})"));
    EXPECT_EQ(twin.behaviour(),
              (DoorBehaviour{.ajar_time = seconds(45), .exit_time = seconds(7), .auto_relock = true}));
}

TEST_F(TwinTest, DoesNotTakeForAcceptedWhatTheDiskRefused) {
    twin.full(json(R"({"building":43,"$version":7})"));
    store.fail_one();
    EXPECT_EQ(reported.wanted().find("building").find("ac").as_integer(), 500);
    twin.full(json(R"({"building":43,"$version":7})"));
    EXPECT_EQ(reported.wanted().find("building").find("ac").as_integer(), 500) << "not before it is durable";
    store.finish_all();
    EXPECT_EQ(reported_as("building"), R"({"value":43,"ac":200,"av":7,"ad":"accepted"})");
}

TEST_F(TwinTest, CountsWhatNoDoorKnows) {
    twin.full(json(R"({"colour":"red","building":43,"smell":1,"$version":7})"));
    EXPECT_TRUE(twin.patch(json(R"({"colour":"blue"})"), 8));
    EXPECT_EQ(twin.ignored(), 3U);
}

TEST_F(TwinTest, DoesNotCountAgainWhatItFetchesAgainAsASignOfLife) {
    twin.full(json(R"({"colour":"red","floor":"third","$version":7})"));
    for (int i = 0; i < 3; ++i)
        twin.full(json(R"({"colour":"red","floor":"third","$version":7})"));
    EXPECT_EQ(twin.ignored(), 1U);
    EXPECT_EQ(reported.wanted().find("floor").find("ac").as_integer(), 400);
    twin.full(json(R"({"colour":"red","$version":8})"));
    EXPECT_EQ(twin.ignored(), 2U);
}

TEST_F(TwinTest, ReportsFromTimeToTimeIfAskedTo) {
    EXPECT_EQ(twin.report_interval(), seconds(0));
    twin.full(json(R"({"reportInterval":"10m","$version":2})"));
    EXPECT_EQ(twin.report_interval(), seconds(600));
    EXPECT_TRUE(twin.patch(json(R"({"reportInterval":"1s"})"), 3));
    EXPECT_EQ(twin.report_interval(), seconds(600)) << "a bad one changes nothing";
    EXPECT_TRUE(twin.patch(json(R"({"reportInterval":null})"), 4));
    EXPECT_EQ(twin.report_interval(), seconds(0));
}

TEST(PropertyRulesTest, AcceptWhatTheySayAndNothingElse) {
    const auto accepts = [](std::string_view name, std::string_view value) {
        return check_property(*find_rule(name), json(value)).has_value();
    };
    for (const char* good : {"43", "-1", "\"A\""})
        EXPECT_TRUE(accepts("building", good)) << good;
    for (const char* bad : {"4.5", "\"\"", "true", "{}", "[]"})
        EXPECT_FALSE(accepts("building", bad)) << bad;
    EXPECT_FALSE(accepts("building", "\"" + std::string(129, 'x') + "\""));
    for (const char* bad : {"\"3\"", "1001", "2.5"})
        EXPECT_FALSE(accepts("floor", bad)) << bad;
    for (const char* good : {"0", "\"1s\"", "\"24h\""})
        EXPECT_TRUE(accepts("ajarTime", good)) << good;
    for (const char* bad : {"0.5", "\"25h\"", "\"soon\"", "true"})
        EXPECT_FALSE(accepts("ajarTime", bad)) << bad;
    EXPECT_FALSE(accepts("exitTime", "0"));
    EXPECT_FALSE(accepts("autoRelock", "1"));
    for (const char* good : {"0", "10", "\"24h\""})
        EXPECT_TRUE(accepts("reportInterval", good)) << good;
    for (const char* bad : {"1", "\"9s\"", "\"25h\"", "false"})
        EXPECT_FALSE(accepts("reportInterval", bad)) << bad;
    EXPECT_EQ(find_rule("nothing"), nullptr);
}

}  // namespace
}  // namespace firmware
