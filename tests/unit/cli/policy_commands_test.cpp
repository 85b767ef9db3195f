#include "scheduler/cli/policy_commands.hpp"

#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::HasSubstr;

class PolicyCommandsTest : public ::testing::Test, protected Bench {};

TEST_F(PolicyCommandsTest, AddPrintsTheConnectionStringOfTheNewPolicy) {
    hub.be_lockhub();
    hub.answer(
        "PUT /lockhub/v1/policies/tutorial", 200,
        R"({"keyName":"tutorial","primaryKey":"a2V5","secondaryKey":"eA==","rights":"RegistryWrite, ServiceConnect"})");
    EXPECT_EQ(run(PolicyAdd{"tutorial", "serviceConnect,registryRead,registryWrite"}, context).exit,
              Exit::ok);
    EXPECT_EQ(hub.requests.back().body, R"({"rights":"serviceConnect,registryRead,registryWrite"})");
    EXPECT_EQ(out.str(), "HostName=hub.local:8443;SharedAccessKeyName=tutorial;SharedAccessKey=a2V5\n");
}

TEST_F(PolicyCommandsTest, ListTellsNamesAndRightsButNoKeys) {
    hub.be_lockhub();
    hub.answer("GET /lockhub/v1/policies", 200,
               R"([{"keyName":"device","primaryKey":"a2V5","rights":"DeviceConnect"}])");
    EXPECT_EQ(run(PolicyList{}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "POLICY  RIGHTS\ndevice  DeviceConnect\n");
    const std::pair<Format, const char*> others[] = {
        {Format::json, "[{\"keyName\":\"device\",\"rights\":\"DeviceConnect\"}]\n"},
        {Format::jsonl, "{\"keyName\":\"device\",\"rights\":\"DeviceConnect\"}\n"},
        {Format::csv, "POLICY,RIGHTS\r\ndevice,DeviceConnect\r\n"},
    };
    for (const auto& [format, text] : others) {
        out.str("");
        context.output.format = format;
        EXPECT_EQ(run(PolicyList{}, context).exit, Exit::ok);
        EXPECT_EQ(out.str(), text);
    }
}

TEST_F(PolicyCommandsTest, APlainIotHubIsNotAskedForWhatItDoesNotHave) {
    for (const auto& outcome : {run(PolicyList{}, context), run(PolicyAdd{"x", "serviceConnect"}, context)}) {
        EXPECT_EQ(outcome.exit, Exit::refused);
        EXPECT_THAT(outcome.message, HasSubstr("az iot hub policy"));
    }
    EXPECT_EQ(hub.requests.size(), 1U);
}

TEST_F(PolicyCommandsTest, WhoMayNotIsToldWhatItTakes) {
    hub.be_lockhub();
    hub.answer("GET /lockhub/v1/policies", 401, "{}");
    const auto outcome = run(PolicyList{}, context);
    EXPECT_EQ(outcome.exit, Exit::not_authorised);
    EXPECT_THAT(outcome.message, HasSubstr("all four rights"));
}

}  // namespace
}  // namespace cli
