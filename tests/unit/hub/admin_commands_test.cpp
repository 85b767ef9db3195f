#include "scheduler/hub/admin_commands.hpp"

#include "base/json.hpp"
#include "endpoint_rig.hpp"
#include "protocol/connection_string.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hub {
namespace {

using testing::HasSubstr;
using testing::Not;

class AdminCommandsTest : public testing::Test {
  protected:
    AdminAnswer run(const std::vector<std::string>& words) {
        AdminAnswer answer{.done = false, .text = "no answer"};
        commands_.run(words, [&answer](const AdminAnswer& given) { answer = given; });
        rig_.commit();
        return answer;
    }

    EndpointRig rig_;
    Settings settings_;
    AdminCommands commands_{rig_.database, rig_.registry, rig_.policies, settings_, rig_.clock};
};

TEST_F(AdminCommandsTest, RegisterADeviceAndGiveItsConnectionString) {
    const AdminAnswer answer = run({"device", "add", "door-1"});
    ASSERT_TRUE(answer.done) << answer.text;
    const auto connection = protocol::parse_device_connection_string(answer.text);
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->host, "localhost");
    EXPECT_FALSE(connection->port);  // the one that every SDK takes by itself
    EXPECT_EQ(connection->shared_access_key, rig_.registry.find("door-1")->keys.primary);
}

TEST_F(AdminCommandsTest, NameAPortThatIsNotTheUsualOne) {
    settings_.mqtt_port = 18883;
    EXPECT_THAT(run({"device", "add", "door-1"}).text, HasSubstr("HostName=localhost:18883;"));
}

TEST_F(AdminCommandsTest, RefuseADeviceThatIsThereOrCannotBe) {
    (void)run({"device", "add", "door-1"});
    const AdminAnswer again = run({"device", "add", "door-1"});
    EXPECT_FALSE(again.done);
    EXPECT_THAT(again.text, HasSubstr("'door-1' exists already"));
    EXPECT_THAT(again.text, Not(HasSubstr("If-Match")));
    EXPECT_FALSE(run({"device", "add", "no spaces"}).done);
    EXPECT_FALSE(run({"device", "add", "door-1/module"}).done);  // services make those
}

TEST_F(AdminCommandsTest, MakeAPolicyOnce) {
    const AdminAnswer answer = run({"policy", "add", "tutorial", "ServiceConnect,RegistryWrite"});
    ASSERT_TRUE(answer.done) << answer.text;
    EXPECT_THAT(answer.text, HasSubstr("SharedAccessKeyName=tutorial;SharedAccessKey="));
    EXPECT_FALSE(run({"policy", "add", "tutorial", "ServiceConnect"}).done);
    EXPECT_THAT(run({"policy", "add", "other", "Everything"}).text, HasSubstr("Everything"));
}

TEST_F(AdminCommandsTest, ListPoliciesAndTheirRightsWithoutKeys) {
    (void)run({"policy", "add", "tutorial", "ServiceConnect"});
    const AdminAnswer answer = run({"policy", "list"});
    ASSERT_TRUE(answer.done);
    EXPECT_THAT(answer.text, HasSubstr("\ntutorial  ServiceConnect"));
    EXPECT_THAT(answer.text, HasSubstr("iothubowner  RegistryWrite, ServiceConnect, DeviceConnect"));
    EXPECT_THAT(answer.text, Not(HasSubstr("SharedAccessKey")));
    for (const Policy& policy : rig_.policies.list())
        EXPECT_THAT(answer.text, Not(HasSubstr(policy.keys.primary)));
}

TEST_F(AdminCommandsTest, RollAPolicyAndKeepTheOldKeyForOneTurn) {
    const std::string old = rig_.policies.find("service")->keys.primary;
    std::string rolled;
    commands_.policy_rolled.connect([&](const std::string& name) { rolled = name; });
    const AdminAnswer answer = run({"policy", "roll", "service"});
    ASSERT_TRUE(answer.done) << answer.text;
    const Pair keys = rig_.policies.find("service")->keys;
    EXPECT_NE(keys.primary, old);
    EXPECT_EQ(keys.secondary, old);
    EXPECT_THAT(answer.text, HasSubstr(keys.primary));
    EXPECT_EQ(rolled, "service");
    EXPECT_THAT(run({"policy", "roll", "nobody"}).text, HasSubstr("'nobody'"));
}

TEST_F(AdminCommandsTest, MakeAnIndexAndSayWhatItCosts) {
    (void)run({"device", "add", "door-1"});
    EXPECT_THAT(run({"index", "list"}).text, HasSubstr("none"));
    const AdminAnswer answer = run({"index", "add", "tags.building"});
    ASSERT_TRUE(answer.done) << answer.text;
    EXPECT_THAT(answer.text, HasSubstr("Each change of tags"));
    EXPECT_EQ(run({"index", "list"}).text, "tags.building");
    EXPECT_TRUE(run({"index", "remove", "tags.building"}).done);
    EXPECT_FALSE(run({"index", "add", "building"}).done);
}

TEST_F(AdminCommandsTest, WriteTheConfigurationOfADevice) {
    const AdminAnswer answer = run({"device", "add", "door-1", "snippet"});
    ASSERT_TRUE(answer.done) << answer.text;
    const auto config = base::Json::parse(answer.text, {.comments = true});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_TRUE(protocol::parse_device_connection_string(
        config->find("connection").find("string").as_string().value_or("")));
}

TEST_F(AdminCommandsTest, AnswerWhatTheyDoNotKnow) {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{}, {"device"}, {"device", "add"}, {"device", "fly", "x"}}) {
        EXPECT_FALSE(run(words).done);
    }
}

}  // namespace
}  // namespace hub
