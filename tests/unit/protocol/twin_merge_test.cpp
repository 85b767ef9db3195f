#include "protocol/twin.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using base::Json;
using protocol::merge;

Json json(std::string_view text) {
    auto parsed = Json::parse(text);
    if (!parsed) ADD_FAILURE() << text << ": " << parsed.error().message;
    return parsed ? *std::move(parsed) : Json();
}

std::string merged(std::string_view current, std::string_view patch) {
    return merge(json(current), json(patch)).dump();
}

// §1.8
TEST(TwinMerge, ReplacesAddsAndDeletes) {
    EXPECT_EQ(merged(R"({"a":1,"b":2,"c":3})", R"({"b":"x","c":null,"d":[1]})"),
              R"({"a":1,"b":"x","d":[1]})");
    EXPECT_EQ(merged("{}", "{}"), "{}");
    EXPECT_EQ(merged(R"({"a":1})", "{}"), R"({"a":1})");
}

TEST(TwinMerge, DescendsIntoObjectsAndReplacesArrays) {
    EXPECT_EQ(merged(R"({"a":{"x":1,"y":{"z":1}},"l":[1,2]})", R"({"a":{"y":{"w":2}},"l":[3]})"),
              R"({"a":{"x":1,"y":{"z":1,"w":2}},"l":[3]})");
    EXPECT_EQ(merged(R"({"a":{"x":1}})", R"({"a":5})"), R"({"a":5})");
    EXPECT_EQ(merged(R"({"a":5})", R"({"a":{"x":1}})"), R"({"a":{"x":1}})");
    EXPECT_EQ(merged(R"({"a":[{"x":1}]})", R"({"a":{"y":1}})"), R"({"a":{"y":1}})");
}

// §1.8, as proved on the real hub (Twin_ServiceDoesNotCreateNullPropertyInCollection).
TEST(TwinMerge, CreatesAnEmptyObjectForANestedNull) {
    EXPECT_EQ(merged("{}", R"({"a":null})"), "{}");
    EXPECT_EQ(merged("{}", R"({"a":{"b":null}})"), R"({"a":{}})");
    EXPECT_EQ(merged(R"({"a":{}})", R"({"a":{"b":null}})"), R"({"a":{}})");
    EXPECT_EQ(merged(R"({"a":7})", R"({"a":{"b":null}})"), R"({"a":{}})");
    EXPECT_EQ(merged("{}", R"({"a":{"b":{"c":null}}})"), R"({"a":{"b":{}}})");
    EXPECT_EQ(merged(R"({"a":{"b":1}})", R"({"a":{"b":null}})"), R"({"a":{}})");
}

// §2.5: $metadata and $version of a patch are ignored, at the top of the section.
TEST(TwinMerge, IgnoresWhatStandsBesideTheMembers) {
    EXPECT_EQ(merged(R"({"a":1})", R"({"$version":9,"b":2,"$metadata":{}})"), R"({"a":1,"b":2})");
    EXPECT_EQ(merged(R"({"a":1,"$version":3})", R"({"$version":9})"), R"({"a":1,"$version":3})");
}

TEST(TwinMerge, LeavesItsArgumentsAlone) {
    const Json current = json(R"({"a":{"b":1}})");
    const Json patch = json(R"({"a":{"b":null,"c":2}})");
    EXPECT_EQ(merge(current, patch).dump(), R"({"a":{"c":2}})");
    EXPECT_EQ(current.dump(), R"({"a":{"b":1}})");
    EXPECT_EQ(patch.dump(), R"({"a":{"b":null,"c":2}})");
}

TEST(TwinMerge, StoresAReplacementWithoutNulls) {
    EXPECT_EQ(merge(Json::object(), json(R"({"a":{"b":null,"c":1},"d":null})")).dump(), R"({"a":{"c":1}})");
}

// A section may hold thousands of members: both ways to find one must agree.
TEST(TwinMerge, FindsMembersInLongObjects) {
    Json current = Json::object();
    Json patch = Json::object();
    for (int i = 0; i < 1000; ++i) {
        current.add("m" + std::to_string(i), i);
        if (i % 3 == 0) patch.add("m" + std::to_string(i), Json());
        if (i % 3 == 1) patch.add("m" + std::to_string(i), -i);
    }
    patch.add("new", true);
    const Json after = merge(current, patch);
    EXPECT_EQ(after.size(), 1000U - 334U + 1U);
    EXPECT_FALSE(after.find("m999").exists());
    EXPECT_EQ(after.find("m1").as_integer(), -1);
    EXPECT_EQ(after.find("m2").as_integer(), 2);
    EXPECT_EQ(after.find("new").as_bool(), true);
}

TEST(TwinMerge, GivesTheSameWhenRepeated) {
    const Json current = json(R"({"a":{"b":1,"c":[1]},"d":"x"})");
    const Json patch = json(R"({"a":{"b":null,"e":{"f":null}},"d":null,"g":{"h":1}})");
    const Json once = merge(current, patch);
    EXPECT_EQ(merge(once, patch).dump(), once.dump());
}

}  // namespace
