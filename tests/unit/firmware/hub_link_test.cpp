#include "firmware/hub_link.hpp"

#include "protocol/sas.hpp"
#include "tests/unit/firmware/fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace firmware {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

HubSettings settings() {
    HubSettings settings;
    settings.identity.host = "hub.local";
    settings.identity.device_id = "door-1";
    settings.identity.shared_access_key = key;
    return settings;
}

class HubLinkTest : public ::testing::Test {
  protected:
    // Brings the link up, as a hub whose twin is this.
    void go_online(std::string_view twin_text = R"({"desired":{"$version":1},"reported":{"$version":1}})") {
        client.events.connected();
        client.events.subscribed();
        respond_to_get(twin_text);
    }
    void respond_to_get(std::string_view twin_text) {
        const std::string rid = rid_of(client.last("$iothub/twin/GET/").topic);
        client.events.message("$iothub/twin/res/200/?$rid=" + rid, std::string(twin_text));
    }
    static std::string rid_of(const std::string& topic) { return topic.substr(topic.find("$rid=") + 5); }
    // Passes time until the link wants to be woken, and wakes it.
    milliseconds wake() {
        const auto before = clock.steady_now();
        clock.advance(std::max(*link.next_due() - before, base::SteadyTime::duration(0)));
        link.tick();
        return std::chrono::duration_cast<milliseconds>(clock.steady_now() - before);
    }

    [[nodiscard]] std::ptrdiff_t gets() const {
        return std::count_if(client.published.begin(), client.published.end(),
                             [](const auto& sent) { return sent.topic.starts_with("$iothub/twin/GET/"); });
    }

    base::ManualClock clock;
    std::vector<std::string> said;
    base::Log log{base::Level::warning,
                  [this](base::Level, std::string_view line) { said.emplace_back(line); }};
    FakeStore store;
    StateKeeper keeper{store, clock, log, State{}};
    Reported reported;
    Twin twin{{}, keeper, reported, clock, log, [] {}};
    FakeMqttClient client;
    FakeTelemetryStore events;
    Telemetry telemetry{{}, "id", "door-1", {}, events, clock, log, [] {}};
    struct Call {
        std::string name;
        std::string payload;
        HubLink::Done done;
    };
    std::vector<Call> calls;
    HubLink link{settings(),
                 client,
                 twin,
                 reported,
                 telemetry,
                 clock,
                 log,
                 42,
                 {.call_method =
                      [this](std::string_view name, std::string_view payload, HubLink::Done done) {
                          calls.push_back({std::string(name), std::string(payload), std::move(done)});
                      },
                  .changed = [] {}}};
};

// §1.1, §1.3
TEST_F(HubLinkTest, ConnectsAsADeviceOfTheHub) {
    link.start();
    ASSERT_EQ(client.connects.size(), 1U);
    const MqttConnect& connect = client.connects[0];
    EXPECT_EQ(connect.client_id, "door-1");
    EXPECT_TRUE(connect.username.starts_with("hub.local/door-1/?api-version=2021-04-12")) << connect.username;
    const auto token = protocol::parse_sas_token(connect.password);
    ASSERT_TRUE(token);
    EXPECT_EQ(token->resource, "hub.local/devices/door-1");
    EXPECT_TRUE(protocol::signature_matches(*token, key));
    EXPECT_LE(token->expiry, clock.system_now() + minutes(60));
    EXPECT_GT(token->expiry, clock.system_now() + minutes(59));
}

// §1.2, §1.7
TEST_F(HubLinkTest, SubscribesFetchesTheTwinAndReportsOnEveryConnect) {
    reported.set("lock", "locked");
    link.start();
    client.events.connected();
    EXPECT_EQ(client.filters.size(), 3U);
    client.events.subscribed();
    EXPECT_FALSE(link.online());
    respond_to_get(R"({"desired":{"floor":3,"$version":4},"reported":{"lock":"unlocked","$version":9}})");
    EXPECT_TRUE(link.online());
    EXPECT_EQ(client.last("$iothub/twin/PATCH").payload, R"({"lock":"locked"})");
    EXPECT_EQ(twin.value("floor").as_integer(), 3);
}

TEST_F(HubLinkTest, SendsOneReportAtATime) {
    link.start();
    go_online();
    reported.set("a", 1);
    link.report();
    const std::string rid = rid_of(client.last("$iothub/twin/PATCH").topic);
    reported.set("a", 2);
    link.report();
    EXPECT_EQ(client.last("$iothub/twin/PATCH").payload, R"({"a":1})");
    client.events.message("$iothub/twin/res/204/?$rid=" + rid + "&$version=2", "");
    EXPECT_EQ(client.last("$iothub/twin/PATCH").payload, R"({"a":2})");
}

// §1.7
TEST_F(HubLinkTest, RepeatsAReportThatTheHubWasTooBusyFor) {
    link.start();
    go_online();
    reported.set("a", 1);
    link.report();
    const std::size_t sent = client.published.size();
    client.events.message("$iothub/twin/res/429/?$rid=" + rid_of(client.last("$iothub/twin/PATCH").topic),
                          "{}");
    EXPECT_EQ(client.published.size(), sent);
    EXPECT_GE(wake(), seconds(1));
    EXPECT_EQ(client.published.size(), sent + 1);
    EXPECT_EQ(client.published.back().payload, R"({"a":1})");
}

// §1.6
TEST_F(HubLinkTest, AnswersAMethodWithItsRequestIdByteForByte) {
    link.start();
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=aB-7", R"({"lockTime":"10m"})");
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].name, "lockDoor");
    EXPECT_EQ(calls[0].payload, R"({"lockTime":"10m"})");
    calls[0].done({200, R"({"Response":"x"})"});
    EXPECT_EQ(client.published.back().topic, "$iothub/methods/res/200/?$rid=aB-7");
    EXPECT_EQ(client.published.back().payload, R"({"Response":"x"})");
}

TEST_F(HubLinkTest, DoesNotAnswerOnAnotherConnectionThanTheOneThatAsked) {
    link.start();
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=1", "{}");
    client.events.lost("gone");
    (void)wake();
    go_online();
    const std::size_t sent = client.published.size();
    calls[0].done({200, "{}"});
    EXPECT_EQ(client.published.size(), sent);
}

TEST_F(HubLinkTest, SendsAnAnswerLaterAndInOrderWhenTheClientHasNoRoom) {
    link.start();
    go_online();
    for (const char* rid : {"1", "2", "3"})
        client.events.message(std::string("$iothub/methods/POST/lockDoor/?$rid=") + rid, "{}");
    client.full = true;
    calls[0].done({200, "{}"});
    client.full = false;
    calls[1].done({200, "{}"});
    EXPECT_FALSE(client.last("$iothub/methods/res/").topic.ends_with("rid=2")) << "the first goes first";
    client.full = true;
    EXPECT_EQ(wake(), milliseconds(10));
    client.full = false;
    EXPECT_EQ(wake(), milliseconds(10));
    ASSERT_GE(client.published.size(), 2U);
    EXPECT_EQ((client.published.end() - 2)->topic, "$iothub/methods/res/200/?$rid=1");
    EXPECT_EQ(client.published.back().topic, "$iothub/methods/res/200/?$rid=2");
    calls[2].done({200, "{}"});
    EXPECT_EQ(client.published.back().topic, "$iothub/methods/res/200/?$rid=3");
    EXPECT_TRUE(said.empty());
}

TEST_F(HubLinkTest, BoundsTheAnswersThatWaitForRoomAndSaysHowManyAreLost) {
    link.start();
    go_online();
    client.full = true;
    const unsigned flood = MethodCalls::most + static_cast<unsigned>(MethodCalls::unsent_most) + 3;
    for (unsigned i = 0; i < flood; ++i)
        client.events.message("$iothub/methods/POST/lockDoor/?$rid=" + std::to_string(i), "{}");
    ASSERT_EQ(said.size(), 1U) << "one line, not one for each";
    EXPECT_NE(said[0].find("event=answer_not_sent"), std::string::npos);
    client.full = false;
    (void)wake();
    EXPECT_EQ(said.back(), "event=answers_lost count=3");
}

TEST_F(HubLinkTest, SendsNoAnswerThatWaitedForRoomOnAnotherConnection) {
    link.start();
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=1", "{}");
    client.full = true;
    calls[0].done({200, "{}"});
    client.full = false;
    client.events.lost("gone");
    (void)wake();
    go_online();
    clock.advance(seconds(1));
    link.tick();
    EXPECT_EQ(client.last("$iothub/methods/res/").topic, "");
}

TEST_F(HubLinkTest, BoundsTheMethodsThatWait) {
    link.start();
    go_online();
    for (int i = 0; i < 65; ++i)
        client.events.message("$iothub/methods/POST/lockDoor/?$rid=" + std::to_string(i), "{}");
    EXPECT_EQ(calls.size(), 64U);
    EXPECT_EQ(client.published.back().topic, "$iothub/methods/res/429/?$rid=64");
}

TEST_F(HubLinkTest, ComesBackAfterEveryLossWithAFreshToken) {
    link.start();
    for (int i = 0; i < 20; ++i) {
        go_online();
        clock.advance(minutes(1));
        client.events.lost("the network");
        EXPECT_LE(wake(), milliseconds(500)) << "a connection that stood begins the back-off anew";
    }
    EXPECT_EQ(client.connects.size(), 21U);
    EXPECT_NE(client.connects[0].password, client.connects[20].password);
}

TEST_F(HubLinkTest, SuspectsAnotherClientWhenItIsThrownOffSoonTwiceInARow) {
    const auto thrown_off_after = [this](milliseconds time) {
        go_online();
        clock.advance(time);
        client.events.lost("closed by the hub");
        (void)wake();
        return said.back().find("another client with this device's identity") != std::string::npos;
    };
    link.start();
    EXPECT_FALSE(thrown_off_after(milliseconds(300)));
    EXPECT_TRUE(thrown_off_after(milliseconds(4900)));
    EXPECT_TRUE(thrown_off_after(milliseconds(300)));
    EXPECT_NE(said.back().find("event=disconnected"), std::string::npos);
    EXPECT_FALSE(thrown_off_after(seconds(5))) << "that one stood";
    EXPECT_FALSE(thrown_off_after(milliseconds(300)));
}

TEST_F(HubLinkTest, BacksOffWhileNobodyAnswers) {
    link.start();
    milliseconds longest(0);
    for (int i = 0; i < 50; ++i) {
        client.events.connect_failed({MqttFailure::Kind::network, "refused"});
        const milliseconds delay = wake();
        EXPECT_LE(delay, seconds(60));
        longest = std::max(longest, delay);
    }
    EXPECT_GT(longest, seconds(30));
    EXPECT_EQ(client.connects.size(), 51U);
}

TEST_F(HubLinkTest, TriesAgainWhenNothingComesOfAnAttempt) {
    link.start();
    EXPECT_EQ(wake(), minutes(2));
    EXPECT_NE(said.back().find("nothing came of the attempt within 2m"), std::string::npos) << said.back();
    EXPECT_EQ(client.disconnects, 1U);
    client.events.disconnected();
    (void)wake();
    EXPECT_EQ(client.connects.size(), 2U);
    go_online();
    EXPECT_TRUE(link.online());
}

TEST_F(HubLinkTest, SaysThatATokenFromElsewhereHasEnded) {
    HubSettings given = settings();
    given.identity.shared_access_key.clear();
    given.identity.shared_access_signature =
        "SharedAccessSignature sr=hub.local%2Fdevices%2Fdoor-1&sig=MDEy&se=1500000000";
    clock.set_system(base::SystemTime(seconds(60)));
    HubLink other(given, client, twin, reported, telemetry, clock, log, 1,
                  {.call_method = {}, .changed = [] {}});
    other.start();
    EXPECT_EQ(client.connects.back().password, given.identity.shared_access_signature);
    client.events.connect_failed({MqttFailure::Kind::credentials, "not authorised"});
    EXPECT_EQ(said.back().find("SharedAccessSignature ended"), std::string::npos) << "it is 1970 here";
    clock.set_system(base::SystemTime(seconds(1500000001)));
    other.tick();
    clock.advance(minutes(1));
    other.tick();
    client.events.connect_failed({MqttFailure::Kind::credentials, "not authorised"});
    EXPECT_NE(said.back().find("not authorised; the SharedAccessSignature ended at 2017-07-14T02:40:00"),
              std::string::npos)
        << said.back();
    EXPECT_EQ(said.back().find("MDEy"), std::string::npos);
}

TEST_F(HubLinkTest, TriesAWrongKeySlowly) {
    link.start();
    client.events.connect_failed({MqttFailure::Kind::credentials, "not authorised"});
    EXPECT_GE(wake(), seconds(30));
    client.events.connect_failed({MqttFailure::Kind::own_files, "/etc/door.key is not the private key"});
    EXPECT_NE(said.back().find("kind=configuration"), std::string::npos) << said.back();
    EXPECT_NE(said.back().find("check-config"), std::string::npos) << said.back();
    EXPECT_GE(wake(), seconds(30));
}

// §1.3
TEST_F(HubLinkTest, RenewsItsTokenBeforeItEnds) {
    link.start();
    go_online();
    clock.advance(minutes(47));
    link.tick();
    EXPECT_EQ(client.disconnects, 0U);
    clock.advance(minutes(1));
    link.tick();
    EXPECT_EQ(client.disconnects, 1U);
    client.events.disconnected();
    EXPECT_EQ(client.connects.size(), 2U);
    go_online();
    EXPECT_TRUE(link.online());
}

TEST_F(HubLinkTest, LetsAMethodFinishBeforeItRenewsItsToken) {
    link.start();
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=1", "{}");
    clock.advance(minutes(48));
    link.tick();
    EXPECT_EQ(client.disconnects, 0U);
    calls[0].done({200, "{}"});
    (void)wake();
    EXPECT_EQ(client.disconnects, 1U);
}

TEST_F(HubLinkTest, TakesAHubThatDoesNotAnswerForDead) {
    link.start();
    client.events.connected();
    (void)wake();
    EXPECT_EQ(client.disconnects, 1U);
    (void)wake();
    EXPECT_EQ(client.connects.size(), 2U);
    go_online();
    reported.set("a", 1);
    link.report();
    EXPECT_LE(wake(), seconds(30));
    EXPECT_FALSE(link.online());
}

// §1.7
TEST_F(HubLinkTest, FetchesTheWholeTwinWhenADesiredVersionIsMissing) {
    link.start();
    go_online();
    client.events.message("$iothub/twin/PATCH/properties/desired/?$version=2", R"({"floor":2,"$version":2})");
    EXPECT_EQ(twin.value("floor").as_integer(), 2);
    client.events.message("$iothub/twin/PATCH/properties/desired/?$version=5", R"({"floor":5,"$version":5})");
    EXPECT_EQ(twin.value("floor").as_integer(), 2);
    respond_to_get(R"({"desired":{"floor":6,"$version":6},"reported":{"$version":1}})");
    EXPECT_EQ(twin.value("floor").as_integer(), 6);
    EXPECT_TRUE(link.online());
}

TEST_F(HubLinkTest, AsksForTheTwinWhenNothingHasComeFromItForTheLivenessTime) {
    link.start();
    go_online();
    ASSERT_EQ(gets(), 1);
    EXPECT_EQ(wake(), minutes(5));
    EXPECT_EQ(gets(), 2);
    respond_to_get(R"({"desired":{"floor":2,"$version":7},"reported":{"$version":1}})");
    EXPECT_EQ(twin.value("floor").as_integer(), 2) << "the answer makes good what went missing";
    EXPECT_EQ(wake(), minutes(5));
}

TEST_F(HubLinkTest, DoesNotWakeUpToAskWhileTheTwinIsHeardOf) {
    link.start();
    go_online();
    clock.advance(minutes(4));
    client.events.message("$iothub/twin/PATCH/properties/desired/?$version=2", R"({"floor":2,"$version":2})");
    EXPECT_EQ(*link.next_due(), clock.steady_now() + minutes(5));
    clock.advance(minutes(4));
    reported.set("a", 1);
    link.report();
    client.events.message(
        "$iothub/twin/res/204/?$rid=" + rid_of(client.last("$iothub/twin/PATCH").topic) + "&$version=2", "");
    EXPECT_EQ(*link.next_due(), clock.steady_now() + minutes(5));
    EXPECT_EQ(gets(), 1);
}

TEST_F(HubLinkTest, LeavesAConnectionOnWhichTheTwinDoesNotAnswer) {
    link.start();
    go_online();
    EXPECT_EQ(wake(), minutes(5));
    EXPECT_EQ(wake(), seconds(30));
    EXPECT_FALSE(link.online());
    EXPECT_EQ(client.disconnects, 1U);
    EXPECT_NE(said.back().find("did not answer with the twin"), std::string::npos) << said.back();
    (void)wake();
    EXPECT_EQ(client.connects.size(), 2U);
}

TEST_F(HubLinkTest, TakesABusyAnswerAsASignOfLife) {
    link.start();
    go_online();
    (void)wake();
    client.events.message("$iothub/twin/res/429/?$rid=" + rid_of(client.last("$iothub/twin/GET/").topic),
                          "{}");
    EXPECT_TRUE(link.online());
    EXPECT_EQ(wake(), minutes(5));
}

TEST_F(HubLinkTest, AsksAgainForWhatItMissesWhenTheHubWasBusy) {
    link.start();
    go_online();
    client.events.message("$iothub/twin/PATCH/properties/desired/?$version=5", R"({"floor":5,"$version":5})");
    client.events.message("$iothub/twin/res/503/?$rid=" + rid_of(client.last("$iothub/twin/GET/").topic),
                          "{}");
    EXPECT_EQ(wake(), seconds(10));
    respond_to_get(R"({"desired":{"floor":5,"$version":5},"reported":{"$version":1}})");
    EXPECT_EQ(twin.value("floor").as_integer(), 5);
}

TEST_F(HubLinkTest, KeepsTheHubsNameTowardsAGateway) {
    HubSettings through = settings();
    through.identity.gateway_host = "edge.local";
    HubLink other(through, client, twin, reported, telemetry, clock, log, 1,
                  {.call_method = {}, .changed = [] {}});
    other.start();
    const MqttConnect& connect = client.connects.back();
    EXPECT_EQ(connect.host, "edge.local");
    client.events.connect_failed({MqttFailure::Kind::network, "refused"});
    EXPECT_NE(said.back().find("host=edge.local"), std::string::npos)
        << "who could not be reached: " << said.back();
    EXPECT_TRUE(connect.username.starts_with("hub.local/door-1/")) << connect.username;
    EXPECT_EQ(protocol::parse_sas_token(connect.password)->resource, "hub.local/devices/door-1");
}

// §1.1
TEST_F(HubLinkTest, HasNoPasswordAndNothingToRenewWithACertificate) {
    HubSettings own = settings();
    own.identity.shared_access_key.clear();
    own.identity.x509 = true;
    own.model_id = "dtmi:com:example:Door;1";
    own.certificate_file = "/etc/door.pem";
    own.key_file = "/etc/door.key";
    HubLink other(own, client, twin, reported, telemetry, clock, log, 1,
                  {.call_method = {}, .changed = [] {}});
    other.start();
    const MqttConnect& connect = client.connects.back();
    EXPECT_EQ(connect.password, "");
    EXPECT_EQ(connect.certificate_file, "/etc/door.pem");
    EXPECT_NE(connect.username.find("model-id="), std::string::npos);
    go_online();
    for (int i = 0; i < 100; ++i) {
        clock.advance(minutes(5));
        other.tick();
        respond_to_get(R"({"desired":{"$version":1},"reported":{"$version":1}})");
    }
    EXPECT_TRUE(other.online());
    EXPECT_EQ(client.disconnects, 0U);
}

TEST_F(HubLinkTest, SendsEventsOnceTheTwinIsHereAndAgainAfterALoss) {
    telemetry.add({.kind = "start", .facts = base::Json::object(), .at = {}, .clock_trusted = false});
    events.finish();
    link.start();
    client.events.connected();
    client.events.subscribed();
    EXPECT_TRUE(client.under_way.empty());
    respond_to_get(R"({"desired":{"$version":1},"reported":{"$version":1}})");
    EXPECT_EQ(client.under_way, (std::vector<std::uint64_t>{1}));
    client.events.lost("gone");
    (void)wake();
    go_online();
    EXPECT_EQ(client.under_way, (std::vector<std::uint64_t>{1, 1}));
    client.events.delivered(1);
    EXPECT_EQ(telemetry.waiting(), 0U);
}

TEST_F(HubLinkTest, LeavesAHubThatDoesNotAcknowledgeEvents) {
    telemetry.add({.kind = "start", .facts = base::Json::object(), .at = {}, .clock_trusted = false});
    events.finish();
    link.start();
    go_online();
    EXPECT_EQ(wake(), seconds(30));
    EXPECT_FALSE(link.online());
    EXPECT_NE(said.back().find("did not acknowledge"), std::string::npos) << said.back();
}

TEST_F(HubLinkTest, SaysHowLargeATwinIsThatItCannotTakeAndComesBackMoreAndMoreSlowly) {
    link.start();
    milliseconds longest(0);
    for (int i = 0; i < 20; ++i) {
        client.events.connected();
        client.events.subscribed();
        const std::string rid = rid_of(client.last("$iothub/twin/GET/").topic);
        client.events.oversized("$iothub/twin/res/200/?$rid=" + rid, 2000000);
        EXPECT_FALSE(link.online());
        EXPECT_NE(
            said.back().find(
                "the hub's answer to $iothub/twin/GET has 2000000 bytes, and a door takes at most 262144"),
            std::string::npos)
            << said.back();
        longest = std::max(longest, wake());
    }
    EXPECT_GT(longest, seconds(10));
    EXPECT_EQ(client.disconnects, 20U);
}

TEST_F(HubLinkTest, SaysWhatIsWrongWithATwinThatCannotBeRead) {
    link.start();
    const auto reason = [this](std::string_view twin_text) {
        go_online(twin_text);
        EXPECT_FALSE(link.online());
        (void)wake();
        return said.back();
    };
    EXPECT_NE(reason(R"({"desired":)").find("the hub's twin, of 11 bytes, cannot be read: "),
              std::string::npos)
        << said.back();
    EXPECT_NE(reason(R"({"reported":{}})").find("it has no object \\\"desired\\\""), std::string::npos)
        << said.back();
}

TEST_F(HubLinkTest, AnswersAMethodWhosePayloadNobodyHasRoomFor) {
    link.start();
    go_online();
    client.events.oversized("$iothub/methods/POST/lockDoor/?$rid=7", 300000);
    EXPECT_EQ(client.published.back().topic, "$iothub/methods/res/400/?$rid=7");
    EXPECT_NE(client.published.back().payload.find("the payload has 300000 bytes; at most 8192"),
              std::string::npos)
        << client.published.back().payload;
    EXPECT_TRUE(calls.empty());
    EXPECT_TRUE(link.online());
}

TEST_F(HubLinkTest, FetchesTheTwinWhenADesiredChangeIsTooLarge) {
    link.start();
    go_online();
    client.events.oversized("$iothub/twin/PATCH/properties/desired/?$version=2", 300000);
    EXPECT_EQ(gets(), 2);
    EXPECT_NE(said.back().find("a desired change of 300000 bytes"), std::string::npos) << said.back();
}

TEST_F(HubLinkTest, DoesNotTakeItsOwnRefusalForAnotherClient) {
    link.start();
    for (int i = 0; i < 3; ++i) {
        go_online();
        client.events.rejected("the hub sends a packet of 60000000 bytes");
        EXPECT_NE(said.back().find("60000000"), std::string::npos);
        EXPECT_EQ(said.back().find("another client"), std::string::npos);
        EXPECT_LE(wake(), seconds(1));
    }
    bool left = false;
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=1", "{}");
    link.stop([&] { left = true; });
    client.events.rejected("the hub sends a packet of 60000000 bytes");
    EXPECT_TRUE(left);
}

TEST_F(HubLinkTest, HasOneRequestForTheTwinUnderWayHoweverManyChangesAreMissing) {
    link.start();
    go_online();
    for (int version = 10; version < 2000; version += 2) {
        const std::string number = std::to_string(version);
        client.events.message("$iothub/twin/PATCH/properties/desired/?$version=" + number,
                              R"({"floor":1,"$version":)" + number + "}");
    }
    EXPECT_EQ(gets(), 2);
    respond_to_get(R"({"desired":{"floor":3,"$version":1000},"reported":{"$version":1}})");
    EXPECT_EQ(gets(), 3) << "the answer may be older than the last change";
    respond_to_get(R"({"desired":{"floor":4,"$version":1998},"reported":{"$version":1}})");
    EXPECT_EQ(gets(), 3);
    EXPECT_EQ(twin.value("floor").as_integer(), 4);
}

TEST_F(HubLinkTest, CountsWhatItIgnoresInsteadOfWritingALineForEach) {
    link.start();
    go_online();
    for (int i = 0; i < 2000; ++i)
        client.events.message("devices/other/messages/devicebound/" + std::to_string(i), "");
    EXPECT_EQ(said.size(), BoundedLog::most);
    clock.advance(BoundedLog::window);
    link.tick();
    EXPECT_EQ(said.back(), "event=message_ignored repeated=1990 within_s=60");
}

TEST_F(HubLinkTest, CountsWhatItIgnoredAlsoWhenTheConnectionIsGone) {
    link.start();
    go_online();
    for (int i = 0; i < 20; ++i)
        client.events.message("$iothub/twin/PATCH/properties/desired/?$version=2", "[]");
    client.events.lost("gone");
    client.events.connect_failed({MqttFailure::Kind::network, "refused"});
    clock.advance(BoundedLog::window);
    link.tick();
    EXPECT_EQ(std::count(said.begin(), said.end(), "event=message_ignored repeated=10 within_s=60"), 1);
    EXPECT_FALSE(link.next_due() && *link.next_due() <= clock.steady_now()) << "nothing is due for ever";
}

TEST_F(HubLinkTest, SurvivesWhatMakesNoSense) {
    link.start();
    go_online();
    for (const char* topic :
         {"", "$iothub", "$iothub/methods/POST/", "$iothub/twin/res/abc/?$rid=1",
          "$iothub/twin/PATCH/properties/desired/?$version=x", "devices/other/messages/devicebound/"}) {
        client.events.message(topic, "\xff{");
    }
    client.events.message("$iothub/twin/PATCH/properties/desired/?$version=2", "[1]");
    EXPECT_TRUE(link.online());
    EXPECT_TRUE(calls.empty());
}

TEST_F(HubLinkTest, SendsItsLastReportAndLeaves) {
    link.start();
    go_online();
    reported.set("lock", "locked");
    bool left = false;
    link.stop([&] { left = true; });
    EXPECT_EQ(client.published.back().payload, R"({"lock":"locked"})");
    EXPECT_EQ(client.disconnects, 1U);
    EXPECT_FALSE(left);
    client.events.disconnected();
    EXPECT_TRUE(left);
}

TEST_F(HubLinkTest, LeavesWhenTheLastAnswerHasBeenGiven) {
    link.start();
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=1", "{}");
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=2", "{}");
    bool left = false;
    link.stop([&] { left = true; });
    calls[1].done({200, "{}"});
    EXPECT_EQ(client.disconnects, 0U) << "the outcome of the other one is being written";
    calls[0].done({200, R"({"Response":"x"})"});
    EXPECT_EQ(client.published.back().topic, "$iothub/methods/res/200/?$rid=1");
    EXPECT_EQ(client.disconnects, 1U);
    client.events.disconnected();
    EXPECT_TRUE(left);
}

TEST_F(HubLinkTest, LeavesWhenAnAnswerThatHadNoRoomHasLeft) {
    link.start();
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=1", "{}");
    link.stop([] {});
    client.full = true;
    calls[0].done({200, "{}"});
    EXPECT_EQ(client.disconnects, 0U);
    client.full = false;
    EXPECT_EQ(wake(), milliseconds(10));
    EXPECT_EQ(client.published.back().topic, "$iothub/methods/res/200/?$rid=1");
    EXPECT_EQ(client.disconnects, 1U);
}

TEST_F(HubLinkTest, SendsWhatChangedWhileAReportWasUnderWayBeforeItLeaves) {
    link.start();
    go_online();
    reported.set("lock", "locking");
    link.report();
    const std::string rid = rid_of(client.last("$iothub/twin/PATCH").topic);
    reported.set("lock", "locked");
    link.stop([] {});
    EXPECT_EQ(client.disconnects, 0U);
    client.events.message("$iothub/twin/res/204/?$rid=" + rid + "&$version=2", "");
    EXPECT_EQ(client.published.back().payload, R"({"lock":"locked"})");
    EXPECT_EQ(client.disconnects, 1U);
}

TEST_F(HubLinkTest, WaitsForNoAnswerAndNoHubLongerThanASecondBeforeItLeaves) {
    link.start();
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=1", "{}");
    reported.set("lock", "locking");
    link.report();
    reported.set("lock", "locked");
    bool left = false;
    link.stop([&] { left = true; });
    EXPECT_LT(wake(), seconds(1));
    EXPECT_EQ(client.disconnects, 1U);
    EXPECT_LT(wake(), seconds(1));
    EXPECT_TRUE(left);
    calls[0].done({200, "{}"});
}

TEST_F(HubLinkTest, LeavesWhenTheConnectionBreaksUnderTheLastAnswer) {
    link.start();
    go_online();
    client.events.message("$iothub/methods/POST/lockDoor/?$rid=1", "{}");
    bool left = false;
    link.stop([&] { left = true; });
    client.events.lost("gone");
    EXPECT_TRUE(left);
    calls[0].done({200, "{}"});
    EXPECT_EQ(client.disconnects, 0U);
}

TEST_F(HubLinkTest, LeavesWithoutAWordFromTheBroker) {
    link.start();
    go_online();
    bool left = false;
    link.stop([&] { left = true; });
    EXPECT_LT(wake(), seconds(2));
    EXPECT_TRUE(left);
}

TEST_F(HubLinkTest, LeavesAtOnceWhileItWaits) {
    link.start();
    client.events.connect_failed({MqttFailure::Kind::network, "refused"});
    bool left = false;
    link.stop([&] { left = true; });
    EXPECT_TRUE(left);
}

}  // namespace
}  // namespace firmware
