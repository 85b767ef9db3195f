#include "scheduler/hub/cloud_to_device.hpp"

#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace hub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

struct MessageRig : HubRig {
    explicit MessageRig(const std::string& path = ":memory:") : HubRig(path) {}

    bool send(const std::string& device, const std::string& payload, std::chrono::seconds life = 1h) {
        CloudMessage message;
        message.payload = payload;
        message.time_to_live = life;
        const bool good = messages.enqueue(device, std::move(message)).has_value();
        return commit() && good;
    }
    void listen(const std::string& device, FakeLink& link, int qos = 1, bool clean = false) {
        attach(device, link, clean);
        subscribe(device, link,
                  {{"devices/" + device + "/messages/devicebound/#", static_cast<std::uint8_t>(qos)}});
    }
    void acknowledge(const std::string& device, const FakeLink& link, std::int64_t message) {
        sessions.acknowledged(device, link, message);
        commit();
    }
    std::vector<std::string> outcomes;

    EventLog log_of_events{*database, clock, {}};
    Events events{*database, log_of_events, clock};
    CloudToDevice messages{*database, connections, registry, sessions, events, clock, {}};
};

std::vector<std::string> payloads(const FakeLink& link) {
    std::vector<std::string> all;
    for (const auto& sent : link.sent) {
        all.push_back(sent.payload);
    }
    return all;
}

class CloudToDeviceTest : public testing::Test {
  protected:
    CloudToDeviceTest() {
        hub.add_device("d1");
        hub.messages.ended.connect([this](std::string_view outcome) { outcomes.emplace_back(outcome); });
    }
    MessageRig hub;
    FakeLink link;
    std::vector<std::string> outcomes;
};

// §1.4, §1.5: topic and system properties.
TEST_F(CloudToDeviceTest, ComesWithItsProperties) {
    hub.listen("d1", link);
    CloudMessage message;
    message.payload = "open";
    message.properties = {{"$.mid", "m1"}, {"$.cid", "c1"}, {"iothub-ack", "full"}, {"colour", "dark red"}};
    ASSERT_TRUE(hub.messages.enqueue("d1", message));
    hub.commit();
    ASSERT_THAT(link.sent, SizeIs(1));
    EXPECT_THAT(link.last().topic, StartsWith("devices/d1/messages/devicebound/"));
    EXPECT_THAT(link.last().topic, HasSubstr("%24.to=%2Fdevices%2Fd1%2Fmessages%2Fdevicebound"));
    EXPECT_THAT(link.last().topic, HasSubstr("%24.mid=m1&%24.cid=c1&iothub-ack=full&colour=dark%20red"));
    EXPECT_THAT(link.last().topic, HasSubstr("%24.exp="));
    EXPECT_EQ(link.last().payload, "open");
    EXPECT_EQ(link.last().qos, 1);
    EXPECT_FALSE(link.last().again);
}

// §1.5: PUBACK = completed.
TEST_F(CloudToDeviceTest, IsCompletedByItsAcknowledgement) {
    hub.listen("d1", link);
    ASSERT_TRUE(hub.send("d1", "one"));
    EXPECT_EQ(hub.messages.waiting(), 1);
    EXPECT_EQ(hub.registry.find("d1")->waiting_messages, 1);  // §2.4 cloudToDeviceMessageCount
    hub.acknowledge("d1", link, link.last().message);
    EXPECT_EQ(hub.messages.waiting(), 0);
    EXPECT_THAT(outcomes, ElementsAre("completed"));
}

// §1.5: unacknowledged is delivered again after a reconnect.
TEST_F(CloudToDeviceTest, ComesAgainWhenItWasNotAcknowledged) {
    hub.listen("d1", link);
    ASSERT_TRUE(hub.send("d1", "one"));
    hub.sessions.detach("d1", link);
    FakeLink again;
    hub.attach("d1", again);
    ASSERT_THAT(payloads(again), ElementsAre("one"));
    EXPECT_TRUE(again.last().again);
}

// §1.1: the queue of a persistent session outlives the hub.
TEST_F(CloudToDeviceTest, WaitsForADeviceThatIsAwayAlsoAcrossARestart) {
    const ScratchFile file("hub.db");
    {
        MessageRig before(file.path());
        before.add_device("d1");
        FakeLink first;
        before.listen("d1", first);
        before.sessions.detach("d1", first);
        EXPECT_TRUE(before.send("d1", std::string("a\0b", 3)));
    }
    MessageRig after(file.path());
    FakeLink second;
    after.attach("d1", second);
    EXPECT_THAT(payloads(second), ElementsAre(std::string("a\0b", 3)));
}

// §1.1: clean session 1 starts without what was queued.
TEST_F(CloudToDeviceTest, IsForgottenByACleanSession) {
    ASSERT_TRUE(hub.send("d1", "one"));
    hub.listen("d1", link, 1, true);
    EXPECT_THAT(link.sent, IsEmpty());
    EXPECT_THAT(outcomes, ElementsAre("purged"));
    ASSERT_TRUE(hub.send("d1", "two"));
    EXPECT_THAT(payloads(link), ElementsAre("two"));
}

// §1.4: delivery QoS is the granted one; nothing acknowledges QoS 0.
TEST_F(CloudToDeviceTest, IsCompletedAtOnceAtQos0) {
    hub.listen("d1", link, 0);
    ASSERT_TRUE(hub.send("d1", "one"));
    EXPECT_EQ(link.last().qos, 0);
    EXPECT_EQ(hub.messages.waiting(), 0);
}

// §1.5, §4: 50 queued for a device.
TEST_F(CloudToDeviceTest, RefusesTheFiftyFirst) {
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(hub.send("d1", std::to_string(i)));
    }
    const auto refused = hub.messages.enqueue("d1", CloudMessage{"x", {}, 1h});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, protocol::HubError::device_maximum_queue_depth_exceeded);
}

// §1.5: 64 KB with the properties.
TEST_F(CloudToDeviceTest, RefusesWhatIsTooLargeOrMakesNoSense) {
    CloudMessage message;
    message.payload = std::string(max_cloud_message, 'x');
    EXPECT_TRUE(check_cloud_message(message));
    message.properties = {{"a", "b"}};
    EXPECT_EQ(check_cloud_message(message).error().code, protocol::HubError::message_too_large);
    EXPECT_FALSE(check_cloud_message({"", {{"iothub-ack", "perhaps"}}, 1h}));
    EXPECT_FALSE(check_cloud_message({"", {{"$.to", "elsewhere"}}, 1h}));
    EXPECT_FALSE(check_cloud_message({"", {}, 49h}));
    EXPECT_EQ(hub.messages.enqueue("d9", {}).error().code, protocol::HubError::device_not_found);
}

TEST_F(CloudToDeviceTest, KeepsTheOrderAndSendsEightAtATime) {
    hub.listen("d1", link);
    std::vector<std::string> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(std::to_string(i));
        ASSERT_TRUE(hub.send("d1", all.back()));
    }
    EXPECT_THAT(link.sent, SizeIs(8));
    for (std::size_t i = 0; i < 20; ++i) {
        ASSERT_LT(i, link.sent.size());
        hub.acknowledge("d1", link, link.sent[i].message);
    }
    EXPECT_EQ(payloads(link), all);
    EXPECT_EQ(hub.messages.waiting(), 0);
}

TEST_F(CloudToDeviceTest, EndsWithItsTime) {
    ASSERT_TRUE(hub.send("d1", "short", 10s));
    ASSERT_TRUE(hub.send("d1", "long"));
    hub.clock.advance(11s);
    hub.messages.tick();
    hub.commit();
    EXPECT_THAT(outcomes, ElementsAre("expired"));
    hub.listen("d1", link);
    EXPECT_THAT(payloads(link), ElementsAre("long"));
}

TEST_F(CloudToDeviceTest, IsGivenUpAfterTenDeliveries) {
    ASSERT_TRUE(hub.send("d1", "poison"));
    int deliveries = 0;
    for (int i = 0; i < 12; ++i) {
        FakeLink one;
        hub.listen("d1", one);
        deliveries += static_cast<int>(one.sent.size());
        hub.sessions.detach("d1", one);
        hub.commit();
    }
    EXPECT_EQ(deliveries, 10);
    EXPECT_THAT(outcomes, ElementsAre("deliveryCountExceeded"));
}

// §2.3: DELETE /devices/{id}/commands.
TEST_F(CloudToDeviceTest, IsPurged) {
    ASSERT_TRUE(hub.send("d1", "one"));
    ASSERT_TRUE(hub.send("d1", "two"));
    const auto purged = hub.messages.purge("d1");
    ASSERT_TRUE(purged);
    EXPECT_EQ(*purged, 2U);
    hub.commit();
    hub.listen("d1", link);
    EXPECT_THAT(link.sent, IsEmpty());
    EXPECT_FALSE(hub.messages.purge("d9"));
}

TEST_F(CloudToDeviceTest, GoesWithItsDevice) {
    ASSERT_TRUE(hub.send("d1", "one"));
    ASSERT_TRUE(hub.registry.remove("d1", IfMatch::parse("*")));
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(hub.messages.waiting(), 0);
}

}  // namespace
}  // namespace hub
