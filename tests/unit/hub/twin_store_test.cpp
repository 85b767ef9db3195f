#include "scheduler/hub/twin_store.hpp"

#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hub {
namespace {

using protocol::HubError;
using testing::HasSubstr;

class TwinStoreTest : public testing::Test {
  protected:
    TwinStoreTest() {
        hub.add_device("d1");
        hub.twins.desired_changed.connect(
            [this](const std::string& id, std::int64_t version, const std::string& body) {
                notified.push_back(id + " " + std::to_string(version) + " " + body);
            });
    }
    base::Json twin() { return parsed(*hub.twins.service_view("d1")); }
    std::string desired() { return twin().find("properties").find("desired").dump(); }
    void patch(const std::string& body) {
        const auto done = hub.twins.patch("d1", body, {});
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_TRUE(hub.commit());
    }

    HubRig hub;
    std::vector<std::string> notified;
};

// §1.8: how a twin begins.
TEST_F(TwinStoreTest, BeginsWithVersionOneEverywhere) {
    const base::Json json = twin();
    EXPECT_EQ(json.find("etag").as_string(), "AAAAAAAAAAE=");
    EXPECT_EQ(json.find("version").as_integer(), 1);
    EXPECT_EQ(json.find("tags").dump(), "{}");
    for (const char* section : {"desired", "reported"}) {
        const auto view = json.find("properties").find(section);
        EXPECT_EQ(view.find("$version").as_integer(), 1) << section;
        EXPECT_TRUE(view.find("$metadata").find("$lastUpdated").is_string()) << section;
    }
    EXPECT_EQ(hub.twins.device_view("d1").value(), R"({"desired":{"$version":1},"reported":{"$version":1}})");
}

TEST_F(TwinStoreTest, HasTheShapeOfTheServiceView) {
    const base::Json json = twin();
    for (const char* name :
         {"deviceId", "etag", "deviceEtag", "status", "statusUpdateTime", "connectionState",
          "lastActivityTime", "cloudToDeviceMessageCount", "authenticationType", "x509Thumbprint", "modelId",
          "version", "tags", "properties", "capabilities"}) {
        EXPECT_TRUE(json.find(name).exists()) << name;
    }
    EXPECT_FALSE(json.find("generationId").exists());
    EXPECT_EQ(json.find("deviceEtag").as_string(), hub.registry.find("d1")->etag);
}

TEST_F(TwinStoreTest, MergesDesiredPropertiesAndCountsOneVersion) {
    patch(R"({"properties":{"desired":{"building":43,"floor":3,"lock":{"a":1,"b":2}}}})");
    patch(R"({"properties":{"desired":{"floor":null,"lock":{"b":3}}}})");
    const base::Json json = twin();
    const auto view = json.find("properties").find("desired");
    EXPECT_EQ(view.find("building").as_integer(), 43);
    EXPECT_FALSE(view.find("floor").exists());
    EXPECT_EQ(view.find("lock").dump(), R"({"a":1,"b":3})");
    EXPECT_EQ(view.find("$version").as_integer(), 3);
    EXPECT_EQ(view.find("$metadata").find("building").find("$lastUpdatedVersion").as_integer(), 2);
    EXPECT_EQ(view.find("$metadata").find("lock").find("b").find("$lastUpdatedVersion").as_integer(), 3);
    EXPECT_FALSE(view.find("$metadata").find("floor").exists());
    EXPECT_EQ(json.find("version").as_integer(), 3);
    EXPECT_EQ(json.find("etag").as_string(), "AAAAAAAAAAM=");
}

TEST_F(TwinStoreTest, NotifiesTheAppliedChangeWithItsVersionAfterTheCommit) {
    ASSERT_TRUE(hub.twins.patch("d1", R"({"properties":{"desired":{"building":43,"floor":null}}})", {}));
    EXPECT_TRUE(notified.empty());
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(notified, std::vector<std::string>{R"(d1 2 {"building":43,"floor":null,"$version":2})"});
}

TEST_F(TwinStoreTest, NotifiesTheWholeSectionAfterAReplace) {
    patch(R"({"properties":{"desired":{"building":43,"floor":3}}})");
    ASSERT_TRUE(hub.twins.replace("d1", R"({"properties":{"desired":{"floor":4}}})", {}));
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(notified.back(), R"(d1 3 {"floor":4,"$version":3})");
    EXPECT_FALSE(twin().find("properties").find("desired").find("building").exists());
}

TEST_F(TwinStoreTest, DoesNotNotifyAboutTags) {
    patch(R"({"tags":{"building":43}})");
    EXPECT_TRUE(notified.empty());
    EXPECT_EQ(twin().find("tags").dump(), R"({"building":43})");
    EXPECT_EQ(twin().find("properties").find("desired").find("$version").as_integer(), 1);
    EXPECT_EQ(twin().find("version").as_integer(), 2);
}

TEST_F(TwinStoreTest, ClearsASectionThatIsNull) {
    patch(R"({"tags":{"a":1},"properties":{"desired":{"x":1,"y":{"z":2}}}})");
    patch(R"({"tags":null,"properties":{"desired":null}})");
    EXPECT_EQ(twin().find("tags").dump(), "{}");
    EXPECT_EQ(hub.twins.device_view("d1").value(), R"({"desired":{"$version":3},"reported":{"$version":1}})");
    EXPECT_EQ(notified.back(), R"(d1 3 {"x":null,"y":null,"$version":3})");
}

TEST_F(TwinStoreTest, LeavesSectionsThatAReplaceDoesNotName) {
    patch(R"({"tags":{"a":1},"properties":{"desired":{"x":1}}})");
    ASSERT_TRUE(hub.twins.replace("d1", R"({"tags":{"b":2}})", {}));
    EXPECT_EQ(twin().find("tags").dump(), R"({"b":2})");
    EXPECT_EQ(twin().find("properties").find("desired").find("x").as_integer(), 1);
}

// §2.5: clients send back what they read.
TEST_F(TwinStoreTest, IgnoresVersionMetadataAndReportedInAPatch) {
    patch(R"({"properties":{"desired":{"$version":17,"$metadata":{"x":1},"x":1},"reported":{"y":1}}})");
    EXPECT_EQ(hub.twins.device_view("d1").value(),
              R"({"desired":{"x":1,"$version":2},"reported":{"$version":1}})");
    EXPECT_EQ(notified.back(), R"(d1 2 {"x":1,"$version":2})");
}

TEST_F(TwinStoreTest, ChangesNothingForABodyWithoutSections) {
    const std::string before = hub.twins.service_view("d1").value();
    EXPECT_EQ(hub.twins.patch("d1", "{}", {}).value(), before);
    EXPECT_EQ(hub.twins.service_view("d1").value(), before);
}

TEST_F(TwinStoreTest, RefusesAnotherEtag) {
    const auto refused = hub.twins.patch("d1", R"({"tags":{"a":1}})", IfMatch::parse("\"AAAAAAAAAAk=\""));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, HubError::precondition_failed);
    EXPECT_THAT(refused.error().message, HasSubstr("etag"));
    EXPECT_TRUE(hub.twins.patch("d1", R"({"tags":{"a":1}})", IfMatch::parse("\"AAAAAAAAAAE=\"")));
    EXPECT_TRUE(hub.twins.patch("d1", R"({"tags":{"a":2}})", IfMatch::parse("\"*\"")));
}

TEST_F(TwinStoreTest, KeepsReportedPropertiesApartFromTheEtag) {
    EXPECT_EQ(hub.twins.report("d1", R"({"lock":{"state":"locked"},"gone":null})").value(), 2);
    EXPECT_EQ(hub.twins.report("d1", R"({"lock":{"state":"unlocked"}})").value(), 3);
    const base::Json json = twin();
    const auto reported = json.find("properties").find("reported");
    EXPECT_EQ(reported.find("lock").dump(), R"({"state":"unlocked"})");
    EXPECT_EQ(reported.find("$version").as_integer(), 3);
    EXPECT_FALSE(reported.find("$metadata").find("lock").find("$lastUpdatedVersion").exists());
    EXPECT_EQ(json.find("etag").as_string(), "AAAAAAAAAAE=");
    EXPECT_EQ(json.find("version").as_integer(), 1);
    EXPECT_TRUE(notified.empty());
}

TEST_F(TwinStoreTest, RefusesWhatTheRulesForbidAndChangesNothing) {
    const std::string before = hub.twins.service_view("d1").value();
    for (const char* body :
         {R"(nonsense)", R"([])", R"({"tags":5})", R"({"properties":[]})",
          R"({"properties":{"desired":[1]}})", R"({"tags":{"a.b":1}})", R"({"tags":{"a":[null]}})",
          R"({"properties":{"desired":{"n":4503599627370496}}})"}) {
        const auto refused = hub.twins.patch("d1", body, {});
        ASSERT_FALSE(refused) << body;
        EXPECT_EQ(refused.error().code, HubError::argument_invalid) << body;
    }
    const auto reported = hub.twins.report("d1", R"({"$bad":1})");
    ASSERT_FALSE(reported);
    EXPECT_EQ(reported.error().code, HubError::argument_invalid);
    EXPECT_EQ(hub.twins.service_view("d1").value(), before);
}

TEST_F(TwinStoreTest, BoundsASectionAsAWhole) {
    const std::string text(4000, 'x');
    EXPECT_TRUE(hub.twins.patch("d1", R"({"tags":{"a":")" + text + R"("}})", {}));
    EXPECT_TRUE(hub.twins.patch("d1", R"({"tags":{"b":")" + text + R"("}})", {}));
    const auto refused = hub.twins.patch("d1", R"({"tags":{"c":")" + text + R"("}})", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, HubError::argument_invalid);
    EXPECT_FALSE(twin().find("tags").find("c").exists());
}

TEST_F(TwinStoreTest, KnowsNoTwinWithoutADevice) {
    EXPECT_EQ(hub.twins.service_view("d2").error().code, HubError::device_not_found);
    EXPECT_EQ(hub.twins.patch("d2", "{}", {}).error().code, HubError::device_not_found);
    EXPECT_EQ(hub.twins.report("d2", "{}").error().code, HubError::device_not_found);
    EXPECT_FALSE(hub.twins.exists("d2"));
}

TEST_F(TwinStoreTest, SaysWhetherTheDeviceIsConnected) {
    FakeLink link;
    hub.connect("d1", link);
    EXPECT_EQ(twin().find("connectionState").as_string(), "Connected");
    hub.sessions.detach("d1", link);
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(twin().find("connectionState").as_string(), "Disconnected");
    EXPECT_NE(twin().find("lastActivityTime").as_string(), "0001-01-01T00:00:00Z");
}

}  // namespace
}  // namespace hub
