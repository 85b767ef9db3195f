#include "scheduler/cli/assignment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string parsed(const std::vector<std::string>& assignments) {
    const auto json = parse_assignments(assignments);
    return json ? json->dump() : "error: " + json.error().message;
}

TEST(AssignmentTest, ValuesAreJsonOrElseText) {
    EXPECT_EQ(parsed({"building=43", "wing=east", "open=true", "ratio=0.5", "gone=null"}),
              R"({"building":43,"wing":"east","open":true,"ratio":0.5,"gone":null})");
    EXPECT_EQ(parsed({R"(building="43")"}), R"({"building":"43"})");
    EXPECT_EQ(parsed({R"(place={"floor":3,"room":[1,2]})"}), R"({"place":{"floor":3,"room":[1,2]}})");
    EXPECT_EQ(parsed({"note=", "sum=1+1", "url=a=b"}), R"({"note":"","sum":"1+1","url":"a=b"})");
}

TEST(AssignmentTest, DotsNest) {
    EXPECT_EQ(parsed({"location.floor=3", "location.room.name=lab", "x=1"}),
              R"({"location":{"floor":3,"room":{"name":"lab"}},"x":1})");
}

TEST(AssignmentTest, NoAssignmentsAreAnEmptyObject) {
    EXPECT_EQ(parsed({}), "{}");
}

TEST(AssignmentTest, MistakesAreNamed) {
    EXPECT_THAT(parsed({"building"}), HasSubstr("'building': give it as NAME=VALUE"));
    EXPECT_THAT(parsed({"=43"}), HasSubstr("a name is missing"));
    EXPECT_THAT(parsed({"a..b=1"}), HasSubstr("a name is missing"));
    EXPECT_THAT(parsed({".a=1"}), HasSubstr("a name is missing"));
    EXPECT_THAT(parsed({"a.=1"}), HasSubstr("a name is missing"));
    EXPECT_THAT(parsed({"a=1", "a=2"}), HasSubstr("given twice"));
    EXPECT_THAT(parsed({"a.b=1", "a=2"}), HasSubstr("given twice"));
    EXPECT_THAT(parsed({"$x=1"}), HasSubstr("cannot begin with '$'"));
    EXPECT_THAT(parsed({"a.$metadata=1"}), HasSubstr("cannot begin with '$'"));
    EXPECT_THAT(parsed({"a=1", "a.b=2"}), HasSubstr("'a' has a value already"));
}

TEST(SplitAssignmentsTest, SplitsAtCommasOutsideOfValues) {
    EXPECT_THAT(split_assignments("building=43,floor=3"), ElementsAre("building=43", "floor=3"));
    EXPECT_THAT(split_assignments(R"(a={"x":1,"y":[2,3]},b="p,q",c=1)"),
                ElementsAre(R"(a={"x":1,"y":[2,3]})", R"(b="p,q")", "c=1"));
    EXPECT_THAT(split_assignments(R"(a="say \",\"",b=1)"), ElementsAre(R"(a="say \",\"")", "b=1"));
    EXPECT_THAT(split_assignments("a=1"), ElementsAre("a=1"));
    EXPECT_THAT(split_assignments("a=],b=1"), ElementsAre("a=]", "b=1"));
}

}  // namespace
}  // namespace cli
