#include "scheduler/hub/policies.hpp"

#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hub {
namespace {

using testing::HasSubstr;

class PoliciesTest : public testing::Test {
  protected:
    PoliciesTest() {
        EXPECT_TRUE(policies.ensure_built_in());
        EXPECT_TRUE(hub.commit());
    }
    HubRig hub;
    Policies policies{*hub.database};
};

// §2.1: the table of built-in policies.
TEST_F(PoliciesTest, HasTheFiveOfIotHub) {
    EXPECT_EQ(policies.find("iothubowner")->rights, Rights::all());
    EXPECT_EQ(policies.find("service")->rights, Rights::service_connect());
    EXPECT_EQ(policies.find("device")->rights, Rights::device_connect());
    EXPECT_EQ(policies.find("registryRead")->rights, Rights::registry_read());
    EXPECT_TRUE(policies.find("registryReadWrite")->rights.include(Rights::registry_read()));
    EXPECT_TRUE(policies.find("registryReadWrite")->rights.include(Rights::registry_write()));
    EXPECT_EQ(policies.list().size(), 5U);
}

TEST_F(PoliciesTest, MakesTheBuiltInOnesOnlyOnce) {
    const std::string key = policies.find("service")->keys.primary;
    EXPECT_FALSE(policies.ensure_built_in());
    EXPECT_EQ(Policies(*hub.database).find("service")->keys.primary, key);
}

// The tutorial's own policy.
TEST_F(PoliciesTest, KeepsACustomPolicy) {
    const auto draft = parse_policy("serviceAndRegistryReadWrite",
                                    R"({"rights":"ServiceConnect, registryRead, RegistryWrite"})");
    ASSERT_TRUE(draft);
    const auto policy = policies.put("serviceAndRegistryReadWrite", *draft);
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->keys.primary.size(), 44U);
    ASSERT_TRUE(hub.commit());
    const Policies again(*hub.database);
    ASSERT_NE(again.find("serviceAndRegistryReadWrite"), nullptr);
    EXPECT_EQ(again.find("serviceAndRegistryReadWrite")->keys, policy->keys);
    EXPECT_EQ(policy_json(*again.find("serviceAndRegistryReadWrite")),
              R"({"keyName":"serviceAndRegistryReadWrite","primaryKey":")" + policy->keys.primary +
                  R"(","secondaryKey":")" + policy->keys.secondary +
                  R"(","rights":"RegistryWrite, ServiceConnect"})");
}

TEST_F(PoliciesTest, KeepsTheKeysWhenOnlyTheRightsChange) {
    const auto first = policies.put("mine", {Rights::registry_read(), {}});
    const auto second = policies.put("mine", {Rights::service_connect(), {}});
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_EQ(first->keys, second->keys);
    EXPECT_EQ(second->rights, Rights::service_connect());
}

TEST_F(PoliciesTest, DoesNotChangeTheRightsOfABuiltInPolicy) {
    EXPECT_FALSE(policies.put("service", {Rights::all(), {}}));
    EXPECT_FALSE(policies.remove("service"));
    const std::string key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    ASSERT_TRUE(policies.put("service", {Rights::service_connect(), {key, ""}}));
    EXPECT_EQ(policies.find("service")->keys.primary, key);
}

// §2.1
TEST_F(PoliciesTest, TakesSixteenCustomOnesAndNoMore) {
    for (std::size_t i = 0; i < Policies::max_custom; ++i) {
        ASSERT_TRUE(policies.put("p" + std::to_string(i), {Rights::registry_read(), {}}));
    }
    const auto refused = policies.put("one-more", {Rights::registry_read(), {}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("16"));
    EXPECT_TRUE(policies.put("p3", {Rights::service_connect(), {}}));
    ASSERT_TRUE(policies.remove("p3"));
    EXPECT_TRUE(policies.put("one-more", {Rights::registry_read(), {}}));
}

TEST_F(PoliciesTest, ForgetsWhatTheDatabaseTookBack) {
    ASSERT_TRUE(policies.put("mine", {Rights::registry_read(), {}}));
    Statement broken = hub.database->prepare("INSERT INTO policies VALUES ('mine', 0, '', '', 0)");
    broken.start().run();  // the name is there
    EXPECT_FALSE(hub.database->commit_turn());
    EXPECT_EQ(policies.find("mine"), nullptr);
    EXPECT_NE(policies.find("service"), nullptr);
}

TEST_F(PoliciesTest, TellsWhatIsWrong) {
    const auto message = [](const std::string& body) {
        const auto draft = parse_policy("p", body);
        EXPECT_FALSE(draft) << body;
        return draft ? std::string() : draft.error().message;
    };
    EXPECT_THAT(message("{}"), HasSubstr("rights is missing"));
    EXPECT_THAT(message(R"({"rights":""})"), HasSubstr("rights is empty"));
    EXPECT_THAT(message(R"({"rights":"Everything"})"), HasSubstr("'Everything' is no right"));
    EXPECT_THAT(message(R"({"keyName":"q","rights":"RegistryRead"})"), HasSubstr("\"q\""));
    EXPECT_THAT(message(R"({"rights":"RegistryRead","primaryKey":"short"})"), HasSubstr("primaryKey"));
    EXPECT_FALSE(policies.put("with space", {Rights::all(), {}}));
    EXPECT_FALSE(policies.put("", {Rights::all(), {}}));
}

}  // namespace
}  // namespace hub
