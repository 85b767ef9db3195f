// Who may ask what: every route of the service API, and every topic of a device, against every kind of
// caller.
#include "endpoint_rig.hpp"
#include "scheduler/hub/service_api.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned read = 1;
constexpr unsigned write = 2 | 1;
constexpr unsigned service = 4;
constexpr unsigned everything = 15;

struct Row {
    std::string_view method, pattern;
    std::optional<unsigned> right;  // none: no token is needed
    bool open_here = false;         // nor by callers on this machine
};

// The whole of it (iothub-protocol.md §2.1, §2.3). A route that is not here fails the first test.
constexpr std::array table{
    Row{"GET", "", std::nullopt},  // leads to the console
    Row{"GET", "/console", std::nullopt},
    Row{"GET", "/console/{}", std::nullopt},
    Row{"GET", "/devices", read},
    Row{"POST", "/devices", write},
    Row{"GET", "/devices/{}", read},
    Row{"PUT", "/devices/{}", write},
    Row{"DELETE", "/devices/{}", write},
    Row{"GET", "/devices/{}/modules", read},
    Row{"GET", "/devices/{}/modules/{}", read},
    Row{"PUT", "/devices/{}/modules/{}", write},
    Row{"DELETE", "/devices/{}/modules/{}", write},
    Row{"DELETE", "/devices/{}/commands", service},
    Row{"GET", "/statistics/devices", read},
    Row{"GET", "/statistics/service", service},
    Row{"POST", "/devices/query", service},
    Row{"GET", "/twins/{}", service},
    Row{"PATCH", "/twins/{}", service},
    Row{"PUT", "/twins/{}", service},
    Row{"POST", "/twins/{}/methods", service},
    Row{"GET", "/twins/{}/modules/{}", service},
    Row{"PATCH", "/twins/{}/modules/{}", service},
    Row{"PUT", "/twins/{}/modules/{}", service},
    Row{"POST", "/twins/{}/modules/{}/methods", service},
    Row{"PUT", "/jobs/v2/{}", service},
    Row{"GET", "/jobs/v2/{}", service},
    Row{"POST", "/jobs/v2/{}/cancel", service},
    Row{"GET", "/jobs/v2/query", service},
    Row{"GET", "/lockhub/v1/capabilities", 0U},
    Row{"GET", "/lockhub/v1/policies", everything},
    Row{"GET", "/lockhub/v1/policies/{}", everything},
    Row{"PUT", "/lockhub/v1/policies/{}", everything},
    Row{"DELETE", "/lockhub/v1/policies/{}", everything},
    Row{"GET", "/lockhub/v1/audit", read},
    Row{"GET", "/lockhub/v1/events", service},
    Row{"GET", "/lockhub/v1/telemetry", service},
    Row{"POST", "/lockhub/v1/devices/{}/messages", service},
    Row{"GET", "/metrics", service, true},
    Row{"GET", "/healthz", std::nullopt},
    Row{"GET", "/readyz", std::nullopt},
};

constexpr std::string_view from_elsewhere = "192.0.2.7:4711";  // RFC 5737: nobody's address
constexpr std::string_view from_here = "127.0.0.1:4711";

std::string describe(std::string_view method, std::string_view pattern, std::optional<unsigned> right,
                     bool open_here) {
    return std::string(method) + " " + std::string(pattern) + ": " +
           (right ? "rights " + std::to_string(*right) : "open") + (open_here ? ", open here" : "");
}

class AuthorizationTableTest : public testing::Test {
  protected:
    AuthorizationTableTest() {
        door_ = rig_.add_device("door-1");
        other_ = rig_.add_device("door-2");
        // A policy for each set of rights that there is; the empty one cannot be made.
        for (unsigned bits = 1; bits <= everything; ++bits) {
            const Rights rights = Rights::from_bits(bits);
            if (rights.bits() != bits) continue;
            EXPECT_TRUE(rig_.policies.put(name_of(bits), {.rights = rights, .keys = {}}));
        }
        rig_.commit();
        rig_.domain.runner.recover();
    }

    static std::string name_of(unsigned bits) { return "rights-" + std::to_string(bits); }

    [[nodiscard]] std::string key_of(const std::string& policy) const {
        return rig_.policies.find(policy)->keys.primary;
    }
    [[nodiscard]] std::string good_token(const std::string& policy) const {
        return token(rig_, "localhost", key_of(policy), 1h, policy);
    }
    // Each is wrong in one way; for a route that any policy opens too.
    [[nodiscard]] std::map<std::string, std::string> bad_tokens() const {
        const std::string good = good_token("iothubowner");
        const std::string foreign_key =
            "b3RoZXItaHVi"
            "b3RoZXItaHVi"
            "b3RoZXItaHVi";
        std::string tampered = good;
        const std::size_t signature = tampered.find("sig=") + 4;
        tampered[signature] = tampered[signature] == 'A' ? 'B' : 'A';
        std::string longer = good;
        const std::size_t end = longer.find("se=") + 3;
        longer[end] = '9';
        std::string raised = good_token("registryRead");
        raised.replace(raised.find("skn=registryRead"), 16, "skn=iothubowner");
        return {
            {"missing", ""},
            {"empty scheme", "SharedAccessSignature "},
            {"other scheme", "Bearer " + good},
            {"garbage", "SharedAccessSignature sr=%zz&sig=&se=-1"},
            {"expired", token(rig_, "localhost", key_of("iothubowner"), -301s, "iothubowner")},
            {"tampered signature", tampered},
            {"its end moved", longer},
            {"another policy's name", raised},
            {"unknown policy", token(rig_, "localhost", key_of("iothubowner"), 1h, "nobody")},
            {"other hub's key", token(rig_, "localhost", foreign_key, 1h, "iothubowner")},
            {"a device's key", token(rig_, "localhost", door_.keys.primary)},
            {"a device's key, for itself", token(rig_, "localhost/devices/door-1", door_.keys.primary)},
            {"a device's key, as a policy", token(rig_, "localhost", door_.keys.primary, 1h, "iothubowner")},
            {"for a part only",
             token(rig_, "localhost/devices/door-1", key_of("iothubowner"), 1h, "iothubowner")}};
    }

    // The answer, if there is one by the end of the turn: calls to a device and streams take longer.
    std::optional<http::Response> ask(const Row& row, const std::string& authorization,
                                      std::string_view device, std::string_view peer = from_elsewhere) {
        http::Request request;
        request.method = row.method;
        request.path = row.pattern;
        request.peer = peer;
        for (std::size_t at = request.path.find("{}"); at != std::string::npos;
             at = request.path.find("{}")) {
            request.path.replace(at, 2, device);
        }
        request.query["api-version"] = "2021-04-12";
        if (!authorization.empty()) request.headers["Authorization"] = authorization;
        auto answer = std::make_shared<std::optional<http::Response>>();
        api_.router().handle(
            request, http::Responder([answer](http::Response response) { *answer = std::move(response); }));
        rig_.commit();
        return *answer;
    }
    bool lets_in(const Row& row, const std::string& authorization, std::string_view peer = from_elsewhere) {
        const auto answer = ask(row, authorization, "nobody", peer);
        return !answer || answer->status != 401;
    }

    EndpointRig rig_;
    EventStreams streams_{rig_.database, rig_.domain.event_log, rig_.domain.events, rig_.clock, {}};
    Metrics metrics_{rig_.domain, streams_, rig_.clock};
    Health health_{rig_.database, metrics_, rig_.clock, [] { return true; }};
    ServiceApi api_{{.domain = rig_.domain, .streams = streams_, .metrics = metrics_, .health = health_},
                    8883,
                    rig_.clock};
    Device door_;
    Device other_;
};

TEST_F(AuthorizationTableTest, HoldsEveryRoute) {
    std::vector<std::string> expected, found;
    for (const Row& row : table)
        expected.push_back(describe(row.method, row.pattern, row.right, row.open_here));
    for (const Router::Demand& row : api_.router().table()) {
        found.push_back(describe(row.method, row.pattern,
                                 row.right ? std::optional(row.right->bits()) : std::nullopt, row.open_here));
    }
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
}

TEST_F(AuthorizationTableTest, OpensEachRouteToThoseWhoHaveItsRightAndToNobodyElse) {
    std::size_t checked = 0;
    for (const Row& row : table) {
        for (unsigned bits = 1; bits <= everything; ++bits) {
            const Policy* policy = rig_.policies.find(name_of(bits));
            if (policy == nullptr) continue;
            // Writing implies reading (§2.1): the rights of a policy say so themselves.
            const unsigned needed = row.right.value_or(0);
            const bool may = (policy->rights.bits() & needed) == needed;
            EXPECT_EQ(lets_in(row, good_token(policy->name)), may)
                << row.method << " " << row.pattern << " with " << to_text(policy->rights);
            if (policy->rights == Rights::all()) {
                // It may have taken itself away the policies it was asked to delete.
                ASSERT_NE(rig_.policies.find(name_of(bits)), nullptr);
            }
            ++checked;
        }
    }
    EXPECT_GE(checked, table.size() * 11);
}

TEST_F(AuthorizationTableTest, RefusesEveryBadTokenOnEveryRouteWithTheDocumentedError) {
    for (const Row& row : table) {
        for (const auto& [what, bad] : bad_tokens()) {
            if (!row.right) {
                EXPECT_TRUE(lets_in(row, bad)) << row.pattern << " asks for no token; " << what;
                continue;
            }
            const auto answer = ask(row, bad, "door-1");
            ASSERT_TRUE(answer) << row.pattern << ", " << what;
            EXPECT_EQ(answer->status, 401) << row.method << " " << row.pattern << ", " << what;
            EXPECT_THAT(answer->body, HasSubstr("ErrorCode:IotHubUnauthorizedAccess;")) << what;
        }
    }
    EXPECT_TRUE(rig_.registry.find("door-1")) << "a refused request changes nothing";
}

// Who only lacks a right, has no token or an old one is refused at once however often; who guesses waits
// (RefusalPace).
TEST_F(AuthorizationTableTest, TellsGuessesFromOtherRefusals) {
    const std::set<std::string> guesses{"tampered signature",    "its end moved",
                                        "another policy's name", "unknown policy",
                                        "other hub's key",       "a device's key, as a policy"};
    const Row row{"GET", "/devices/{}", read};
    for (const auto& [what, bad] : bad_tokens()) {
        EXPECT_EQ(ask(row, bad, "door-1")->wrong_proof, guesses.contains(what)) << what;
    }
    const auto lacks = ask(row, good_token("service"), "door-1");
    EXPECT_EQ(lacks->status, 401);
    EXPECT_FALSE(lacks->wrong_proof);
    EXPECT_FALSE(ask(row, good_token("iothubowner"), "door-1")->wrong_proof);
}

TEST_F(AuthorizationTableTest, TellsStrangersNothing) {
    const auto without_tracking = [](std::string body) {  // one id and one time an answer
        for (const std::string_view mark : {"Tracking ID:", "TimeStamp:"}) {
            const std::size_t at = body.find(mark);
            if (at != std::string::npos) body.erase(at, body.find_first_of("\",", at) - at);
        }
        return body;
    };
    for (const Row& row : table) {
        if (!row.right) continue;
        for (const auto& [what, bad] : bad_tokens()) {
            const auto known = ask(row, bad, "door-1");
            const auto unknown = ask(row, bad, "no-door");
            ASSERT_TRUE(known && unknown);
            EXPECT_EQ(without_tracking(known->body), without_tracking(unknown->body))
                << row.method << " " << row.pattern << ", " << what;
            for (const Device* device : {&door_, &other_}) {
                EXPECT_THAT(known->body, AllOf(Not(HasSubstr(device->keys.primary)),
                                               Not(HasSubstr(device->keys.secondary))));
            }
            for (const Policy& policy : rig_.policies.list()) {
                EXPECT_THAT(known->body, Not(HasSubstr(policy.keys.primary)));
            }
        }
    }
}

TEST_F(AuthorizationTableTest, OpensWhatIsOpenHereToThisMachineOnly) {
    for (const Row& row : table) {
        if (!row.right) continue;
        EXPECT_EQ(lets_in(row, "", from_here), row.open_here) << row.pattern;
        EXPECT_EQ(lets_in(row, "", "[::1]:1"), row.open_here) << row.pattern;
        EXPECT_FALSE(lets_in(row, "", "127")) << row.pattern;
        EXPECT_FALSE(lets_in(row, "", "")) << row.pattern;
    }
}

// ---- devices, §1.1 and §1.3 ----

TEST_F(AuthorizationTableTest, LetsADeviceInByWhatIsItsOwnOnly) {
    struct Attempt {
        std::string what, password;
        bool let_in;
    };
    const std::string own = "localhost/devices/door-1";
    std::vector<Attempt> attempts{
        {"its primary key", token(rig_, own, door_.keys.primary), true},
        {"its secondary key", token(rig_, own, door_.keys.secondary), true},
        {"another device's key", token(rig_, own, other_.keys.primary), false},
        {"another device's token", token(rig_, "localhost/devices/door-2", other_.keys.primary), false},
        {"its key for another's path", token(rig_, "localhost/devices/door-2", door_.keys.primary), false},
        {"its key for a path that begins alike", token(rig_, own + "0", door_.keys.primary), false},
        {"ended", token(rig_, own, door_.keys.primary, -301s), false},
        {"nothing", "", false},
        {"the key itself", door_.keys.primary, false},
        {"garbage", "SharedAccessSignature sr=&sig=&se=", false},
    };
    for (const Policy& policy : rig_.policies.list()) {
        const bool may = policy.rights.include(Rights::device_connect());
        attempts.push_back({"policy " + policy.name, good_token(policy.name), may});
        attempts.push_back({"policy " + policy.name + ", another's path",
                            token(rig_, "localhost/devices/door-2", policy.keys.primary, 1h, policy.name),
                            false});
        attempts.push_back({"policy " + policy.name + " by the key of " + door_.id,
                            token(rig_, "localhost", door_.keys.primary, 1h, policy.name), false});
    }
    for (const Attempt& attempt : attempts) {
        const auto connect =
            rig_.authorization.device({.client_id = "door-1",
                                       .username = "localhost/door-1/?api-version=2021-04-12",
                                       .password = attempt.password});
        EXPECT_EQ(connect.admission.has_value(), attempt.let_in) << attempt.what;
        if (attempt.let_in) continue;
        EXPECT_EQ(connect.refusal.code, protocol::ConnectCode::not_authorized) << attempt.what;
        EXPECT_THAT(connect.refusal.reason, AllOf(Not(HasSubstr(door_.keys.primary)), Not(HasSubstr("sig="))))
            << attempt.what;
    }
}

// §1.4: what a device may publish ends its connection when it stands under another's name, and what it
// subscribes to under another's name never comes.
TEST_F(AuthorizationTableTest, KeepsADeviceAmongItsOwnTopics) {
    HubRig hub;
    FakeLink door;
    FakeLink other;
    hub.connect("door-1", door);
    hub.connect("door-2", other);
    const std::vector<std::string> own{"devices/door-1/messages/events/",
                                       "devices/door-1/messages/events/a=b", "$iothub/twin/GET/?$rid=1",
                                       "$iothub/twin/PATCH/properties/reported/?$rid=2"};
    for (const std::string& topic : own) {
        EXPECT_TRUE(hub.publish("door-1", door, topic, topic.find("PATCH") == std::string::npos ? "" : "{}"))
            << topic;
    }
    const std::vector<std::string> foreign{
        "devices/door-2/messages/events/",
        "devices/door-2/messages/events/a=b",
        "devices/door-1/modules/cam/messages/events/",
        "devices/door-2/messages/devicebound/",
        "devices/door-1/messages/devicebound/",
        "devices/door-1/../door-2/messages/events/",
        "devices/door-1%2f/messages/events/",
        "devices//messages/events/",
        "devices/DOOR-1/messages/events/",
        "$iothub/methods/POST/lockDoor/?$rid=1",
        "$iothub/twin/PATCH/properties/desired/?$version=9",
        "$iothub/twin/res/200/?$rid=1",
    };
    for (const std::string& topic : foreign) {
        EXPECT_FALSE(hub.publish("door-1", door, topic, "{}")) << topic;
    }
    (void)hub.subscribe("door-1", door,
                        {{"devices/door-2/messages/devicebound/#", 1}, {"devices/door-2/#", 1}, {"#", 1}});
    door.sent.clear();
    ASSERT_TRUE(hub.twins.patch("door-2", R"({"properties":{"desired":{"floor":3}}})", {}));
    ASSERT_TRUE(hub.publish("door-2", other, "$iothub/twin/PATCH/properties/reported/?$rid=7", R"({"a":1})"));
    hub.commit();
    EXPECT_THAT(door.sent, testing::IsEmpty());
    EXPECT_FALSE(other.sent.empty());
}

// The answer to a method counts only from the device that was asked.
TEST_F(AuthorizationTableTest, TakesNoAnswerFromAnotherDevice) {
    HubRig hub;
    FakeLink door;
    FakeLink other;
    hub.connect("door-1", door);
    hub.connect("door-2", other);
    std::optional<int> status;
    MethodRequest request;
    request.name = "lockDoor";
    request.payload = "{}";
    hub.calls.call("door-1", request,
                   [&status](const Outcome<MethodResult>& result) { status = result ? result->status : -1; });
    hub.commit();
    ASSERT_THAT(door.last().topic, HasSubstr("$iothub/methods/POST/lockDoor/?$rid="));
    const std::string answer = "$iothub/methods/res/200/?$rid=" + door.last_rid();
    (void)hub.publish("door-2", other, answer, R"({"forged":true})");
    EXPECT_EQ(status, std::nullopt);
    EXPECT_TRUE(hub.publish("door-1", door, answer, "{}"));
    EXPECT_EQ(status, 200);
}

}  // namespace
}  // namespace hub
