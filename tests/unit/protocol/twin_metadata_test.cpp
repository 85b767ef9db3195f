#include "protocol/twin.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using base::Json;
using protocol::etag_text;
using protocol::merge_metadata;

Json json(std::string_view text) {
    auto parsed = Json::parse(text);
    if (!parsed) ADD_FAILURE() << text << ": " << parsed.error().message;
    return parsed ? *std::move(parsed) : Json();
}

// §1.8: a new twin has "$metadata":{"$lastUpdated":"…"}.
TEST(TwinMetadata, OfANewTwinIsOneDate) {
    EXPECT_EQ(merge_metadata(Json::object(), Json::object(), "t0").dump(), R"({"$lastUpdated":"t0"})");
}

// §1.8: every level, the desired side with the version, arrays one entry.
TEST(TwinMetadata, MirrorsTheTree) {
    EXPECT_EQ(
        merge_metadata(Json::object(), json(R"({"a":{"b":1,"l":[1,{"x":2}]},"c":"x"})"), "t1", 2).dump(),
        R"({"$lastUpdated":"t1","$lastUpdatedVersion":2,)"
        R"("a":{"$lastUpdated":"t1","$lastUpdatedVersion":2,)"
        R"("b":{"$lastUpdated":"t1","$lastUpdatedVersion":2},)"
        R"("l":{"$lastUpdated":"t1","$lastUpdatedVersion":2}},)"
        R"("c":{"$lastUpdated":"t1","$lastUpdatedVersion":2}})");
}

TEST(TwinMetadata, StampsOnlyWhatThePatchTouches) {
    const Json before = merge_metadata(Json::object(), json(R"({"a":{"b":1,"c":2},"d":3})"), "t1");
    const Json after = merge_metadata(before, json(R"({"a":{"b":5}})"), "t2");
    EXPECT_EQ(
        after.dump(),
        R"({"$lastUpdated":"t2","a":{"$lastUpdated":"t2","b":{"$lastUpdated":"t2"},"c":{"$lastUpdated":"t1"}},)"
        R"("d":{"$lastUpdated":"t1"}})");
}

// §1.8: deleted members vanish; a nested null on an absent member leaves its empty object.
TEST(TwinMetadata, FollowsDeletionsAndChangesOfType) {
    const Json before = merge_metadata(Json::object(), json(R"({"a":{"b":1},"c":2})"), "t1");
    EXPECT_EQ(merge_metadata(before, json(R"({"a":null})"), "t2").dump(),
              R"({"$lastUpdated":"t2","c":{"$lastUpdated":"t1"}})");
    EXPECT_EQ(merge_metadata(before, json(R"({"a":5,"c":null})"), "t2").dump(),
              R"({"$lastUpdated":"t2","a":{"$lastUpdated":"t2"}})");
    EXPECT_EQ(merge_metadata(before, json(R"({"c":{"x":null},"a":null})"), "t2").dump(),
              R"({"$lastUpdated":"t2","c":{"$lastUpdated":"t2"}})");
}

// §2.5: what clients send back is ignored.
TEST(TwinMetadata, IgnoresWhatStandsBesideTheMembers) {
    EXPECT_EQ(
        merge_metadata(Json::object(), json(R"({"$version":3,"$metadata":{"a":1},"a":1})"), "t1").dump(),
        R"({"$lastUpdated":"t1","a":{"$lastUpdated":"t1"}})");
}

// §1.8: base64 of a 64-bit big-endian counter.
TEST(TwinEtag, IsTheCounterInBase64) {
    EXPECT_EQ(etag_text(1), "AAAAAAAAAAE=");
    EXPECT_EQ(etag_text(7), "AAAAAAAAAAc=");
    EXPECT_EQ(etag_text(0xffffffffffffffffU), "//////////8=");
}

}  // namespace
