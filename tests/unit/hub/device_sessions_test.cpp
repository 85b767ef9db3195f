#include "scheduler/hub/device_sessions.hpp"

#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DeviceSessionsTest : public testing::Test {
  protected:
    DeviceSessionsTest() { hub.add_device("d1"); }
    HubRig hub;
    FakeLink link;
};

TEST_F(DeviceSessionsTest, AcceptsAConnectionOnlyAfterTheCommit) {
    bool accepted = false;
    hub.sessions.attach({"d1", {}, std::nullopt}, link, false,
                        [&](const auto& done) { accepted = done.has_value(); });
    EXPECT_FALSE(accepted);
    ASSERT_TRUE(hub.commit());
    EXPECT_TRUE(accepted);
    EXPECT_TRUE(hub.connections.connected("d1"));
}

// §1.1: clean session 0 keeps the subscriptions, and CONNACK says whether there were any.
TEST_F(DeviceSessionsTest, KeepsSubscriptionsForADeviceThatAskedForIt) {
    EXPECT_EQ(hub.attach("d1", link), false);
    EXPECT_THAT(hub.subscribe("d1", link, {{"$iothub/methods/POST/#", 1}}), ElementsAre(1));
    hub.sessions.detach("d1", link);

    FakeLink again;
    EXPECT_EQ(hub.attach("d1", again), true);
    EXPECT_TRUE(hub.sessions.can_call("d1"));
}

TEST_F(DeviceSessionsTest, KeepsSubscriptionsAcrossARestart) {
    const ScratchFile file("hub.db");
    {
        HubRig before(file.path());
        FakeLink first;
        before.connect("d1", first);
    }
    HubRig after(file.path());
    FakeLink second;
    EXPECT_EQ(after.attach("d1", second), true);
    EXPECT_TRUE(after.sessions.can_call("d1"));
    ASSERT_TRUE(after.publish("d1", second, "$iothub/twin/GET/?$rid=1", ""));
    EXPECT_EQ(second.last().topic, "$iothub/twin/res/200/?$rid=1");
}

TEST_F(DeviceSessionsTest, StartsAnewWithACleanSession) {
    hub.connect("d1", link);
    hub.sessions.detach("d1", link);
    FakeLink clean;
    EXPECT_EQ(hub.attach("d1", clean, true), false);
    EXPECT_FALSE(hub.sessions.can_call("d1"));
    hub.subscribe("d1", clean, {{"$iothub/methods/POST/#", 0}});
    hub.sessions.detach("d1", clean);
    FakeLink again;
    EXPECT_EQ(hub.attach("d1", again, false), false);
    EXPECT_FALSE(hub.sessions.can_call("d1"));
}

TEST_F(DeviceSessionsTest, LetsTheNewerConnectionWin) {
    hub.connect("d1", link);
    FakeLink newer;
    EXPECT_EQ(hub.attach("d1", newer), true);
    EXPECT_THAT(link.closed.value_or(""), HasSubstr("anew"));
    EXPECT_EQ(newer.closed, std::nullopt);
    hub.sessions.detach("d1", link);  // what the endpoint says of the old one later
    EXPECT_TRUE(hub.connections.connected("d1"));
    ASSERT_TRUE(hub.publish("d1", link, "$iothub/twin/GET/?$rid=1", ""));
    EXPECT_THAT(link.sent, IsEmpty());
}

// §1.1: QoS 2 is granted as 1, undocumented filters are granted and ignored; §1.2: + means this device.
TEST_F(DeviceSessionsTest, GrantsWhatIsAskedFor) {
    ASSERT_TRUE(hub.attach("d1", link));
    EXPECT_THAT(hub.subscribe("d1", link,
                              {{"$iothub/methods/POST/#", 2},
                               {"devices/+/messages/devicebound/#", 1},
                               {"something/else/#", 1},
                               {"$iothub/twin/res/#", 0}}),
                ElementsAre(1, 1, 1, 0));
    const Connection* connection = std::as_const(hub.connections).find("d1");
    EXPECT_EQ(connection->subscriptions.qos(Channel::methods), 1);
    EXPECT_EQ(connection->subscriptions.qos(Channel::twin_responses), 0);
    EXPECT_TRUE(connection->subscriptions.has(Channel::devicebound));
    EXPECT_FALSE(connection->subscriptions.has(Channel::desired));
}

TEST_F(DeviceSessionsTest, ForgetsWhatIsUnsubscribed) {
    hub.connect("d1", link);
    bool done = false;
    hub.sessions.unsubscribe("d1", link, {"$iothub/methods/POST/#", "never/subscribed"},
                             [&] { done = true; });
    ASSERT_TRUE(hub.commit());
    EXPECT_TRUE(done);
    EXPECT_FALSE(hub.sessions.can_call("d1"));
    hub.sessions.detach("d1", link);
    FakeLink again;
    hub.attach("d1", again);
    EXPECT_FALSE(hub.sessions.can_call("d1"));
}

TEST_F(DeviceSessionsTest, WritesNothingWhenADeviceSubscribesToWhatItHas) {
    hub.connect("d1", link);
    hub.sessions.subscribe("d1", link, {{"$iothub/methods/POST/#", 0}}, [](const auto&) {});
    Statement changes = hub.database->prepare("SELECT total_changes()");
    changes.start();
    ASSERT_TRUE(changes.step());
    const auto before = changes.number();
    changes.finish();
    ASSERT_TRUE(hub.commit());
    changes.start();
    ASSERT_TRUE(changes.step());
    EXPECT_EQ(changes.number(), before);
}

// §1.7
TEST_F(DeviceSessionsTest, AnswersATwinGet) {
    hub.connect("d1", link);
    ASSERT_TRUE(hub.twins.patch("d1", R"({"tags":{"t":1},"properties":{"desired":{"building":43}}})", {}));
    ASSERT_TRUE(hub.publish("d1", link, "$iothub/twin/GET/?$rid=abc", " "));
    EXPECT_EQ(link.last().topic, "$iothub/twin/res/200/?$rid=abc");
    EXPECT_EQ(link.last().payload, R"({"desired":{"building":43,"$version":2},"reported":{"$version":1}})");
}

TEST_F(DeviceSessionsTest, AnswersATwinPatchWithTheNewVersion) {
    hub.connect("d1", link);
    ASSERT_TRUE(
        hub.publish("d1", link, "$iothub/twin/PATCH/properties/reported/?$rid=7", R"({"building":43})"));
    EXPECT_EQ(link.last().topic, "$iothub/twin/res/204/?$rid=7&$version=2");
    EXPECT_EQ(link.last().payload, "");
}

TEST_F(DeviceSessionsTest, AnswersABadTwinPatchAndKeepsTheConnection) {
    hub.connect("d1", link);
    for (const char* body : {R"({"$x":1})", "no json", "[1]"}) {
        ASSERT_TRUE(hub.publish("d1", link, "$iothub/twin/PATCH/properties/reported/?$rid=7", body));
        EXPECT_EQ(link.last().topic, "$iothub/twin/res/400/?$rid=7");
        const base::Json error = parsed(link.last().payload);
        EXPECT_EQ(error.find("errorCode").as_integer(), 400004);
        EXPECT_TRUE(error.find("trackingId").is_string());
        EXPECT_TRUE(error.find("timestampUtc").is_string());
    }
    EXPECT_EQ(link.closed, std::nullopt);
}

TEST_F(DeviceSessionsTest, AppliesAPatchThatWantsNoReply) {
    hub.connect("d1", link);
    ASSERT_TRUE(hub.publish("d1", link, "$iothub/twin/PATCH/properties/reported/", R"({"a":1})"));
    EXPECT_THAT(link.sent, IsEmpty());
    EXPECT_THAT(hub.twins.device_view("d1").value(), HasSubstr(R"("reported":{"a":1,"$version":2})"));
}

TEST_F(DeviceSessionsTest, AnswersWithAnErrorWhenTheCommitFails) {
    hub.connect("d1", link);
    protocol::Publish message;
    message.topic = "$iothub/twin/PATCH/properties/reported/?$rid=7";
    message.payload = R"({"a":1})";
    message.qos = 1;
    bool acknowledged = false;
    ASSERT_TRUE(hub.sessions.receive("d1", link, message, [&] { acknowledged = true; }));
    Statement broken = hub.database->prepare("INSERT INTO totals VALUES (NULL, NULL)");
    broken.start().run();
    EXPECT_FALSE(hub.database->commit_turn());
    EXPECT_EQ(link.last().topic, "$iothub/twin/res/503/?$rid=7");
    EXPECT_FALSE(acknowledged);
    EXPECT_TRUE(link.closed);  // without its PUBACK the device sends it again when it is back
    EXPECT_THAT(hub.twins.device_view("d1").value(), HasSubstr(R"("reported":{"$version":1})"));
}

TEST_F(DeviceSessionsTest, AcknowledgesAfterTheCommit) {
    hub.connect("d1", link);
    protocol::Publish message;
    message.topic = "devices/d1/messages/events/";
    message.payload = "21";
    message.qos = 1;
    bool acknowledged = false;
    ASSERT_TRUE(hub.sessions.receive("d1", link, message, [&] { acknowledged = true; }));
    EXPECT_FALSE(acknowledged);
    ASSERT_TRUE(hub.commit());
    EXPECT_TRUE(acknowledged);
}

TEST_F(DeviceSessionsTest, NotifiesDesiredChangesToWhoIsConnectedAndSubscribed) {
    ASSERT_TRUE(hub.attach("d1", link));
    const std::string body = R"({"properties":{"desired":{"floor":3}}})";
    ASSERT_TRUE(hub.twins.patch("d1", body, {}));
    ASSERT_TRUE(hub.commit());
    EXPECT_THAT(link.sent, IsEmpty());
    hub.subscribe("d1", link, {{"$iothub/twin/PATCH/properties/desired/#", 1}});
    ASSERT_TRUE(hub.twins.patch("d1", body, {}));
    ASSERT_TRUE(hub.commit());
    ASSERT_EQ(link.sent.size(), 1U);
    EXPECT_EQ(link.last().topic, "$iothub/twin/PATCH/properties/desired/?$version=3");
    EXPECT_EQ(link.last().payload, R"({"floor":3,"$version":3})");
    EXPECT_EQ(link.last().qos, 1);
}

TEST_F(DeviceSessionsTest, EndsAConnectionThatBreaksTheRules) {
    constexpr std::size_t most = std::size_t{256} * 1024;
    hub.connect("d1", link);
    EXPECT_FALSE(hub.publish("d1", link, "my/own/topic", "x"));
    EXPECT_FALSE(hub.publish("d1", link, "devices/d2/messages/events/", "x"));
    EXPECT_FALSE(hub.publish("d1", link, "devices/d1/messages/events/", "x", 2));
    EXPECT_FALSE(hub.publish("d1", link, "devices/d1/messages/events/=x", "x"));
    const auto large = hub.publish("d1", link, "devices/d1/messages/events/", std::string(most + 1, 'x'));
    ASSERT_FALSE(large);
    EXPECT_THAT(large.error().message, HasSubstr("262144"));
    EXPECT_TRUE(hub.publish("d1", link, "devices/d1/messages/events/", std::string(most, 'x')));
}

TEST_F(DeviceSessionsTest, HandsTelemetryOnWithItsProperties) {
    std::vector<std::string> heard;
    hub.sessions.telemetry.connect([&](const Telemetry& message) {
        heard.push_back(std::string(message.device_id) + " " + std::string(message.properties) + " " +
                        std::string(message.payload) + (message.will ? " will" : ""));
    });
    hub.connect("d1", link);
    ASSERT_TRUE(hub.publish("d1", link, "devices/d1/messages/events/%24.ct=text&a=b", "hello"));
    hub.sessions.publish_will("d1", link, {"devices/d1/messages/events/", "bye", 0, false});
    ASSERT_EQ(heard.size(), 2U);
    EXPECT_THAT(heard[0], HasSubstr("a=b hello"));
    EXPECT_EQ(heard[1], "d1 iothub-MessageType=Will bye will");
}

TEST_F(DeviceSessionsTest, AllowsAWillOnlyAsTelemetry) {
    EXPECT_TRUE(hub.sessions.check_will("d1", "devices/d1/messages/events/a=b"));
    EXPECT_FALSE(hub.sessions.check_will("d1", "devices/d2/messages/events/"));
    EXPECT_FALSE(hub.sessions.check_will("d1", "$iothub/twin/GET/?$rid=1"));
}

TEST_F(DeviceSessionsTest, TellsWhoComesAndGoes) {
    std::vector<std::string> heard;
    hub.sessions.presence_changed.connect(
        [&](const std::string& id, bool here) { heard.push_back(id + (here ? " here" : " gone")); });
    hub.sessions.callable.connect([&](const std::string& id) { heard.push_back(id + " callable"); });
    hub.connect("d1", link);
    hub.sessions.detach("d1", link);
    FakeLink again;
    hub.attach("d1", again);
    EXPECT_THAT(heard, ElementsAre("d1 here", "d1 callable", "d1 gone", "d1 here", "d1 callable"));
}

TEST_F(DeviceSessionsTest, KeepsTheModelThatWasAnnounced) {
    hub.sessions.attach({"d1", "dtmi:com:example:Lock;1", std::nullopt}, link, false, [](const auto&) {});
    ASSERT_TRUE(hub.commit());
    hub.sessions.detach("d1", link);
    FakeLink again;
    hub.attach("d1", again);
    EXPECT_EQ(hub.registry.find("d1")->model_id, "dtmi:com:example:Lock;1");
}

}  // namespace
}  // namespace hub
