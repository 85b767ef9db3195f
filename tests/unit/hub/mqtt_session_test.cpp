#include "scheduler/hub/mqtt_session.hpp"

#include "endpoint_rig.hpp"
#include "protocol/topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace hub {
namespace {

using namespace std::chrono_literals;
using protocol::ConnectCode;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The device's end of a session: what it sends goes in, what the hub sends comes out as packets.
class Client final : public MqttSession::Wire {
  public:
    explicit Client(EndpointRig& rig, MqttLimits limits = {})
        : rig_(rig),
          session_({.devices = rig.sessions,
                    .authorization = rig.authorization,
                    .clock = rig.clock,
                    .log = rig.log,
                    .refusals = rig.refusals,
                    .limits = limits},
                   *this, "127.0.0.1:40000") {}

    void output_ready() override { ++signals; }

    void send(const protocol::Packet& packet) {
        session_.receive(protocol::encode(packet));
        rig_.commit();
    }
    void send_bytes(std::string_view bytes) {
        session_.receive(bytes);
        rig_.commit();
    }
    // What the hub has sent since the last call.
    std::vector<protocol::Packet> take() {
        protocol::Decoder decoder(std::size_t{1024} * 1024);
        decoder.feed(session_.output());
        session_.output().clear();
        session_.output_left();
        rig_.commit();
        std::vector<protocol::Packet> packets;
        while (true) {
            auto packet = decoder.next();
            EXPECT_TRUE(packet);
            if (!packet || !*packet) break;
            packets.push_back(std::move(**packet));
        }
        return packets;
    }
    template <typename P>
    P take_one() {
        auto packets = take();
        EXPECT_THAT(packets, SizeIs(1));
        if (packets.size() != 1 || !std::holds_alternative<P>(packets[0])) {
            ADD_FAILURE() << "another packet came";
            return {};
        }
        return std::get<P>(packets[0]);
    }
    // Time passes, and the connection looks after its session as often as it is asked to.
    void wait(std::chrono::nanoseconds time) {
        const auto end = rig_.clock.steady_now() + time;
        while (!session_.ended() && session_.next_due() <= end) {
            rig_.clock.advance(std::max(session_.next_due() - rig_.clock.steady_now(), 0ns));
            session_.look();
            rig_.commit();
        }
        rig_.clock.advance(end - rig_.clock.steady_now());
    }

    MqttSession& session() { return session_; }
    int signals = 0;

  private:
    EndpointRig& rig_;
    MqttSession session_;
};

class MqttSessionTest : public testing::Test {
  protected:
    // A connected device without subscriptions.
    std::unique_ptr<Client> connected(MqttLimits limits = {}) {
        auto client = std::make_unique<Client>(rig_, limits);
        client->send(connect_of(rig_, door_));
        EXPECT_EQ(client->take_one<protocol::Connack>().code, ConnectCode::accepted);
        return client;
    }
    std::unique_ptr<Client> subscribed(std::string_view filter, std::uint8_t qos, MqttLimits limits = {}) {
        auto client = connected(limits);
        client->send(protocol::Subscribe{1, {{std::string(filter), qos}}});
        (void)client->take();
        return client;
    }
    void expect_ended_because(Client& client, std::string_view reason) {
        EXPECT_TRUE(client.session().ended());
        ASSERT_THAT(rig_.lines, testing::Not(IsEmpty()));
        EXPECT_THAT(rig_.lines, testing::Contains(HasSubstr(std::string(reason))));
    }

    EndpointRig rig_;
    Device door_ = rig_.add_device("door-1");
};

// ---- §1.1 CONNECT ----

TEST_F(MqttSessionTest, AcceptsADeviceWithItsKey) {
    Client client(rig_);
    client.send(connect_of(rig_, door_));
    const auto connack = client.take_one<protocol::Connack>();
    EXPECT_EQ(connack.code, ConnectCode::accepted);
    EXPECT_FALSE(connack.session_present);
    EXPECT_TRUE(rig_.connections.connected("door-1"));
}

TEST_F(MqttSessionTest, SaysThatASessionIsThereWhenADeviceComesBack) {
    connected()->send(protocol::Disconnect{});
    Client again(rig_);
    again.send(connect_of(rig_, door_));
    EXPECT_TRUE(again.take_one<protocol::Connack>().session_present);
}

TEST_F(MqttSessionTest, RefusesAWrongKeyWithFiveAndEnds) {
    Device other = door_;
    other.keys.primary = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    Client client(rig_);
    client.send(connect_of(rig_, other));
    EXPECT_EQ(client.take_one<protocol::Connack>().code, ConnectCode::not_authorized);
    EXPECT_TRUE(client.session().ended());
    EXPECT_FALSE(rig_.connections.connected("door-1"));
}

TEST_F(MqttSessionTest, RefusesAnotherProtocolLevelWithOne) {
    Client client(rig_);
    client.send_bytes(std::string("\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00", 15));
    EXPECT_EQ(client.take_one<protocol::Connack>().code, ConnectCode::unacceptable_protocol_version);
    EXPECT_TRUE(client.session().ended());
}

TEST_F(MqttSessionTest, RefusesAnEmptyClientIdOfAPersistentSessionWithTwo) {
    Client client(rig_);
    auto connect = connect_of(rig_, door_);
    connect.client_id.clear();
    client.send(connect);
    EXPECT_EQ(client.take_one<protocol::Connack>().code, ConnectCode::identifier_rejected);
}

TEST_F(MqttSessionTest, EndsWhenTheFirstPacketIsNoConnect) {
    Client client(rig_);
    client.send(protocol::Pingreq{});
    EXPECT_THAT(client.take(), IsEmpty());
    expect_ended_because(client, "no CONNECT");
}

TEST_F(MqttSessionTest, EndsOnASecondConnect) {
    auto client = connected();
    client->send(connect_of(rig_, door_));
    EXPECT_THAT(client->take(), IsEmpty());
    expect_ended_because(*client, "second CONNECT");
}

TEST_F(MqttSessionTest, TheNewerOfTwoConnectionsOfADeviceWins) {
    auto older = connected();
    auto newer = connected();
    EXPECT_TRUE(older->session().ended());
    EXPECT_FALSE(newer->session().ended());
    EXPECT_TRUE(rig_.connections.connected("door-1"));
}

TEST_F(MqttSessionTest, EndsWhenNoConnectComesInTime) {
    Client client(rig_);
    client.wait(59s);
    EXPECT_FALSE(client.session().ended());
    client.wait(1s);
    expect_ended_because(client, "no CONNECT within 60 s");
}

TEST_F(MqttSessionTest, TakesPacketsThatComeBeforeTheConnackHasLeft) {
    Client client(rig_);
    client.send_bytes(protocol::encode(connect_of(rig_, door_)) + protocol::encode(protocol::Pingreq{}) +
                      protocol::encode(protocol::Subscribe{7, {{"$iothub/methods/POST/#", 1}}}));
    const auto packets = client.take();
    ASSERT_THAT(packets, SizeIs(3));
    EXPECT_TRUE(std::holds_alternative<protocol::Connack>(packets[0]));
    EXPECT_TRUE(std::holds_alternative<protocol::Pingresp>(packets[1]));
    EXPECT_TRUE(std::holds_alternative<protocol::Suback>(packets[2]));
}

// ---- keep-alive, expiry ----

TEST_F(MqttSessionTest, EndsAfterOneAndAHalfKeepAlivesOfSilence) {
    auto client = connected();
    client->wait(89s);
    EXPECT_FALSE(client->session().ended());
    client->wait(1s);
    expect_ended_because(*client, "keep-alive");
    EXPECT_FALSE(rig_.connections.connected("door-1"));
}

TEST_F(MqttSessionTest, EveryPacketBeginsTheKeepAliveAnew) {
    auto client = connected();
    for (int i = 0; i < 5; ++i) {
        client->wait(80s);
        client->send(protocol::Pingreq{});
        (void)client->take_one<protocol::Pingresp>();
    }
    EXPECT_FALSE(client->session().ended());
}

TEST_F(MqttSessionTest, KeepAliveZeroMeansTheCeiling) {
    Client client(rig_);
    auto connect = connect_of(rig_, door_, 24h);
    connect.keep_alive = 0;
    client.send(connect);
    client.wait(1766s);
    EXPECT_FALSE(client.session().ended());
    client.wait(1s);
    EXPECT_TRUE(client.session().ended());
}

TEST_F(MqttSessionTest, EndsWhenItsTokenAndTheGraceAreOver) {
    Client client(rig_);
    client.send(connect_of(rig_, door_, 100s));
    for (int i = 0; i < 39; ++i) {
        client.wait(10s);
        client.send(protocol::Pingreq{});
    }
    EXPECT_FALSE(client.session().ended());
    client.wait(10s);
    expect_ended_because(client, "token has expired");
}

// ---- publishes of the device ----

TEST_F(MqttSessionTest, AcknowledgesTelemetryOfQosOne) {
    std::string payload;
    rig_.sessions.telemetry.connect([&](const Telemetry& sent) { payload = sent.payload; });
    auto client = connected();
    client->send(protocol::Publish{
        .topic = "devices/door-1/messages/events/", .payload = "{\"open\":true}", .qos = 1, .packet_id = 9});
    EXPECT_EQ(client->take_one<protocol::Puback>().packet_id, 9);
    EXPECT_EQ(payload, "{\"open\":true}");
}

// §1.5
TEST_F(MqttSessionTest, AcknowledgesNothingBeforeTheCommit) {
    auto client = connected();
    client->session().receive(
        protocol::encode(protocol::Publish{.topic = "$iothub/twin/PATCH/properties/reported/?$rid=1",
                                           .payload = "{\"a\":1}",
                                           .qos = 1,
                                           .packet_id = 9}));
    EXPECT_THAT(client->session().output(), IsEmpty());
    rig_.commit();
    EXPECT_EQ(client->take_one<protocol::Puback>().packet_id, 9);
}

TEST_F(MqttSessionTest, EndsOnQosTwo) {
    auto client = connected();
    client->send(protocol::Publish{
        .topic = "devices/door-1/messages/events/", .payload = "x", .qos = 2, .packet_id = 9});
    expect_ended_because(*client, "QoS 2");
}

TEST_F(MqttSessionTest, EndsOnATopicThatIsNotDocumented) {
    auto client = connected();
    client->send(protocol::Publish{.topic = "devices/door-2/messages/events/", .payload = "x"});
    EXPECT_TRUE(client->session().ended());
}

TEST_F(MqttSessionTest, EndsOnAPacketOverTheLimit) {
    auto client = connected();
    client->send_bytes(std::string("\x30\xff\xff\x7f", 4));
    EXPECT_TRUE(client->session().ended());
}

// Whoever is not let in yet cannot make the hub hold much.
TEST_F(MqttSessionTest, EndsOnAConnectThatIsLargerThanOneCanBe) {
    Client client(rig_);
    client.send_bytes(std::string("\x10\x81\x80\x05", 4));  // announces 80 KiB and one byte
    expect_ended_because(client, "at most");
}

// §1.1: at most five filters count; what is beyond is granted and ignored, as SDKs take 0x80 for an error.
TEST_F(MqttSessionTest, GrantsASixthFilterAndIgnoresIt) {
    auto client = connected();
    protocol::Subscribe subscribe{1, {}};
    for (const char* filter :
         {"$iothub/methods/POST/#", "$iothub/twin/res/#", "$iothub/twin/PATCH/properties/desired/#",
          "devices/door-1/messages/devicebound/#", "a/#", "b/#"}) {
        subscribe.subscriptions.push_back({filter, 1});
    }
    client->send(subscribe);
    EXPECT_EQ(client->take_one<protocol::Suback>().codes, std::vector<std::uint8_t>(6, 1));
    EXPECT_FALSE(client->session().ended());
}

TEST_F(MqttSessionTest, AnswersATwinGet) {
    auto client = subscribed(protocol::twin_responses_filter, 0);
    client->send(protocol::Publish{.topic = protocol::twin_get_topic("1"), .payload = " "});
    const auto publish = client->take_one<protocol::Publish>();
    EXPECT_EQ(publish.topic, "$iothub/twin/res/200/?$rid=1");
    EXPECT_THAT(publish.payload, HasSubstr("\"desired\""));
}

// ---- subscriptions ----

TEST_F(MqttSessionTest, GrantsQosTwoAsOne) {
    auto client = connected();
    client->send(protocol::Subscribe{5, {{"$iothub/methods/POST/#", 2}, {"$iothub/twin/res/#", 0}}});
    const auto suback = client->take_one<protocol::Suback>();
    EXPECT_EQ(suback.packet_id, 5);
    EXPECT_EQ(suback.codes, (std::vector<std::uint8_t>{1, 0}));
}

// §1.4: Node sends an identical SUBSCRIBE twice.
TEST_F(MqttSessionTest, AnswersEachOfTwoEqualSubscribes) {
    auto client = connected();
    client->send(protocol::Subscribe{1, {{"$iothub/methods/POST/#", 0}}});
    client->send(protocol::Subscribe{2, {{"$iothub/methods/POST/#", 0}}});
    EXPECT_THAT(client->take(), SizeIs(2));
}

TEST_F(MqttSessionTest, AnswersAnUnsubscribe) {
    auto client = subscribed(protocol::methods_filter, 0);
    client->send(protocol::Unsubscribe{6, {std::string(protocol::methods_filter)}});
    EXPECT_EQ(client->take_one<protocol::Unsuback>().packet_id, 6);
    EXPECT_FALSE(rig_.sessions.can_call("door-1"));
}

// ---- publishes of the hub ----

// §1.4
TEST_F(MqttSessionTest, HoldsBackWhatIsBeyondSixteenUnacknowledgedPublishes) {
    auto client = connected();
    for (int i = 0; i < 20; ++i) {
        client->session().publish("$iothub/methods/POST/m/?$rid=" + std::to_string(i), "null", 1);
    }
    const auto first = client->take();
    ASSERT_THAT(first, SizeIs(16));
    client->send(protocol::Puback{std::get<protocol::Publish>(first[0]).packet_id});
    const auto next = client->take_one<protocol::Publish>();
    EXPECT_EQ(next.topic, "$iothub/methods/POST/m/?$rid=16");
}

TEST_F(MqttSessionTest, GivesPacketIdsThatAreNotInUse) {
    auto client = connected();
    client->session().publish("t", "x", 1);
    const auto held = client->take_one<protocol::Publish>().packet_id;
    for (int i = 0; i < 70'000; ++i) {
        client->session().publish("t", "x", 1);
        const auto id = client->take_one<protocol::Publish>().packet_id;
        ASSERT_NE(id, held);
        ASSERT_NE(id, 0);
        client->send(protocol::Puback{id});
    }
}

TEST_F(MqttSessionTest, IgnoresAnAcknowledgementThatNobodyWaitsFor) {
    auto client = connected();
    client->send(protocol::Puback{77});
    EXPECT_FALSE(client->session().ended());
}

TEST_F(MqttSessionTest, EndsAReaderThatTakesNothing) {
    MqttLimits limits;
    limits.output = 4096;
    auto client = connected(limits);
    for (int i = 0; i < 10 && !client->session().ended(); ++i) {
        client->session().publish("t", std::string(1000, 'x'), 0);
    }
    expect_ended_because(*client, "does not take");
    EXPECT_THAT(client->session().output(), IsEmpty());
}

TEST_F(MqttSessionTest, CountsWhatIsHeldBackAgainstTheSameLimit) {
    MqttLimits limits;
    limits.output = 4096;
    limits.in_flight = 1;
    auto client = connected(limits);
    for (int i = 0; i < 10 && !client->session().ended(); ++i) {
        client->session().publish("t", std::string(1000, 'x'), 1);
        client->session().output().clear();
    }
    expect_ended_because(*client, "does not take");
}

TEST_F(MqttSessionTest, TakesNoInputWhileMuchOutputWaits) {
    MqttLimits limits;
    limits.pause = 100;
    auto client = connected(limits);
    client->session().publish("t", std::string(200, 'x'), 0);
    EXPECT_FALSE(client->session().wants_input());
    client->send(protocol::Pingreq{});
    EXPECT_THAT(client->take(), SizeIs(1));  // the publish; the ping is worked off only then
    EXPECT_TRUE(client->session().wants_input());
    (void)client->take_one<protocol::Pingresp>();
}

// ---- the end ----

TEST_F(MqttSessionTest, TheWillBecomesTelemetryWhenTheConnectionIsLost) {
    std::vector<std::string> wills;
    rig_.sessions.telemetry.connect([&](const Telemetry& sent) {
        if (sent.will) wills.emplace_back(sent.payload);
    });
    for (const bool goodbye : {true, false}) {
        Client client(rig_);
        auto connect = connect_of(rig_, door_);
        connect.will = protocol::Will{.topic = "devices/door-1/messages/events/", .payload = "gone"};
        client.send(connect);
        if (goodbye) client.send(protocol::Disconnect{});
        client.session().lost("the connection broke");
        rig_.commit();
        EXPECT_THAT(wills, SizeIs(goodbye ? 0 : 1));
    }
}

TEST_F(MqttSessionTest, RefusesAWillForAnotherTopic) {
    Client client(rig_);
    auto connect = connect_of(rig_, door_);
    connect.will = protocol::Will{.topic = "devices/door-2/messages/events/", .payload = "gone"};
    client.send(connect);
    EXPECT_TRUE(client.session().ended());
    EXPECT_FALSE(rig_.connections.connected("door-1"));
}

TEST_F(MqttSessionTest, EndsWhenTheDeviceIsRemoved) {
    auto client = connected();
    ASSERT_TRUE(rig_.registry.remove("door-1", IfMatch()));
    rig_.commit();
    EXPECT_TRUE(client->session().ended());
}

TEST_F(MqttSessionTest, LeavesTheHubWhenItIsDestroyed) {
    connected().reset();
    EXPECT_FALSE(rig_.connections.connected("door-1"));
}

TEST_F(MqttSessionTest, SignalsWhenThereIsSomethingToSend) {
    auto client = connected();
    const int before = client->signals;
    client->session().publish("t", "x", 0);
    EXPECT_GT(client->signals, before);
}

TEST_F(MqttSessionTest, LogsNoSecrets) {
    Client client(rig_);
    Device other = door_;
    other.keys.primary = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    client.send(connect_of(rig_, other));
    for (const std::string& line : rig_.lines) {
        EXPECT_THAT(line, testing::Not(HasSubstr("sig=")));
        EXPECT_THAT(line, testing::Not(HasSubstr(door_.keys.primary)));
    }
}

}  // namespace
}  // namespace hub
