#include "scheduler/hub/registry.hpp"

#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hub {
namespace {

using protocol::HubError;
using testing::HasSubstr;

class RegistryTest : public testing::Test {
  protected:
    // As the routes do it.
    Outcome<Device> put(const std::string& id, const std::string& body, std::string_view if_match = {}) {
        const auto draft = parse_device(id, body);
        if (!draft) return draft.error();
        auto device = hub.registry.put(id, *draft, IfMatch::parse(if_match));
        EXPECT_TRUE(hub.commit());
        return device;
    }
    HubError refused(const Outcome<Device>& outcome) {
        EXPECT_FALSE(outcome);
        return outcome ? HubError::server_error : outcome.error().code;
    }
    HubRig hub;
};

// §2.4: the body that Microsoft's Node SDK sends to create a device.
TEST_F(RegistryTest, MakesKeysWhereTheyAreEmpty) {
    const auto device = put("d1", R"({"deviceId":"d1","authentication":{"type":"sas",)"
                                  R"("symmetricKey":{"primaryKey":"","secondaryKey":""}}})");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->keys.primary.size(), 44U);
    EXPECT_EQ(device->keys.secondary.size(), 44U);
    EXPECT_NE(device->keys.primary, device->keys.secondary);
    EXPECT_TRUE(device->enabled);
}

TEST_F(RegistryTest, AnswersWithTheShapeOfIotHub) {
    const auto device = put("d1", R"({"deviceId":"d1","statusReason":"new"})");
    ASSERT_TRUE(device);
    const base::Json json = parsed(device_json(*hub.registry.find("d1"), hub.connections));
    for (const char* name : {"deviceId", "generationId", "etag", "connectionState", "status", "statusReason",
                             "connectionStateUpdatedTime", "statusUpdatedTime", "lastActivityTime",
                             "cloudToDeviceMessageCount", "authentication", "capabilities"}) {
        EXPECT_TRUE(json.find(name).exists()) << name;
    }
    EXPECT_EQ(json.find("connectionState").as_string(), "Disconnected");
    EXPECT_EQ(json.find("lastActivityTime").as_string(), "0001-01-01T00:00:00Z");
    EXPECT_EQ(json.find("authentication").find("type").as_string(), "sas");
    EXPECT_EQ(json.find("authentication").find("symmetricKey").find("primaryKey").as_string(),
              device->keys.primary);
    EXPECT_TRUE(json.find("authentication").find("x509Thumbprint").find("primaryThumbprint").is_null());
}

TEST_F(RegistryTest, RefusesToMakeWhatIsThere) {
    ASSERT_TRUE(put("d1", "{}"));
    EXPECT_EQ(refused(put("d1", "{}")), HubError::device_already_exists);
}

TEST_F(RegistryTest, ChangesOnlyWithTheRightEtag) {
    const auto device = put("d1", "{}");
    ASSERT_TRUE(device);
    EXPECT_EQ(refused(put("d1", R"({"status":"disabled"})", "\"other\"")), HubError::precondition_failed);
    const auto changed = put("d1", R"({"status":"disabled"})", "\"" + device->etag + "\"");
    ASSERT_TRUE(changed);
    EXPECT_FALSE(changed->enabled);
    EXPECT_NE(changed->etag, device->etag);
    EXPECT_TRUE(put("d1", R"({"status":"enabled"})", "*"));
    EXPECT_EQ(refused(put("d2", "{}", "*")), HubError::device_not_found);
}

// §2.4 CHOICE: Node's update of the status sends empty keys; they must not lock the device out.
TEST_F(RegistryTest, KeepsTheKeysWhenAnUpdateSendsEmptyOnes) {
    const auto device = put("d1", "{}");
    ASSERT_TRUE(device);
    const auto changed = put("d1",
                             R"({"deviceId":"d1","status":"disabled","authentication":{"type":"sas",)"
                             R"("symmetricKey":{"primaryKey":"","secondaryKey":""}}})",
                             "\"*\"");
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->keys, device->keys);
}

TEST_F(RegistryTest, RemovesADeviceWithItsTwinAndItsSession) {
    FakeLink link;
    hub.connect("d1", link);
    ASSERT_TRUE(hub.registry.remove("d1", IfMatch::parse("*")));
    ASSERT_TRUE(hub.commit());
    EXPECT_FALSE(hub.registry.find("d1"));
    EXPECT_FALSE(hub.twins.service_view("d1"));
    EXPECT_EQ(hub.registry.statistics().total, 0);

    FakeLink again;
    hub.add_device("d1");
    EXPECT_EQ(hub.attach("d1", again), false);  // no session is left of the one before
}

TEST_F(RegistryTest, GivesANewGenerationToADeviceThatIsMadeAgain) {
    const Device first = hub.add_device("d1");
    ASSERT_TRUE(hub.registry.remove("d1", {}));
    hub.clock.advance(std::chrono::seconds(1));
    EXPECT_NE(hub.add_device("d1").generation_id, first.generation_id);
}

TEST_F(RegistryTest, ListsByIdInPages) {
    for (const char* id : {"c", "a", "b"})
        hub.add_device(id);
    const auto first = hub.registry.list(2);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].id, "a");
    EXPECT_EQ(first[1].id, "b");
    const auto rest = hub.registry.list(2, "b");
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].id, "c");
}

TEST_F(RegistryTest, CountsWhatIsEnabled) {
    ASSERT_TRUE(put("a", "{}"));
    ASSERT_TRUE(put("b", R"({"status":"disabled"})"));
    ASSERT_TRUE(put("c", "{}"));
    ASSERT_TRUE(put("c", R"({"status":"disabled"})", "*"));
    EXPECT_EQ(hub.registry.statistics().total, 3);
    EXPECT_EQ(hub.registry.statistics().enabled, 1);
    EXPECT_EQ(hub.registry.statistics().disabled(), 2);
}

TEST_F(RegistryTest, TellsIdsApartByCase) {
    hub.add_device("Door");
    EXPECT_FALSE(hub.registry.find("door"));
    EXPECT_TRUE(put("door", "{}"));
}

TEST_F(RegistryTest, DisconnectsADeviceThatIsDisabledOrRemovedOrGetsOtherKeys) {
    const std::string key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    FakeLink disabled;
    hub.connect("a", disabled);
    ASSERT_TRUE(put("a", R"({"status":"disabled"})", "*"));
    EXPECT_EQ(disabled.closed, "the device was disabled");
    FakeLink rekeyed;
    hub.connect("b", rekeyed);
    ASSERT_TRUE(put("b", R"({"authentication":{"symmetricKey":{"primaryKey":")" + key + R"("}}})", "*"));
    EXPECT_EQ(rekeyed.closed, "the device's keys were changed");
    FakeLink removed;
    hub.connect("c", removed);
    ASSERT_TRUE(hub.registry.remove("c", {}));
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(removed.closed, "the device was removed");
    FakeLink untouched;
    hub.connect("d", untouched);
    ASSERT_TRUE(put("d", R"({"statusReason":"fine"})", "*"));
    EXPECT_EQ(untouched.closed, std::nullopt);
}

TEST_F(RegistryTest, TellsWhatIsWrongWithABody) {
    const auto message = [](const std::string& body) {
        const auto draft = parse_device("d1", body);
        EXPECT_FALSE(draft) << body;
        if (draft) return std::string();
        EXPECT_EQ(draft.error().code, HubError::argument_invalid);
        return draft.error().message;
    };
    EXPECT_THAT(message("{"), HasSubstr("line 1"));
    EXPECT_THAT(message("[]"), HasSubstr("object"));
    EXPECT_THAT(message(R"({"deviceId":"d2"})"), HasSubstr("\"d2\""));
    EXPECT_THAT(message(R"({"status":"off"})"), HasSubstr("enabled or disabled"));
    EXPECT_THAT(message(R"({"authentication":{"type":"key"}})"), HasSubstr("selfSigned"));
    EXPECT_THAT(message(R"({"authentication":{"symmetricKey":{"primaryKey":"?"}}})"),
                HasSubstr("authentication.symmetricKey.primaryKey must be base64"));
    EXPECT_THAT(message(R"({"authentication":{"symmetricKey":{"secondaryKey":"QQ=="}}})"),
                HasSubstr("16 to 64"));
    EXPECT_THAT(message(R"({"authentication":{"x509Thumbprint":{"primaryThumbprint":"abc"}}})"),
                HasSubstr("40 or 64 hexadecimal digits"));
}

TEST_F(RegistryTest, RefusesIdsThatIotHubRefuses) {
    EXPECT_EQ(refused(hub.registry.create("invalid name", {})), HubError::argument_invalid);
    EXPECT_EQ(refused(hub.registry.create("door/invalid name", {})), HubError::argument_invalid);
    EXPECT_EQ(refused(hub.registry.create("/", {})), HubError::argument_invalid);
    EXPECT_EQ(refused(hub.registry.create("", {})), HubError::argument_invalid);
    EXPECT_EQ(refused(hub.registry.create(std::string(129, 'a'), {})), HubError::argument_invalid);
    EXPECT_TRUE(hub.registry.create(std::string(128, 'a'), {}));
}

TEST_F(RegistryTest, KnowsASelfSignedDeviceByItsThumbprint) {
    const std::string print(64, 'A');
    const auto device =
        put("d1", R"({"authentication":{"x509Thumbprint":{"primaryThumbprint":")" + print + R"("}}})");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->authentication, Authentication::self_signed);
    EXPECT_EQ(device->keys, Pair{});
    EXPECT_EQ(refused(put("d2", R"({"authentication":{"type":"selfSigned"}})")), HubError::argument_invalid);
}

TEST(IfMatchTest, ReadsEveryFormThatClientsSend) {
    for (const char* header : {"*", "\"*\"", "x", "\"x\"", "W/\"x\"", "  \"x\" "}) {
        EXPECT_TRUE(IfMatch::parse(header).allows("x")) << header;
        EXPECT_FALSE(IfMatch::parse(header).absent()) << header;
    }
    EXPECT_FALSE(IfMatch::parse("\"y\"").allows("x"));
    EXPECT_TRUE(IfMatch::parse("").absent());
    EXPECT_TRUE(IfMatch::parse("").allows("x"));
}

}  // namespace
}  // namespace hub
