#include "protocol/topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using namespace protocol;
using testing::HasSubstr;

template <typename T, typename Variant>
T as(const base::Result<Variant>& parsed) {
    if (!parsed) {
        ADD_FAILURE() << parsed.error().message;
        return {};
    }
    const T* topic = std::get_if<T>(&*parsed);
    if (topic == nullptr) {
        ADD_FAILURE() << "another kind of topic: " << parsed->index();
        return {};
    }
    return *topic;
}

// §1.4, §1.5: with and without the last slash, with a leading '?', with an empty bag.
TEST(DevicePublishTopic, ReadsTelemetry) {
    const auto bag_of = [](std::string_view topic) {
        return as<Telemetry>(parse_device_publish(topic, "d1")).bag;
    };
    EXPECT_EQ(bag_of("devices/d1/messages/events/"), "");
    EXPECT_EQ(bag_of("devices/d1/messages/events"), "");
    EXPECT_EQ(bag_of("devices/d1/messages/events/a=b&%24.mid=7"), "a=b&%24.mid=7");
    EXPECT_EQ(bag_of("devices/d1/messages/events/?a=b"), "?a=b");
}

// §1.4: modules.
TEST(DevicePublishTopic, ReadsTelemetryOfAModule) {
    const auto parsed = parse_device_publish("devices/d1/modules/m1/messages/events/a=b", "d1", "m1");
    EXPECT_EQ(as<Telemetry>(parsed).bag, "a=b");
    EXPECT_FALSE(parse_device_publish("devices/d1/modules/m1/messages/events/", "d1", "m2"));
    EXPECT_FALSE(parse_device_publish("devices/d1/modules/m1/messages/events/", "d1"));
    EXPECT_FALSE(parse_device_publish("devices/d1/messages/events/", "d1", "m1"));
}

// §1.1: identifiers stand raw in topics and are case-sensitive.
TEST(DevicePublishTopic, ComparesIdentifiersRaw) {
    EXPECT_TRUE(parse_device_publish("devices/a%2Fb/messages/events/", "a%2Fb"));
    EXPECT_FALSE(parse_device_publish("devices/D1/messages/events/", "d1"));
    EXPECT_FALSE(parse_device_publish("devices/d10/messages/events/", "d1"));
    EXPECT_FALSE(parse_device_publish("devices/d/messages/events/", "d1"));
}

// §1.4, §1.6
TEST(DevicePublishTopic, ReadsAMethodResponse) {
    const auto response = as<MethodResponse>(parse_device_publish("$iothub/methods/res/200/?$rid=4", "d1"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.rid, "4");
    EXPECT_EQ(as<MethodResponse>(parse_device_publish("$iothub/methods/res/0/?$rid=a-b_C", "d1")).status, 0);
    EXPECT_EQ(as<MethodResponse>(parse_device_publish("$iothub/methods/res/2147483647/?$rid=4", "d1")).status,
              2147483647);
}

// §1.4, §1.7: $rid where it should be, and an old gateway's $version, ignored.
TEST(DevicePublishTopic, ReadsTwinRequests) {
    EXPECT_EQ(as<TwinGet>(parse_device_publish("$iothub/twin/GET/?$rid=0", "d1")).rid, "0");
    EXPECT_EQ(as<TwinReportedPatch>(
                  parse_device_publish("$iothub/twin/PATCH/properties/reported/?$rid=5f-1&$version=3", "d1"))
                  .rid,
              "5f-1");
    EXPECT_EQ(as<TwinReportedPatch>(
                  parse_device_publish("$iothub/twin/PATCH/properties/reported/?$version=3&$rid=9", "d1"))
                  .rid,
              "9");
}

// §1.7: a PATCH without $rid is applied without a reply, a GET without one closes.
TEST(DevicePublishTopic, TakesAPatchWithoutARequestId) {
    EXPECT_EQ(
        as<TwinReportedPatch>(parse_device_publish("$iothub/twin/PATCH/properties/reported/", "d1")).rid, "");
    EXPECT_EQ(
        as<TwinReportedPatch>(parse_device_publish("$iothub/twin/PATCH/properties/reported/?", "d1")).rid,
        "");
    EXPECT_FALSE(parse_device_publish("$iothub/twin/GET/", "d1"));
    EXPECT_FALSE(parse_device_publish("$iothub/twin/GET/?", "d1"));
}

// §1.1: publishing to an undocumented topic closes the connection.
TEST(DevicePublishTopic, RefusesEverythingElse) {
    for (const std::string_view topic : {
             "",
             "/",
             "$iothub",
             "$iothub/",
             "$iothub/methods/res/",
             "$iothub/methods/res/200",
             "$iothub/methods/res/200/",
             "$iothub/methods/res/200/?",
             "$iothub/methods/res/200/?$rid",
             "$iothub/methods/res/200/?$rid=",
             "$iothub/methods/res/200?$rid=1",
             "$iothub/methods/res/200/$rid=1",
             "$iothub/methods/res/-1/?$rid=1",
             "$iothub/methods/res/+1/?$rid=1",
             "$iothub/methods/res/2x/?$rid=1",
             "$iothub/methods/res/ 2/?$rid=1",
             "$iothub/methods/res//?$rid=1",
             "$iothub/methods/res/2147483648/?$rid=1",
             "$iothub/methods/res/99999999999999999999/?$rid=1",
             "$iothub/methods/res/200/?$rid=a/b",
             "$iothub/methods/POST/lockDoor/?$rid=1",
             "$iothub/Methods/res/200/?$rid=1",
             "$iothub/twin/GET",
             "$iothub/twin/GET?$rid=1",
             "$iothub/twin/GET/x?$rid=1",
             "$iothub/twin/GET/?rid=1",
             "$iothub/twin/get/?$rid=1",
             "$iothub/twin/DELETE/?$rid=1",
             "$iothub/twin/PATCH/properties/reported",
             "$iothub/twin/PATCH/properties/reported/x?$rid=1",
             "$iothub/twin/PATCH/properties/reported/?$rid=",
             "$iothub/twin/PATCH/properties/reported/?$rid=a/b",
             "$iothub/twin/PATCH/properties/desired/?$version=1",
             "$iothub/twin/PATCH/tags/?$rid=1",
             "$iothub/twin/res/200/?$rid=1",
             "devices/d1",
             "devices/d1/messages",
             "devices/d1/messages/event",
             "devices/d1/messages/eventsx",
             "devices/d1/messages/devicebound/",
             "devices//messages/events/",
             "devices/other/messages/events/",
             "devices/d1/files/POST",
             "sensors/temperature",
         }) {
        const auto parsed = parse_device_publish(topic, "d1");
        ASSERT_FALSE(parsed) << topic;
        EXPECT_EQ(parsed.error().code, base::Errc::invalid_argument);
        EXPECT_THAT(parsed.error().message, HasSubstr("topic '")) << topic;
    }
}

TEST(DevicePublishTopic, BoundsTheRequestId) {
    const std::string longest(max_request_id, 'r');
    EXPECT_TRUE(parse_device_publish(twin_get_topic(longest), "d1"));
    EXPECT_FALSE(parse_device_publish(twin_get_topic(longest + "r"), "d1"));
}

TEST(DevicePublishTopic, ShortensALongTopicInTheMessage) {
    const auto parsed = parse_device_publish(std::string(60000, 'x'), "d1");
    ASSERT_FALSE(parsed);
    EXPECT_LT(parsed.error().message.size(), 300U);
}

// §1.4, §1.6: everything behind $rid= is the id, byte for byte.
TEST(HubPublishTopic, ReadsAMethodRequest) {
    const auto request = as<MethodRequest>(parse_hub_publish("$iothub/methods/POST/lockDoor/?$rid=1f", "d1"));
    EXPECT_EQ(request.name, "lockDoor");
    EXPECT_EQ(request.rid, "1f");
    EXPECT_EQ(as<MethodRequest>(parse_hub_publish("$iothub/methods/POST/a/?$rid=x&y=/z", "d1")).rid,
              "x&y=/z");
    EXPECT_EQ(as<MethodRequest>(parse_hub_publish("$iothub/methods/POST/lock*reset/?$rid=1", "d1")).name,
              "lock*reset");  // §8: commands of components
}

// §1.7: 200 to a GET, 204 with the version to a PATCH, $rid in any place.
TEST(HubPublishTopic, ReadsATwinResponse) {
    const auto get = as<TwinResponse>(parse_hub_publish("$iothub/twin/res/200/?$rid=7", "d1"));
    EXPECT_EQ(get.status, 200);
    EXPECT_EQ(get.rid, "7");
    EXPECT_EQ(get.version, std::nullopt);
    const auto patch = as<TwinResponse>(parse_hub_publish("$iothub/twin/res/204/?$rid=8&$version=12", "d1"));
    EXPECT_EQ(patch.status, 204);
    EXPECT_EQ(patch.version, 12);
    EXPECT_EQ(as<TwinResponse>(parse_hub_publish("$iothub/twin/res/204/?$version=3&$rid=8", "d1")).rid, "8");
    EXPECT_EQ(as<TwinResponse>(parse_hub_publish("$iothub/twin/res/429/?$rid=8&retry-after=3", "d1")).status,
              429);
}

// §1.7
TEST(HubPublishTopic, ReadsADesiredPatch) {
    EXPECT_EQ(as<DesiredPatch>(parse_hub_publish("$iothub/twin/PATCH/properties/desired/?$version=5", "d1"))
                  .version,
              5);
}

// §1.5
TEST(HubPublishTopic, ReadsACloudToDeviceMessage) {
    EXPECT_EQ(
        as<Devicebound>(parse_hub_publish("devices/d1/messages/devicebound/%24.to=%2Fdevices%2Fd1", "d1"))
            .bag,
        "%24.to=%2Fdevices%2Fd1");
    EXPECT_EQ(as<Devicebound>(parse_hub_publish("devices/d1/messages/devicebound/", "d1")).bag, "");
}

TEST(HubPublishTopic, RefusesEverythingElse) {
    for (const std::string_view topic : {
             "",
             "$iothub/methods/POST/",
             "$iothub/methods/POST/lockDoor",
             "$iothub/methods/POST/lockDoor/?$rid=",
             "$iothub/methods/POST//?$rid=1",
             "$iothub/methods/POST/?$rid=1",
             "$iothub/twin/res/200",
             "$iothub/twin/res/200/?$version=1",
             "$iothub/twin/res/x/?$rid=1",
             "$iothub/twin/res/204/?$rid=1&$version=",
             "$iothub/twin/res/204/?$rid=1&$version=x",
             "$iothub/twin/res/204/?$rid=1&$version=-1",
             "$iothub/twin/PATCH/properties/desired/",
             "$iothub/twin/PATCH/properties/desired/?$version=",
             "$iothub/twin/PATCH/properties/desired/?$version=1x",
             "$iothub/twin/PATCH/properties/desired/?$version=9223372036854775808",
             "$iothub/twin/GET/?$rid=1",
             "devices/d2/messages/devicebound/",
             "devices/d1/messages/deviceboundx",
             "devices/d1/messages/events/",
         }) {
        EXPECT_FALSE(parse_hub_publish(topic, "d1")) << topic;
    }
}

// §1.4, §1.7: $rid is the first parameter, $version the second.
TEST(Topics, AreBuiltAsTheSdksReadThem) {
    EXPECT_EQ(method_request_topic("lockDoor", "4"), "$iothub/methods/POST/lockDoor/?$rid=4");
    EXPECT_EQ(method_response_topic(200, "4"), "$iothub/methods/res/200/?$rid=4");
    EXPECT_EQ(twin_get_topic("5"), "$iothub/twin/GET/?$rid=5");
    EXPECT_EQ(twin_reported_topic("6"), "$iothub/twin/PATCH/properties/reported/?$rid=6");
    EXPECT_EQ(twin_response_topic(200, "5"), "$iothub/twin/res/200/?$rid=5");
    EXPECT_EQ(twin_response_topic(204, "6", 3), "$iothub/twin/res/204/?$rid=6&$version=3");
    EXPECT_EQ(desired_patch_topic(9), "$iothub/twin/PATCH/properties/desired/?$version=9");
    EXPECT_EQ(telemetry_topic("d1"), "devices/d1/messages/events/");
    EXPECT_EQ(telemetry_topic("d1", "a=b"), "devices/d1/messages/events/a=b");
    EXPECT_EQ(devicebound_topic("d1", "a=b"), "devices/d1/messages/devicebound/a=b");
}

TEST(Topics, AreReadBackByTheOtherSide) {
    EXPECT_EQ(as<MethodRequest>(parse_hub_publish(method_request_topic("m", "r"), "d")).name, "m");
    EXPECT_EQ(as<MethodResponse>(parse_device_publish(method_response_topic(404, "r"), "d")).status, 404);
    EXPECT_EQ(as<TwinGet>(parse_device_publish(twin_get_topic("r"), "d")).rid, "r");
    EXPECT_EQ(as<TwinReportedPatch>(parse_device_publish(twin_reported_topic("r"), "d")).rid, "r");
    EXPECT_EQ(as<TwinResponse>(parse_hub_publish(twin_response_topic(204, "r", 8), "d")).version, 8);
    EXPECT_EQ(as<DesiredPatch>(parse_hub_publish(desired_patch_topic(2), "d")).version, 2);
    EXPECT_EQ(as<Telemetry>(parse_device_publish(telemetry_topic("d", "x=y"), "d")).bag, "x=y");
    EXPECT_EQ(as<Devicebound>(parse_hub_publish(devicebound_topic("d", "x=y"), "d")).bag, "x=y");
}

// §1.6: at most 100 characters and not blank; and it must fit into a topic.
TEST(MethodName, IsChecked) {
    EXPECT_TRUE(check_method_name("lockDoor"));
    EXPECT_TRUE(check_method_name("lock*reset"));
    EXPECT_TRUE(check_method_name("türe öffnen"));
    EXPECT_TRUE(check_method_name(std::string(100, 'm')));
    const std::pair<std::string, std::string_view> cases[] = {
        {"", "empty or blank"},
        {"   ", "empty or blank"},
        {std::string(101, 'm'), "at most 100"},
        {"a/b", "'/'"},
        {"a#", "'#'"},
        {"+", "'+'"},
        {"a?$rid=1", "'?'"},
        {"a\nb", "control character"},
        {std::string("a\0b", 3), "control character"},
        {"\xff", "not UTF-8"},
    };
    for (const auto& [name, expected] : cases) {
        const auto checked = check_method_name(name);
        ASSERT_FALSE(checked) << name;
        EXPECT_THAT(checked.error().message, HasSubstr(expected));
    }
}

}  // namespace
