// A whole hub on real sockets: devices over MQTT and TLS on one side, a service over HTTPS on the other.

#include "scheduler/hub/hub.hpp"

#include "base/json.hpp"
#include "hub_rig.hpp"
#include "protocol/topics.hpp"
#include "scheduler/hub/admin_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <string>

namespace hub {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

void subscribe(TlsDevice& device, std::string_view filter, std::uint8_t qos = 0) {
    ASSERT_TRUE(device.send(protocol::Subscribe{1, {{std::string(filter), qos}}}));
    ASSERT_TRUE(device.receive_one<protocol::Suback>());
}

// Answers the next method call with this status and payload.
void answer_method(TlsDevice& device, int status, const std::string& payload) {
    const auto call = device.receive_one<protocol::Publish>();
    ASSERT_TRUE(call);
    const auto meaning = protocol::parse_hub_publish(call->topic, "door-1");
    ASSERT_TRUE(meaning);
    const auto& request = std::get<protocol::MethodRequest>(*meaning);
    ASSERT_TRUE(device.send(protocol::Publish{.topic = protocol::method_response_topic(status, request.rid),
                                              .payload = payload}));
}

TEST(HubOnSockets, CarriesAMethodCallToTheDeviceAndItsAnswerBack) {
    HubRig rig;
    auto device = rig.connect("door-1", rig.add_device("door-1"));
    subscribe(*device, protocol::methods_filter);
    auto answer = std::async(std::launch::async, [&] {
        return rig.ask(
            "POST", "/twins/door-1/methods",
            R"({"methodName":"lockDoor","payload":{"lockTime":"10m"},"responseTimeoutInSeconds":10})");
    });
    answer_method(*device, 200, R"({"big":9007199254740993})");
    const http::Response response = answer.get();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"status":200,"payload":{"big":9007199254740993}})");
}

TEST(HubOnSockets, AnswersThatADeviceIsNotOnline) {
    HubRig rig;
    (void)rig.add_device("door-1");
    const http::Response response = rig.ask("POST", "/twins/door-1/methods", R"({"methodName":"lockDoor"})");
    EXPECT_EQ(response.status, 404);
    EXPECT_THAT(response.body, HasSubstr("404103"));
}

// §2.6. The call writes nothing, so that nothing but its own end can wake the hub.
TEST(HubOnSockets, EndsTheWaitForADeviceWhileNothingElseHappens) {
    HubRig rig;
    (void)rig.add_device("door-1");
    const http::Response response =
        rig.ask("POST", "/twins/door-1/methods", R"({"methodName":"lockDoor","connectTimeoutInSeconds":1})");
    EXPECT_EQ(response.status, 404);
    EXPECT_THAT(response.body, HasSubstr("404103"));
}

// §1.6
TEST(HubOnSockets, ACallInFlightFailsAtOnceWhenItsDeviceGoes) {
    HubRig rig;
    auto device = rig.connect("door-1", rig.add_device("door-1"));
    subscribe(*device, protocol::methods_filter);
    auto answer = std::async(std::launch::async, [&] {
        return rig.ask("POST", "/twins/door-1/methods", R"({"methodName":"lockDoor"})");
    });
    ASSERT_TRUE(device->receive_one<protocol::Publish>());
    device.reset();
    ASSERT_EQ(answer.wait_for(5s), std::future_status::ready);
    const http::Response response = answer.get();
    EXPECT_EQ(response.status, 404);
    EXPECT_THAT(response.body, HasSubstr("404104"));
}

TEST(HubOnSockets, CarriesDesiredPropertiesToTheDeviceAndReportedOnesBack) {
    HubRig rig;
    auto device = rig.connect("door-1", rig.add_device("door-1"));
    subscribe(*device, protocol::desired_filter, 1);
    subscribe(*device, protocol::twin_responses_filter);
    EXPECT_EQ(rig.ask("PATCH", "/twins/door-1", R"({"properties":{"desired":{"building":43}}})").status, 200);
    const auto desired = device->receive_one<protocol::Publish>();
    ASSERT_TRUE(desired);
    EXPECT_EQ(desired->topic, "$iothub/twin/PATCH/properties/desired/?$version=2");
    EXPECT_EQ(desired->qos, 1);
    EXPECT_TRUE(device->send(protocol::Puback{desired->packet_id}));

    EXPECT_TRUE(device->send(
        protocol::Publish{.topic = protocol::twin_reported_topic("7"), .payload = R"({"building":43})"}));
    const auto reply = device->receive_one<protocol::Publish>();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->topic, "$iothub/twin/res/204/?$rid=7&$version=2");
    const auto twin = base::Json::parse(rig.ask("GET", "/twins/door-1").body);
    ASSERT_TRUE(twin);
    EXPECT_EQ(twin->find("properties").find("reported").find("building").as_integer(), 43);
    EXPECT_EQ(twin->find("connectionState").as_string(), "Connected");
}

TEST(HubOnSockets, RunsAMethodJob) {
    HubRig rig;
    auto device = rig.connect("door-1", rig.add_device("door-1"));
    subscribe(*device, protocol::methods_filter);
    const http::Response made = rig.ask(
        "PUT", "/jobs/v2/j1",
        R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"lockDoor","payload":null},)"
        R"("queryCondition":"deviceId = 'door-1'","maxExecutionTimeInSeconds":60})");
    EXPECT_EQ(made.status, 200) << made.body;
    EXPECT_THAT(made.body, HasSubstr(R"("status":"queued")"));
    answer_method(*device, 200, "null");
    std::string status;
    for (int i = 0; i < 500 && status != "completed"; ++i) {
        const auto job = base::Json::parse(rig.ask("GET", "/jobs/v2/j1").body);
        ASSERT_TRUE(job);
        status = job->find("status").as_string().value_or("");
    }
    EXPECT_EQ(status, "completed");
}

// §1.1
TEST(HubOnSockets, ClosesTheOlderOfTwoConnectionsOfADevice) {
    HubRig rig;
    const std::string key = rig.add_device("door-1");
    auto older = rig.connect("door-1", key);
    auto newer = rig.connect("door-1", key);
    EXPECT_TRUE(older->closed_by_hub());
    EXPECT_TRUE(newer->send(protocol::Pingreq{}));
    EXPECT_TRUE(newer->receive_one<protocol::Pingresp>());
}

TEST(HubOnSockets, TellsAWrongKeyFiveAndCloses) {
    HubRig rig;
    (void)rig.add_device("door-1");
    TlsDevice device(rig.ca_file(), rig.mqtt_port());
    ASSERT_TRUE(
        device.send(connect_packet("door-1", "MDEyMzQ1Njc4OWFiY2RlZg==", std::chrono::system_clock::now())));
    const auto connack = device.receive_one<protocol::Connack>();
    ASSERT_TRUE(connack);
    EXPECT_EQ(connack->code, protocol::ConnectCode::not_authorized);
    EXPECT_TRUE(device.closed_by_hub());
}

// §1.1
TEST(HubOnSockets, ResumesATlsSession) {
    HubRig rig;
    const std::string key = rig.add_device("door-1");
    std::string ticket;
    {
        auto first = rig.connect("door-1", key);
        EXPECT_FALSE(first->resumed());
        ticket = first->ticket();
    }
    TlsDevice second(rig.ca_file(), rig.mqtt_port(), ticket);
    ASSERT_TRUE(second.connected());
    EXPECT_TRUE(second.resumed());
}

// §1.1: TLS only.
TEST(HubOnSockets, IsNotDisturbedByPeersThatDoNotSpeakTlsOrSayNothing) {
    HubRig rig;
    const std::string key = rig.add_device("door-1");
    TlsDevice silent(rig.ca_file(), rig.mqtt_port());
    TlsDevice babbler(rig.ca_file(), rig.mqtt_port());
    ASSERT_TRUE(babbler.send_bytes("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_TRUE(babbler.closed_by_hub());
    auto device = rig.connect("door-1", key);
    EXPECT_TRUE(device->send(protocol::Pingreq{}));
    EXPECT_TRUE(device->receive_one<protocol::Pingresp>());
}

// §1.5: 256 KB with its properties.
TEST(HubOnSockets, TakesAMessageOfTheLargestSizeAndRefusesALargerOne) {
    HubRig rig;
    auto device = rig.connect("door-1", rig.add_device("door-1"));
    protocol::Publish message{.topic = "devices/door-1/messages/events/",
                              .payload = std::string(std::size_t{256} * 1024, 'x'),
                              .qos = 1,
                              .packet_id = 1};
    ASSERT_TRUE(device->send(message));
    ASSERT_TRUE(device->receive_one<protocol::Puback>());
    message.payload += 'x';
    (void)device->send(message);
    EXPECT_TRUE(device->closed_by_hub());
}

TEST(HubOnSockets, ClosesADeviceThatIsDisabled) {
    HubRig rig;
    auto device = rig.connect("door-1", rig.add_device("door-1"));
    http::Response changed = rig.ask("GET", "/devices/door-1");
    EXPECT_EQ(rig.ask("DELETE", "/devices/door-1").status, 204);
    EXPECT_TRUE(device->closed_by_hub());
}

TEST(HubOnSockets, KeepsEverythingOverARestart) {
    HubRig rig;
    const std::string key = rig.add_device("door-1");
    auto device = rig.connect("door-1", key);
    subscribe(*device, protocol::methods_filter);
    EXPECT_EQ(rig.ask("PATCH", "/twins/door-1", R"({"tags":{"building":43}})").status, 200);
    rig.stop();
    EXPECT_TRUE(device->closed_by_hub());
    rig.start();

    TlsDevice again(rig.ca_file(), rig.mqtt_port());
    ASSERT_TRUE(again.send(connect_packet("door-1", key, std::chrono::system_clock::now())));
    const auto connack = again.receive_one<protocol::Connack>();
    ASSERT_TRUE(connack);
    EXPECT_TRUE(connack->session_present);
    auto answer = std::async(std::launch::async, [&] {
        return rig.ask("POST", "/twins/door-1/methods",
                       R"({"methodName":"lockDoor","connectTimeoutInSeconds":5})");
    });
    answer_method(again, 200, "null");  // the subscription is still there
    EXPECT_EQ(answer.get().status, 200);
    EXPECT_THAT(rig.ask("GET", "/twins/door-1").body, HasSubstr(R"("building":43)"));
}

TEST(HubOnSockets, AnswersAnEndlessStreamOfRequestsToItWithoutLeavingOthersWaiting) {
    HubRig rig;
    auto flood = rig.connect("door-1", rig.add_device("door-1"));
    auto device = rig.connect("door-2", rig.add_device("door-2"));
    std::string pings;
    for (int i = 0; i < 20'000; ++i)
        pings += protocol::encode(protocol::Pingreq{});
    ASSERT_TRUE(flood->send_bytes(pings));
    EXPECT_TRUE(device->send(protocol::Pingreq{}));
    EXPECT_TRUE(device->receive_one<protocol::Pingresp>());
    for (int i = 0; i < 20'000; ++i)
        ASSERT_TRUE(flood->receive_one<protocol::Pingresp>()) << i;
}

// §2.2: what never finds a route has the body from which the clients make typed errors too.
TEST(HubOnSockets, AnswersBelowTheRoutesInTheSameWords) {
    HubRig rig;
    const http::Response large = rig.ask("PUT", "/devices/door-1", std::string(2'000'000, ' '));
    EXPECT_EQ(large.status, 413);
    EXPECT_THAT(large.body, HasSubstr("\"Message\":\"ErrorCode:MessageTooLarge;"));
    EXPECT_THAT(large.body, HasSubstr("\"ExceptionMessage\":\"Tracking ID:"));
    const http::Response upgrade = rig.ask("GET", "/$iothub/websocket");
    EXPECT_EQ(upgrade.status, 426);
    EXPECT_THAT(upgrade.body, HasSubstr("ErrorCode:UpgradeRequired;"));
}

TEST(HubOnSockets, RegistersADeviceForItsOwnUserWhileItRuns) {
    HubRig rig;
    const auto added = ask_running_hub(rig.directory(), {"device", "add", "door-1"});
    ASSERT_TRUE(added);
    EXPECT_TRUE(added->done);
    EXPECT_THAT(added->text, HasSubstr("HostName=localhost:" + std::to_string(rig.mqtt_port()) +
                                       ";DeviceId=door-1;SharedAccessKey="));
    const auto again = ask_running_hub(rig.directory(), {"device", "add", "door-1"});
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->done);
    EXPECT_THAT(again->text, HasSubstr("door-1"));
}

TEST(HubOnSockets, SaysThatNoneRunsWhenNoneRuns) {
    HubRig rig;
    rig.stop();
    const auto answer = ask_running_hub(rig.directory(), {"policy", "list"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, base::Errc::unavailable);
}

// ---- what keeps a hub from starting ----

class HubStart : public testing::Test {
  protected:
    std::string refusal(const Hub::Options& options) {
        const auto opened = Hub::open(options, clock_, log_);
        EXPECT_FALSE(opened);
        return opened ? std::string() : opened.error().message;
    }
    HubRig rig_;
    base::RealClock clock_;
    base::Log log_{base::Level::error, [](base::Level, std::string_view) {}};
};

TEST_F(HubStart, NamesAPortThatIsInUse) {
    Hub::Options options = rig_.options();
    options.directory += "-other";
    EXPECT_THAT(refusal(options), testing::AllOf(HasSubstr(std::to_string(rig_.mqtt_port())),
                                                 HasSubstr("in use"), HasSubstr("--mqtt-port")));
}

TEST_F(HubStart, RefusesADirectoryThatAnotherHubHolds) {
    EXPECT_THAT(refusal(rig_.options()), HasSubstr(rig_.directory()));
}

TEST_F(HubStart, RefusesAKeyThatOthersCanRead) {
    rig_.stop();
    const std::string key = rig_.directory() + "/server.key";
    std::filesystem::permissions(key, std::filesystem::perms(0644));
    EXPECT_THAT(refusal(rig_.options()), testing::AllOf(HasSubstr(key), HasSubstr("chmod 600")));
}

TEST_F(HubStart, RefusesADirectoryThatOthersMayWriteTo) {
    rig_.stop();
    std::filesystem::permissions(rig_.directory(), std::filesystem::perms(0770));
    EXPECT_THAT(refusal(rig_.options()),
                testing::AllOf(HasSubstr(rig_.directory()), HasSubstr("chmod go-w")));
}

TEST_F(HubStart, RefusesADirectoryThatCannotBeMade) {
    Hub::Options options = rig_.options();
    options.directory = rig_.ca_file() + "/data";
    EXPECT_THAT(refusal(options), testing::AllOf(HasSubstr(options.directory), HasSubstr("--data")));
}

TEST_F(HubStart, RefusesAnAddressThatIsNone) {
    rig_.stop();
    Hub::Options options = rig_.options();
    options.settings.listen = "everywhere";
    EXPECT_THAT(refusal(options), HasSubstr("everywhere"));
}

TEST_F(HubStart, MakesNothingTheSecondTime) {
    const auto before = rig_.log().size();
    rig_.stop();
    rig_.start();
    const auto lines = rig_.log();
    for (std::size_t i = before; i < lines.size(); ++i) {
        EXPECT_THAT(lines[i], testing::Not(HasSubstr("event=made")));
    }
}

}  // namespace
}  // namespace hub
