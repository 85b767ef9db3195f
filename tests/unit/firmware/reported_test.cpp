#include "firmware/reported.hpp"

#include "protocol/twin.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

base::Json json(std::string_view text) {
    return *base::Json::parse(text);
}

TEST(ReportedTest, SendsNothingBeforeItKnowsWhatTheHubShows) {
    Reported reported;
    reported.set("lock", "locked");
    EXPECT_EQ(reported.next_patch(), std::nullopt);
    reported.adopt(json("{}"));
    EXPECT_EQ(reported.next_patch(), R"({"lock":"locked"})");
}

TEST(ReportedTest, SendsOnlyTheDifference) {
    Reported reported;
    reported.set("lock", json(R"({"state":"locked","source":"switch"})"));
    reported.set("door", "closed");
    reported.adopt(
        json(R"({"lock":{"state":"unlocked","source":"switch","hold":{"target":"unlocked"}},"door":"closed",
                            "foreign":1,"$version":5})"));
    EXPECT_EQ(reported.next_patch(), R"({"lock":{"state":"locked","hold":null}})");
    reported.acknowledged();
    EXPECT_EQ(reported.next_patch(), std::nullopt);
}

TEST(ReportedTest, MergesAllChangesThatComeWhileAPatchIsUnderWay) {
    Reported reported;
    reported.adopt(json("{}"));
    reported.set("lock", "locking");
    EXPECT_TRUE(reported.next_patch());
    for (int i = 0; i < 1000; ++i)
        reported.set("count", i);
    reported.set("lock", "locked");
    EXPECT_EQ(reported.next_patch(), std::nullopt);
    reported.acknowledged();
    EXPECT_EQ(reported.next_patch(), R"({"lock":"locked","count":999})");
}

TEST(ReportedTest, SendsAgainWhatWasLostAndNotWhatWasRefused) {
    Reported reported;
    reported.adopt(json("{}"));
    reported.set("a", 1);
    const auto first = reported.next_patch();
    reported.lost();
    EXPECT_EQ(reported.next_patch(), first);
    reported.refused();
    EXPECT_EQ(reported.next_patch(), std::nullopt);
    reported.set("a", 2);
    EXPECT_EQ(reported.next_patch(), R"({"a":2})");
}

TEST(ReportedTest, LeavesOutNullsForATwinCannotKeepThem) {
    Reported reported;
    reported.adopt(json("{}"));
    reported.set("hold", json(R"({"target":"locked","until":null})"));
    EXPECT_EQ(reported.next_patch(), R"({"hold":{"target":"locked"}})");
    reported.acknowledged();
    EXPECT_EQ(reported.next_patch(), std::nullopt);
    reported.set("hold", base::Json());
    EXPECT_EQ(reported.next_patch(), R"({"hold":null})");
}

TEST(ReportedTest, TakesBackWhatIsNoLongerSoWhileTheLinkWasDown) {
    Reported reported;
    reported.set("building", base::Json());
    reported.adopt(json(R"({"building":{"value":43},"foreign":1})"));
    EXPECT_EQ(reported.next_patch(), R"({"building":null})");
}

TEST(ReportedTest, LeavesOutWhatNoHubWouldTake) {
    Reported reported;
    reported.adopt(json("{}"));
    reported.set("good", 1);
    reported.set("long", std::string(4097, 'x'));
    reported.set(std::string(1025, 'k'), 1);
    reported.set("dotted.name", 1);
    reported.set("deep", json(R"([[[[[[[[[[[1]]]]]]]]]]])"));
    EXPECT_EQ(reported.left_out(), 4U);
    EXPECT_EQ(reported.next_patch(), R"({"good":1})");
}

TEST(ReportedTest, StaysBelowTheSizeOfTheSection) {
    Reported reported;
    reported.adopt(json("{}"));
    for (int i = 0; i < 20; ++i)
        reported.set("fact" + std::to_string(i), std::string(4000, 'x'));
    EXPECT_GT(reported.left_out(), 10U);
    EXPECT_TRUE(protocol::check_section_size(reported.wanted(), protocol::Section::reported));
    reported.set("fact0", "short");
    reported.set("other", std::string(3900, 'y'));
    const auto before = reported.left_out();
    reported.set("fact0", std::string(4096, 'y'));
    EXPECT_EQ(reported.left_out(), before + 1);
    EXPECT_EQ(reported.wanted().find("fact0").as_string(), "short") << "what stood there stays";
    EXPECT_LE(reported.next_patch()->size(), std::size_t{33} * 1024);
}

TEST(ReportedTest, ReadsTheHubAgainAfterALoss) {
    Reported reported;
    reported.adopt(json("{}"));
    reported.set("a", 1);
    (void)reported.next_patch();
    reported.forget();
    EXPECT_EQ(reported.next_patch(), std::nullopt);
    reported.adopt(json(R"({"a":1})"));
    EXPECT_EQ(reported.next_patch(), std::nullopt);
}

}  // namespace
}  // namespace firmware
