// Modules of devices, which the hub serves as it serves devices (iothub-protocol.md §1.1, §1.3, §1.4,
// §2.4-§2.6, §3).
#include "protocol/sas.hpp"
#include "scheduler/hub/authorization.hpp"
#include "scheduler/hub/telemetry.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace hub {
namespace {

using protocol::HubError;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ModulesTest : public testing::Test {
  protected:
    ModulesTest() {
        hub.add_device("d1");
        module = hub.add_device("d1/cam");
    }
    // Why the module is not let in; empty if it is.
    std::string refusal(const std::string& resource, const std::string& key,
                        const std::string& client_id = "d1/cam") {
        const auto token =
            *protocol::make_sas_token(resource, key, hub.clock.system_now() + std::chrono::hours(1));
        const auto connect = authorization.device({.client_id = client_id,
                                                   .username = "hub.local/d1/cam/?api-version=2021-04-12",
                                                   .password = token});
        if (!connect.admission) return connect.refusal.reason;
        EXPECT_EQ(connect.admission->device_id, "d1/cam");
        return {};
    }
    // The answer of the registry to one more identity.
    std::optional<HubError> refused(const std::string& key) {
        const auto made = hub.registry.create(key, {});
        return made ? std::nullopt : std::optional(made.error().code);
    }
    std::vector<std::string> found(const std::string& query) {
        std::vector<std::string> rows;
        hub.queries.run(
            {.text = query, .page = 100, .continuation = {}}, [&](const Outcome<QueryPage>& page) {
                ASSERT_TRUE(page) << page.error().message;
                for (const base::JsonView row : parsed(page->items)) {
                    rows.push_back(std::string(row.find("deviceId").as_string().value_or("")) + " " +
                                   std::string(row.find("moduleId").as_string().value_or("")));
                }
            });
        return rows;
    }

    HubRig hub;
    Device module;
    Policies policies{*hub.database};
    Authorization authorization{hub.registry, policies, hub.clock, {}};
    FakeLink link;
};

// §2.4
TEST_F(ModulesTest, AreIdentitiesOfTheirDevice) {
    const auto json = parsed(device_json(*hub.registry.find("d1/cam"), hub.connections));
    EXPECT_EQ(json.find("deviceId").as_string(), "d1");
    EXPECT_EQ(json.find("moduleId").as_string(), "cam");
    EXPECT_EQ(json.find("authentication").find("symmetricKey").find("primaryKey").as_string(),
              module.keys.primary);
    EXPECT_FALSE(json.find("status").exists());
    EXPECT_EQ(refused("d1/cam"), HubError::module_already_exists_on_device);
    EXPECT_EQ(refused("d2/cam"), HubError::device_not_found);
    EXPECT_EQ(refused("d1/"), HubError::argument_invalid);
    EXPECT_EQ(refused("d1/a/b"), HubError::argument_invalid);
    EXPECT_EQ(hub.registry.get("d1/no").error().code, HubError::module_not_found);
    EXPECT_EQ(hub.registry.get("d9/no").error().code, HubError::device_not_found);
}

// §2.3: they are not among the devices, and not counted as such.
TEST_F(ModulesTest, AreNoDevicesInListsAndStatistics) {
    ASSERT_EQ(hub.registry.list(100).size(), 1U);
    EXPECT_EQ(hub.registry.statistics().total, 1);
    EXPECT_EQ(hub.twins.device_ids().value(), std::vector<std::string>{"d1"});
    ASSERT_TRUE(hub.attach("d1/cam", link));
    EXPECT_EQ(hub.connections.size(), 1U);
    EXPECT_EQ(hub.connections.devices(), 0U);
}

TEST_F(ModulesTest, AreAtMostFiftyToADevice) {
    for (std::size_t i = 1; i < Registry::max_modules; ++i) {
        ASSERT_EQ(refused("d1/m" + std::to_string(i)), std::nullopt);
    }
    EXPECT_EQ(refused("d1/one-more"), HubError::too_many_modules_on_device);
    ASSERT_TRUE(hub.registry.remove("d1/m7", IfMatch()));
    EXPECT_EQ(refused("d1/one-more"), std::nullopt);
    EXPECT_EQ(hub.registry.modules("d1")->size(), Registry::max_modules);
}

// §2.4: with its twin and its connection.
TEST_F(ModulesTest, GoWithTheirDevice) {
    ASSERT_TRUE(hub.attach("d1/cam", link));
    ASSERT_TRUE(hub.registry.remove("d1", IfMatch::parse("*")));
    ASSERT_TRUE(hub.commit());
    EXPECT_THAT(link.closed.value_or(""), HasSubstr("removed"));
    EXPECT_FALSE(hub.registry.find("d1/cam"));
    EXPECT_FALSE(hub.twins.exists("d1/cam"));
    EXPECT_EQ(hub.registry.statistics().total, 0);
}

TEST_F(ModulesTest, AreDisabledWithTheirDevice) {
    ASSERT_TRUE(hub.attach("d1/cam", link));
    DeviceDraft draft;
    draft.enabled = false;
    ASSERT_TRUE(hub.registry.update("d1", draft, IfMatch::parse("*")));
    ASSERT_TRUE(hub.commit());
    EXPECT_THAT(link.closed.value_or(""), HasSubstr("disabled"));
    EXPECT_THAT(refusal("hub.local/devices/d1/modules/cam", module.keys.primary), HasSubstr("disabled"));
}

// §1.1: client id and user name; §1.3: the scope of the token.
TEST_F(ModulesTest, ConnectWithTheirOwnKeyAndScope) {
    const std::string& key = module.keys.primary;
    EXPECT_EQ(refusal("hub.local/devices/d1/modules/cam", key), "");
    EXPECT_EQ(refusal("hub.local/devices/d1/modules/cam", module.keys.secondary), "");
    EXPECT_THAT(refusal("hub.local/devices/d1/modules/camera", key), HasSubstr("not for"));
    EXPECT_THAT(refusal("hub.local/devices/d1/modules/cam", hub.registry.find("d1")->keys.primary),
                HasSubstr("does not fit the keys of module 'cam' of device 'd1'"));
    EXPECT_THAT(refusal("hub.local/devices/d1/modules/cam", key, "d1"), HasSubstr("client id"));
}

// §1.4: topics with the module in them; and never in another's name.
TEST_F(ModulesTest, SendTelemetryUnderTheirName) {
    hub.connect("d1/cam", link);
    std::vector<std::string> heard;
    hub.sessions.telemetry.connect(
        [&](const Telemetry& sent) { heard.push_back(telemetry_json(sent, hub.clock.system_now())); });
    EXPECT_TRUE(hub.publish("d1/cam", link, "devices/d1/modules/cam/messages/events/a=b", "1"));
    ASSERT_EQ(heard.size(), 1U);
    const auto json = parsed(heard[0]);
    EXPECT_EQ(json.find("deviceId").as_string(), "d1");
    EXPECT_EQ(json.find("moduleId").as_string(), "cam");
    EXPECT_EQ(json.find("systemProperties").find("iothub-connection-module-id").as_string(), "cam");
    EXPECT_FALSE(hub.publish("d1/cam", link, "devices/d1/messages/events/", "1"));
    EXPECT_FALSE(hub.publish("d1/cam", link, "devices/d1/modules/other/messages/events/", "1"));
    EXPECT_TRUE(hub.sessions.check_will("d1/cam", "devices/d1/modules/cam/messages/events/"));
    const auto will = hub.sessions.check_will("d1/cam", "devices/d1/messages/events/");
    ASSERT_FALSE(will);
    EXPECT_THAT(will.error().message, HasSubstr("devices/d1/modules/cam/messages/events/"));
}

// §1.4: messages from the cloud are for devices.
TEST_F(ModulesTest, GetNoMessagesFromTheCloud) {
    hub.connect("d1/cam", link);
    EXPECT_THAT(hub.subscribe("d1/cam", link, {{"devices/+/messages/devicebound/#", 1}}), ElementsAre(1));
    EXPECT_FALSE(hub.sessions.can_deliver("d1/cam"));
}

// §2.5, §1.7: a twin of its own, with the same rules.
TEST_F(ModulesTest, HaveTheirOwnTwin) {
    hub.connect("d1/cam", link);
    const auto view = hub.twins.patch("d1/cam", R"({"tags":{"a":1},"properties":{"desired":{"x":2}}})", {});
    ASSERT_TRUE(view);
    ASSERT_TRUE(hub.commit());
    const auto json = parsed(*view);
    EXPECT_EQ(json.find("deviceId").as_string(), "d1");
    EXPECT_EQ(json.find("moduleId").as_string(), "cam");
    EXPECT_EQ(link.last().topic, "$iothub/twin/PATCH/properties/desired/?$version=2");
    EXPECT_TRUE(hub.publish("d1/cam", link, "$iothub/twin/PATCH/properties/reported/?$rid=1", R"({"y":3})"));
    EXPECT_EQ(link.last().topic, "$iothub/twin/res/204/?$rid=1&$version=2");
    EXPECT_THAT(*hub.twins.service_view("d1/cam"), HasSubstr(R"("y":3)"));
    EXPECT_THAT(*hub.twins.service_view("d1"), Not(HasSubstr(R"("y":3)")));
    EXPECT_EQ(hub.twins.service_view("d1/no").error().code, HubError::module_not_found);
}

// §2.6
TEST_F(ModulesTest, AnswerMethods) {
    hub.connect("d1/cam", link);
    std::optional<Outcome<MethodResult>> answer;
    hub.calls.call("d1/cam", {.name = "snap"}, [&](const auto& outcome) { answer.emplace(outcome); });
    ASSERT_THAT(link.last().topic, HasSubstr("$iothub/methods/POST/snap/?$rid="));
    EXPECT_TRUE(hub.publish("d1/cam", link, "$iothub/methods/res/200/?$rid=" + link.last_rid(), "7"));
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->payload, "7");
    hub.calls.call("d1", {.name = "snap"}, [&](const auto& outcome) { answer.emplace(outcome); });
    EXPECT_EQ(answer->error().code, HubError::device_not_online);
    hub.calls.call("d1/no", {.name = "snap"}, [&](const auto& outcome) { answer.emplace(outcome); });
    EXPECT_EQ(answer->error().code, HubError::module_not_found);
}

// §3: a source of its own, and what a job can name.
TEST_F(ModulesTest, AreFoundByQueriesAndConditions) {
    hub.add_device("d1/lock");
    hub.add_device("d10");
    hub.add_device("d10/cam");
    ASSERT_TRUE(hub.twins.patch("d1/lock", R"({"tags":{"a":1}})", {}));
    EXPECT_THAT(found("SELECT * FROM devices"), ElementsAre("d1 ", "d10 "));
    EXPECT_THAT(found("SELECT * FROM devices.modules"), ElementsAre("d1 cam", "d1 lock", "d10 cam"));
    EXPECT_THAT(found("SELECT * FROM devices.modules WHERE deviceId = 'd1'"),
                ElementsAre("d1 cam", "d1 lock"));
    EXPECT_THAT(found("SELECT * FROM devices.modules WHERE moduleId = 'cam'"),
                ElementsAre("d1 cam", "d10 cam"));
    EXPECT_THAT(found("SELECT * FROM devices.modules WHERE tags.a = 1"), ElementsAre("d1 lock"));
    EXPECT_THAT(found("SELECT * FROM devices WHERE deviceId = 'd1/cam'"), testing::IsEmpty());
    EXPECT_THAT(hub.queries.device_ids("FROM devices.modules WHERE moduleId = 'cam'").value(),
                ElementsAre("d1/cam", "d10/cam"));
    EXPECT_THAT(hub.queries.device_ids("*").value(), ElementsAre("d1", "d10"));
}

// §1.1: their subscriptions are kept as a device's are.
TEST_F(ModulesTest, KeepTheirSessions) {
    hub.connect("d1/cam", link);
    FakeLink again;
    EXPECT_EQ(hub.attach("d1/cam", again), true);
    EXPECT_TRUE(link.closed);
    EXPECT_TRUE(hub.sessions.can_call("d1/cam"));
    EXPECT_FALSE(hub.sessions.can_call("d1"));
}

}  // namespace
}  // namespace hub
