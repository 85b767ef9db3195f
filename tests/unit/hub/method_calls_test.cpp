#include "scheduler/hub/method_calls.hpp"

#include "tests/unit/hub/full_link.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace hub {
namespace {

using protocol::HubError;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

class MethodCallsTest : public testing::Test {
  protected:
    // Where the outcome of a call lands.
    using Slot = std::optional<Outcome<MethodResult>>;
    static MethodCalls::Done into(Slot& slot) {
        return [&slot](Outcome<MethodResult> outcome) {
            EXPECT_FALSE(slot) << "ended twice";
            slot = std::move(outcome);
        };
    }
    void call(Slot& slot, seconds connect_timeout = seconds(0)) {
        hub.calls.call("d1", {"lockDoor", R"({"lockTime":"10m"})", seconds(30), connect_timeout}, into(slot));
    }
    void answer(FakeLink& from, const std::string& rid, const std::string& payload, int status = 200) {
        ASSERT_TRUE(hub.publish("d1", from, "$iothub/methods/res/" + std::to_string(status) + "/?$rid=" + rid,
                                payload));
    }
    static HubError code(const Slot& slot) {
        EXPECT_TRUE(slot);
        if (!slot || *slot) return HubError::server_error;
        return slot->error().code;
    }

    HubRig hub;
    FakeLink link;
    Slot result;
};

TEST_F(MethodCallsTest, BringsBackWhatTheDeviceAnswers) {
    hub.connect("d1", link);
    call(result);
    EXPECT_THAT(link.last().topic, StartsWith("$iothub/methods/POST/lockDoor/?$rid="));
    EXPECT_EQ(link.last().payload, R"({"lockTime":"10m"})");
    answer(link, link.last_rid(), R"({"n":9007199254740993})", 409);
    ASSERT_TRUE(result);
    ASSERT_TRUE(*result);
    EXPECT_EQ(method_result_json(**result), R"({"status":409,"payload":{"n":9007199254740993}})");
    EXPECT_EQ(hub.calls.in_flight(), 0U);
    EXPECT_FALSE(hub.calls.next_due());
}

// §1.6: no payload is null, both ways.
TEST_F(MethodCallsTest, SendsAndReadsNullForNothing) {
    hub.connect("d1", link);
    const auto request = parse_method_request(R"({"methodName":"getStatus"})");
    ASSERT_TRUE(request);
    hub.calls.call("d1", *request, into(result));
    EXPECT_EQ(link.last().payload, "null");
    answer(link, link.last_rid(), "");
    ASSERT_TRUE(result && *result);
    EXPECT_EQ((*result)->payload, "null");
}

TEST_F(MethodCallsTest, TellsAtOnceThatADeviceIsNotThere) {
    hub.add_device("d1");
    call(result);
    EXPECT_EQ(code(result), HubError::device_not_online);
    EXPECT_THAT(result->error().message, HasSubstr("https://aka.ms/iothub404103"));
}

TEST_F(MethodCallsTest, TellsAtOnceThatADeviceDoesNotListen) {
    hub.add_device("d1");
    ASSERT_TRUE(hub.attach("d1", link));
    call(result);
    EXPECT_EQ(code(result), HubError::device_not_online);
}

TEST_F(MethodCallsTest, KnowsNoDeviceThatIsNotRegistered) {
    call(result, seconds(10));
    EXPECT_EQ(code(result), HubError::device_not_found);
}

TEST_F(MethodCallsTest, WaitsForADeviceAsLongAsItWasAsked) {
    hub.add_device("d1");
    call(result, seconds(20));
    hub.clock.advance(seconds(19));
    hub.calls.tick();
    EXPECT_FALSE(result);
    hub.connect("d1", link);
    ASSERT_THAT(link.last().topic, StartsWith("$iothub/methods/POST/lockDoor/"));
    hub.clock.advance(seconds(29));  // the time-out for the answer begins with the call
    hub.calls.tick();
    EXPECT_FALSE(result);
    answer(link, link.last_rid(), "true");
    EXPECT_TRUE(result && *result);
}

TEST_F(MethodCallsTest, StopsWaitingForADevice) {
    hub.add_device("d1");
    call(result, seconds(20));
    hub.clock.advance(*hub.calls.next_due() - hub.clock.steady_now());
    hub.calls.tick();
    EXPECT_EQ(code(result), HubError::device_not_online);
    hub.connect("d1", link);
    EXPECT_TRUE(link.sent.empty());
}

// §2.6: the 504 must be there before Node's own time-out.
TEST_F(MethodCallsTest, EndsACallThatIsNotAnsweredInTime) {
    hub.connect("d1", link);
    call(result);
    const auto due = hub.calls.next_due();
    ASSERT_TRUE(due);
    EXPECT_LT(*due, hub.clock.steady_now() + seconds(30));
    EXPECT_GT(*due, hub.clock.steady_now() + seconds(29));
    hub.clock.advance(seconds(30));
    hub.calls.tick();
    EXPECT_EQ(code(result), HubError::gateway_timeout);
    answer(link, link.last_rid(), "true");  // late: ignored
}

TEST_F(MethodCallsTest, EndsACallWithItsConnection) {
    hub.connect("d1", link);
    call(result);
    FakeLink newer;
    hub.attach("d1", newer);
    EXPECT_EQ(code(result), HubError::device_connection_closed_remotely);
    EXPECT_THAT(result->error().message,
                HasSubstr("the connection ended before the device answered; whether it carried the method "
                          "out is not known"));
    EXPECT_TRUE(newer.sent.empty());
    answer(newer, link.last_rid(), "true");  // of a call that died with the connection before
}

TEST_F(MethodCallsTest, WasNotSentOverALinkThatEndsInsteadOfTakingIt) {
    FullLink full(hub);
    ASSERT_TRUE(hub.commit());
    call(result);
    EXPECT_EQ(code(result), HubError::device_not_online);
    EXPECT_EQ(hub.calls.in_flight(), 0U);
}

TEST_F(MethodCallsTest, EndsWhatWasSentAndWhatWaitsWhenTheHubStops) {
    hub.connect("d1", link);
    hub.add_device("d2");
    Slot waiting;
    call(result);
    hub.calls.call("d2", {"m", "null", seconds(30), seconds(60)}, into(waiting));
    hub.calls.stop();
    EXPECT_EQ(code(result), HubError::device_connection_closed_remotely);
    EXPECT_EQ(code(waiting), HubError::device_not_online);
    EXPECT_EQ(hub.calls.in_flight(), 0U);
    Slot late;
    hub.calls.call("d2", {"m", "null", seconds(30), seconds(60)}, into(late));
    EXPECT_EQ(code(late), HubError::device_not_online);
}

TEST_F(MethodCallsTest, TellsCallsApart) {
    hub.connect("d1", link);
    Slot other;
    call(result);
    const std::string first = link.last_rid();
    call(other);
    const std::string second = link.last_rid();
    EXPECT_NE(first, second);
    answer(link, second, "2");
    EXPECT_FALSE(result);
    ASSERT_TRUE(other && *other);
    EXPECT_EQ((*other)->payload, "2");
    answer(link, first, "1");
    ASSERT_TRUE(result && *result);
    EXPECT_EQ((*result)->payload, "1");
}

TEST_F(MethodCallsTest, TakesNoAnswerFromAnotherDevice) {
    hub.connect("d1", link);
    FakeLink stranger;
    hub.connect("d2", stranger);
    call(result);
    ASSERT_TRUE(hub.publish("d2", stranger, "$iothub/methods/res/200/?$rid=" + link.last_rid(), "1"));
    EXPECT_FALSE(result);
    ASSERT_TRUE(hub.publish("d1", link, "$iothub/methods/res/200/?$rid=unknown", "1"));
    EXPECT_FALSE(result);
}

TEST_F(MethodCallsTest, RefusesAnAnswerThatIsNoJsonOrTooLarge) {
    hub.connect("d1", link);
    call(result);
    answer(link, link.last_rid(), "locked");
    EXPECT_EQ(code(result), HubError::deserialization_error);
    Slot large;
    call(large);
    answer(link, link.last_rid(), '"' + std::string(max_method_payload, 'x') + '"');
    EXPECT_EQ(code(large), HubError::message_too_large);
}

TEST_F(MethodCallsTest, BoundsTheCallsToOneDevice) {
    hub.connect("d1", link);
    std::vector<Slot> slots(50);
    for (Slot& slot : slots)
        call(slot);
    call(result);
    EXPECT_EQ(code(result), HubError::device_maximum_inflight_method_exceeded);
    hub.sessions.detach("d1", link);
    for (const Slot& slot : slots)
        EXPECT_EQ(code(slot), HubError::device_connection_closed_remotely);
    EXPECT_EQ(hub.calls.in_flight(), 0U);
}

TEST_F(MethodCallsTest, BoundsTheCallsTogether) {
    MethodCalls few(hub.sessions, hub.registry, hub.clock, {.most = 2, .most_a_device = 2});
    for (const char* id : {"a", "b", "c"})
        hub.add_device(id);
    Slot a;
    Slot b;
    few.call("a", {"m", "null", seconds(30), seconds(10)}, into(a));
    few.call("b", {"m", "null", seconds(30), seconds(10)}, into(b));
    few.call("c", {"m", "null", seconds(30), seconds(10)}, into(result));
    EXPECT_EQ(code(result), HubError::throttling_exception);
    hub.clock.advance(seconds(10));
    few.tick();
    EXPECT_EQ(code(a), HubError::device_not_online);
    EXPECT_EQ(code(b), HubError::device_not_online);
}

TEST(MethodRequestTest, ReadsTheBodyAndKeepsThePayloadAsItIs) {
    const auto request = parse_method_request(
        R"({"methodName":"m","payload": {"d":"2026-01-01T00:00:00Z", "n":1.50},"responseTimeoutInSeconds":5,)"
        R"("connectTimeoutInSeconds":7})");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->name, "m");
    EXPECT_EQ(request->payload, R"({"d":"2026-01-01T00:00:00Z", "n":1.50})");
    EXPECT_EQ(request->response_timeout, seconds(5));
    EXPECT_EQ(request->connect_timeout, seconds(7));
}

TEST(MethodRequestTest, HasTheDefaultsOfIotHub) {
    const auto request = parse_method_request(R"({"methodName":"m","responseTimeoutInSeconds":null})");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->response_timeout, seconds(30));
    EXPECT_EQ(request->connect_timeout, seconds(0));
}

TEST(MethodRequestTest, TellsWhatIsWrong) {
    const auto fault = [](const std::string& body) {
        const auto request = parse_method_request(body);
        EXPECT_FALSE(request) << body.substr(0, 80);
        return request ? Fault{} : request.error();
    };
    EXPECT_THAT(fault("{").message, HasSubstr("line 1"));
    EXPECT_THAT(fault("{}").message, HasSubstr("methodName is missing"));
    EXPECT_THAT(fault(R"({"methodName":5})").message, HasSubstr("string"));
    EXPECT_THAT(fault(R"({"methodName":" "})").message, HasSubstr("methodName"));
    EXPECT_THAT(fault(R"({"methodName":"a/b"})").message, HasSubstr("methodName"));
    EXPECT_THAT(fault(R"({"methodName":"m","responseTimeoutInSeconds":4})").message, HasSubstr("5 to 300"));
    EXPECT_THAT(fault(R"({"methodName":"m","responseTimeoutInSeconds":301})").message, HasSubstr("5 to 300"));
    EXPECT_THAT(fault(R"({"methodName":"m","connectTimeoutInSeconds":301})").message, HasSubstr("0 to 300"));
    EXPECT_THAT(fault(R"({"methodName":"m","connectTimeoutInSeconds":1.5})").message,
                HasSubstr("whole number"));
    const std::string large(max_method_payload, 'x');
    EXPECT_EQ(fault(R"({"methodName":"m","payload":")" + large + R"("})").code, HubError::message_too_large);
    EXPECT_EQ(fault(R"({"methodName":"m","payload":")" + large + large + R"("})").code,
              HubError::message_too_large);
}

}  // namespace
}  // namespace hub
