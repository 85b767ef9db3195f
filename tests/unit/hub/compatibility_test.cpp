// Facts of the protocol sheet that no other test shows; docs/compatibility.md lists all of them.
#include "scheduler/hub/telemetry.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hub {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

class CompatibilityTest : public testing::Test {
  protected:
    CompatibilityTest() { hub.connect("d1", link); }
    HubRig hub;
    FakeLink link;
};

// §1.1: nothing is retained, and a consumer can tell what the packet's flags were.
TEST_F(CompatibilityTest, TelemetryTellsOfItsRetainAndDupBits) {
    std::vector<std::string> heard;
    hub.sessions.telemetry.connect([&](const Telemetry& message) { heard.emplace_back(message.properties); });
    protocol::Publish message;
    message.topic = "devices/d1/messages/events/a=b";
    message.qos = 1;
    ASSERT_TRUE(hub.sessions.receive("d1", link, message, nullptr));
    message.retain = true;
    ASSERT_TRUE(hub.sessions.receive("d1", link, message, nullptr));
    message.retain = false;
    message.dup = true;
    ASSERT_TRUE(hub.sessions.receive("d1", link, message, nullptr));
    EXPECT_THAT(heard, ElementsAre("a=b", "a=b&mqtt-retain=true", "a=b&mqtt-dup=true"));
    FakeLink again;
    hub.connect("d1", again);
    EXPECT_TRUE(again.sent.empty());
}

// §1.1 CHOICE: an IoT Hub names five filters as the most; a sixth is granted, for the SDKs take 0x80 as an
// error.
TEST_F(CompatibilityTest, GrantsMoreThanFiveFilters) {
    std::vector<protocol::Subscription> filters;
    for (int i = 0; i < 6; ++i)
        filters.push_back({"my/own/" + std::to_string(i), 1});
    filters.push_back({"devices/d1/messages/devicebound/#", 1});
    const auto codes = hub.subscribe("d1", link, filters);
    EXPECT_EQ(codes.size(), 7U);
    EXPECT_THAT(codes, Each(1));
    EXPECT_TRUE(std::as_const(hub.connections).find("d1")->subscriptions.has(Channel::devicebound));
}

// §1.4: delivery with the smaller of 1 and what was granted, for each filter of its own.
TEST_F(CompatibilityTest, CallsAndTwinAnswersComeWithTheQosThatWasGranted) {
    for (const int granted : {0, 1}) {
        hub.subscribe("d1", link,
                      {{"$iothub/methods/POST/#", static_cast<std::uint8_t>(granted)},
                       {"$iothub/twin/res/#", static_cast<std::uint8_t>(1 - granted)}});
        ASSERT_TRUE(hub.sessions.send_method("d1", "lockDoor", "1", "null"));
        EXPECT_EQ(link.last().qos, granted);
        ASSERT_TRUE(hub.publish("d1", link, "$iothub/twin/GET/?$rid=1", ""));
        EXPECT_EQ(link.last().qos, 1 - granted);
    }
}

// §1.8 CHOICE: an accepted update counts, whether or not it changes a value.
TEST_F(CompatibilityTest, APatchThatChangesNothingCountsToo) {
    const std::string patch = R"({"properties":{"desired":{"floor":3}}})";
    ASSERT_TRUE(hub.twins.patch("d1", patch, {}));
    ASSERT_TRUE(hub.twins.patch("d1", patch, {}));
    ASSERT_TRUE(hub.twins.report("d1", R"({"floor":3})"));
    ASSERT_TRUE(hub.twins.report("d1", R"({"floor":3})"));
    ASSERT_TRUE(hub.commit());
    const auto twin = parsed(*hub.twins.service_view("d1"));
    EXPECT_EQ(twin.find("properties").find("desired").find("$version").as_integer(), 3);
    EXPECT_EQ(twin.find("properties").find("reported").find("$version").as_integer(), 3);
}

// §8: the model of the CONNECT's username stands in the twin, and stays when a later one says nothing
// (CHOICE).
TEST_F(CompatibilityTest, AnAnnouncedModelIsSeenInTheTwin) {
    for (const char* model : {"dtmi:com:example:Lock;1", ""}) {
        FakeLink next;
        hub.sessions.attach({"d1", model, std::nullopt}, next, false, [](const auto&) {});
        ASSERT_TRUE(hub.commit());
        EXPECT_THAT(*hub.twins.service_view("d1"), HasSubstr(R"("modelId":"dtmi:com:example:Lock;1")"));
        hub.sessions.detach("d1", next);
    }
}

// §1.5, §8: the names under which a back end knows system properties; model and component are among them.
TEST_F(CompatibilityTest, ABackEndKnowsSystemPropertiesByTheirOwnNames) {
    const std::string json = telemetry_json({.device_id = "d1",
                                             .model_id = "dtmi:com:example:Lock;1",
                                             .properties = "%24.mid=m%201&%24.sub=bolt&%24.ct=text&a=b",
                                             .payload = "out"},
                                            hub.clock.system_now());
    const auto message = parsed(json);
    const auto system = message.find("systemProperties");
    EXPECT_EQ(system.find("message-id").as_string(), "m 1");
    EXPECT_EQ(system.find("content-type").as_string(), "text");
    EXPECT_EQ(system.find("dt-dataschema").as_string(), "dtmi:com:example:Lock;1");
    EXPECT_EQ(system.find("dt-subject").as_string(), "bolt");
    EXPECT_THAT(json, HasSubstr(R"("properties":{"a":"b"})"));
}

// §8: what belongs to a component is an object with a mark in it; to the hub it is data like any other.
TEST_F(CompatibilityTest, APropertyOfAComponentIsOrdinaryData) {
    const std::string reported =
        R"({"bolt":{"__t":"c","travel":{"value":"1s","ac":200,"av":4,"ad":"done"}}})";
    ASSERT_TRUE(hub.twins.report("d1", reported));
    ASSERT_TRUE(
        hub.twins.patch("d1", R"({"properties":{"desired":{"bolt":{"__t":"c","travel":"2s"}}}})", {}));
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(link.last().payload, R"({"bolt":{"__t":"c","travel":"2s"},"$version":2})");
    EXPECT_THAT(*hub.twins.service_view("d1"),
                HasSubstr(R"("travel":{"value":"1s","ac":200,"av":4,"ad":"done"})"));
}

}  // namespace
}  // namespace hub
