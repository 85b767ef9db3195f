#include "scheduler/fleet/session.hpp"

#include "protocol/mqtt_codec.hpp"
#include "protocol/topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

// A device, and a hub that is this test.
class SessionTest : public ::testing::Test {
  protected:
    void make(Temper temper = Temper::willing) {
        session.emplace(Identity{"door-1", "MDEyMzQ1Njc4OWFiY2RlZg==", temper}, manner, figures);
    }
    // What the device has sent since the last time.
    std::vector<protocol::Packet> sent() {
        hub.feed(session->unsent());
        session->sent(session->unsent().size());
        std::vector<protocol::Packet> out;
        while (auto packet = *hub.next())
            out.push_back(std::move(*packet));
        return out;
    }
    protocol::Publish sent_publish() {
        const auto packets = sent();
        if (packets.size() != 1 || !std::holds_alternative<protocol::Publish>(packets[0])) return {};
        return std::get<protocol::Publish>(packets[0]);
    }
    base::Result<void> give(const protocol::Packet& packet) {
        return session->take(protocol::encode(packet), clock.steady_now(), clock.system_now());
    }
    base::Result<void> publish(std::string topic, std::string payload) {
        return give(protocol::Publish{.topic = std::move(topic), .payload = std::move(payload)});
    }
    base::Result<void> pass(std::chrono::nanoseconds time) {
        clock.advance(time);
        return session->tick(clock.steady_now());
    }
    void open() { ASSERT_TRUE(session->open(clock.steady_now(), clock.system_now())); }
    void become_ready(const std::string& twin = R"({"desired":{"$version":1},"reported":{"$version":1}})") {
        open();
        ASSERT_TRUE(give(protocol::Connack{}));
        ASSERT_TRUE(give(protocol::Suback{1, {0, 0, 0}}));
        ASSERT_TRUE(publish(protocol::twin_response_topic(200, "1"), twin));
        ASSERT_TRUE(publish(protocol::twin_response_topic(204, "2", 2), ""));
        ASSERT_EQ(session->stage(), Session::Stage::ready);
        (void)sent();
    }
    base::Result<void> call(const std::string& method, const std::string& payload = "null",
                            const std::string& rid = "7") {
        return publish(protocol::method_request_topic(method, rid), payload);
    }

    base::ManualClock clock;
    Manner manner{.host = "hub.local"};
    Figures figures;
    std::optional<Session> session;
    protocol::Decoder hub{std::size_t{1024} * 1024};
};

TEST_F(SessionTest, ConnectsAsADeviceOfAnIotHub) {
    make();
    open();
    const auto packets = sent();
    ASSERT_EQ(packets.size(), 1U);
    const auto& connect = std::get<protocol::Connect>(packets[0]);
    EXPECT_EQ(connect.client_id, "door-1");
    EXPECT_FALSE(connect.clean_session);
    EXPECT_EQ(connect.keep_alive, 240);
    EXPECT_THAT(connect.username.value_or(""), HasSubstr("hub.local/door-1/?api-version="));
    EXPECT_THAT(connect.password.value_or(""),
                HasSubstr("SharedAccessSignature sr=hub.local%2Fdevices%2Fdoor-1&"));
}

TEST_F(SessionTest, SubscribesFetchesItsTwinAndReportsBeforeItIsReady) {
    make();
    open();
    (void)sent();
    ASSERT_TRUE(give(protocol::Connack{}));
    auto packets = sent();
    ASSERT_EQ(packets.size(), 1U);
    const auto& subscribe = std::get<protocol::Subscribe>(packets[0]);
    ASSERT_EQ(subscribe.subscriptions.size(), 3U);
    EXPECT_EQ(subscribe.subscriptions[0], (protocol::Subscription{"$iothub/methods/POST/#", 0}));
    ASSERT_TRUE(give(protocol::Suback{subscribe.packet_id, {0, 0, 0}}));
    EXPECT_EQ(sent_publish().topic, "$iothub/twin/GET/?$rid=1");
    clock.advance(milliseconds(30));
    ASSERT_TRUE(publish(protocol::twin_response_topic(200, "1"),
                        R"({"desired":{"building":43,"$version":5},"reported":{"$version":1}})"));
    const auto report = sent_publish();
    EXPECT_EQ(report.topic, "$iothub/twin/PATCH/properties/reported/?$rid=2");
    EXPECT_THAT(report.payload, HasSubstr(R"("lock":{"state":"locked")"));
    EXPECT_THAT(report.payload, HasSubstr(R"("building":{"value":43,"ac":200,"av":5,"ad":"simulated"})"));
    EXPECT_EQ(session->stage(), Session::Stage::reporting);
    ASSERT_TRUE(publish(protocol::twin_response_topic(204, "2", 2), ""));
    EXPECT_EQ(session->stage(), Session::Stage::ready);
    EXPECT_EQ(figures.ready.count(), 1U);
    EXPECT_EQ(figures.ready.quantile(1), std::chrono::microseconds(30719));  // the step that 30 ms fall into
}

TEST_F(SessionTest, AnswersAMethodAndReportsWhatItChanged) {
    make();
    become_ready();
    ASSERT_TRUE(call("lockDoor", R"({"lockTime":"10m"})", "a1"));
    const auto packets = sent();
    ASSERT_EQ(packets.size(), 2U);
    const auto& answer = std::get<protocol::Publish>(packets[0]);
    EXPECT_EQ(answer.topic, "$iothub/methods/res/200/?$rid=a1");
    EXPECT_EQ(answer.qos, 0);
    EXPECT_THAT(std::get<protocol::Publish>(packets[1]).payload, HasSubstr(R"("lock":{"state":"locked")"));
    EXPECT_EQ(figures.answers, 1U);
    EXPECT_EQ(figures.actuations, 1U);
}

TEST_F(SessionTest, AnswersAfterTheDelayAndNotBefore) {
    manner.delay = milliseconds(200);
    make();
    become_ready();
    ASSERT_TRUE(call("getStatus"));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(session->due(), clock.steady_now() + milliseconds(200));
    ASSERT_TRUE(pass(milliseconds(199)));
    EXPECT_TRUE(sent().empty());
    ASSERT_TRUE(pass(milliseconds(1)));
    EXPECT_EQ(sent_publish().topic, "$iothub/methods/res/200/?$rid=7");
}

TEST_F(SessionTest, AnswersThatWaitAreBounded) {
    manner.delay = milliseconds(200);
    make();
    become_ready();
    for (std::size_t i = 0; i < Session::most_pending + 10; ++i)
        ASSERT_TRUE(call("getStatus"));
    EXPECT_EQ(figures.unanswered, 10U);
    ASSERT_TRUE(pass(milliseconds(200)));
    EXPECT_EQ(sent().size(), Session::most_pending);
}

TEST_F(SessionTest, UnsentBytesAreBounded) {
    make();
    become_ready();
    base::Result<void> done;
    for (int i = 0; i < 10000 && done; ++i)
        done = call("getStatus");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, base::Errc::too_large);
    EXPECT_LT(session->unsent().size(), Session::most_unsent + 1024);
}

TEST_F(SessionTest, ASilentDoorCountsWhatItLeavesUnanswered) {
    make(Temper::silent);
    become_ready();
    ASSERT_TRUE(call("lockDoor"));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(figures.calls, 1U);
    EXPECT_EQ(figures.unanswered, 1U);
}

TEST_F(SessionTest, ARefusalIsAnAnswer) {
    make(Temper::refusing);
    become_ready();
    ASSERT_TRUE(call("lockDoor"));
    EXPECT_EQ(sent_publish().topic, "$iothub/methods/res/409/?$rid=7");
    EXPECT_EQ(figures.refusals, 1U);
}

TEST_F(SessionTest, AcknowledgesADesiredPatch) {
    make();
    become_ready();
    ASSERT_TRUE(publish(protocol::desired_patch_topic(9), R"({"floor":3,"old":null,"$version":9})"));
    const auto report = sent_publish();
    EXPECT_EQ(report.payload, R"({"floor":{"value":3,"ac":200,"av":9,"ad":"simulated"},"old":null})");
    EXPECT_EQ(figures.desired, 1U);
}

TEST_F(SessionTest, AnEndedHoldIsReported) {
    make();
    become_ready();
    ASSERT_TRUE(call("unlockDoor", R"({"unlockTime":"5s"})"));
    (void)sent();
    EXPECT_EQ(session->due(), clock.steady_now() + seconds(5));
    ASSERT_TRUE(pass(seconds(5)));
    EXPECT_THAT(sent_publish().payload, HasSubstr(R"("lock":{"state":"locked")"));
}

TEST_F(SessionTest, PingsWhenItHasSentNothingForAWhileAndMissesTheAnswer) {
    make();
    become_ready();
    EXPECT_EQ(session->due(), clock.steady_now() + seconds(180));
    ASSERT_TRUE(pass(seconds(180)));
    auto packets = sent();
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<protocol::Pingreq>(packets[0]));
    ASSERT_TRUE(give(protocol::Pingresp{}));
    ASSERT_TRUE(pass(seconds(180)));
    (void)sent();
    const auto missed = pass(seconds(60));
    ASSERT_FALSE(missed);
    EXPECT_EQ(missed.error().code, base::Errc::timeout);
}

TEST_F(SessionTest, AHubThatDoesNotAnswerTheConnectIsGivenUp) {
    make();
    open();
    EXPECT_EQ(session->due(), clock.steady_now() + seconds(60));
    ASSERT_TRUE(pass(seconds(59)));
    EXPECT_FALSE(pass(seconds(1)));
}

TEST_F(SessionTest, ARefusalOfTheHubIsCountedAndNamed) {
    make();
    open();
    const auto done = give(protocol::Connack{.code = protocol::ConnectCode::not_authorized});
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("door-1"));
    EXPECT_THAT(done.error().message, HasSubstr("not authorised"));
    EXPECT_TRUE(session->refused());
    EXPECT_FALSE(session->connected());
    EXPECT_EQ(figures.refused, 1U);
}

TEST_F(SessionTest, ARebootIsAnsweredAndThenTheDoorGoes) {
    make();
    become_ready();
    ASSERT_TRUE(call("reboot"));
    EXPECT_EQ(sent_publish().topic, "$iothub/methods/res/202/?$rid=7");
    EXPECT_TRUE(session->wants_to_leave());
    session->leave();
    EXPECT_TRUE(std::holds_alternative<protocol::Disconnect>(sent().at(0)));
    session->lost();
    EXPECT_FALSE(session->wants_to_leave());
}

TEST_F(SessionTest, ItsTokenIsRenewedBeforeItEnds) {
    make();
    become_ready();
    for (int i = 0; i < 17; ++i) {
        ASSERT_TRUE(pass(seconds(180)));
        ASSERT_TRUE(give(protocol::Pingresp{}));
    }
    EXPECT_TRUE(session->wants_to_leave());  // after 3,060 s of 3,600
}

TEST_F(SessionTest, TheLockOutlivesTheConnectionAndItsCallsDoNot) {
    manner.delay = milliseconds(200);
    make();
    become_ready();
    ASSERT_TRUE(call("unlockDoor"));
    session->lost();
    EXPECT_EQ(session->due(), std::nullopt);
    open();
    (void)sent();
    ASSERT_TRUE(give(protocol::Connack{.session_present = true}));
    ASSERT_TRUE(give(protocol::Suback{1, {0, 0, 0}}));
    (void)sent();
    ASSERT_TRUE(pass(seconds(1)));
    EXPECT_TRUE(sent().empty());
    ASSERT_TRUE(publish(protocol::twin_response_topic(200, "3"), R"({"desired":{},"reported":{}})"));
    EXPECT_THAT(sent_publish().payload, HasSubstr(R"("state":"unlocked")"));
}

TEST_F(SessionTest, WhatNoHubSendsEndsTheConnection) {
    make();
    become_ready();
    EXPECT_FALSE(give(protocol::Connack{}));
    EXPECT_FALSE(give(protocol::Subscribe{1, {{"a", 0}}}));
    EXPECT_FALSE(publish("elsewhere", ""));
    EXPECT_FALSE(session->take("\xff\xff", clock.steady_now(), clock.system_now()));
}

TEST_F(SessionTest, ASubscriptionThatIsRefusedEndsTheConnection) {
    make();
    open();
    ASSERT_TRUE(give(protocol::Connack{}));
    EXPECT_FALSE(give(protocol::Suback{1, {0, 0x80, 0}}));
}

TEST_F(SessionTest, AtABrokerItSpeaksTheSameInASpaceOfItsOwn) {
    manner.dialect = Dialect(Dialect::Peer::broker);
    make();
    open();
    (void)sent();
    ASSERT_TRUE(give(protocol::Connack{}));
    const auto packets = sent();
    EXPECT_EQ(std::get<protocol::Subscribe>(packets.at(0)).subscriptions[0].filter,
              "fleet/door-1/methods/POST/#");
    ASSERT_TRUE(give(protocol::Suback{1, {0, 0, 0}}));
    EXPECT_EQ(sent_publish().topic, "fleet/door-1/twin/GET/?$rid=1");
    ASSERT_TRUE(publish("fleet/door-1/methods/POST/getStatus/?$rid=5", "null"));
    EXPECT_EQ(sent_publish().topic, "fleet/door-1/methods/res/200/?$rid=5");
}

}  // namespace
}  // namespace fleet
