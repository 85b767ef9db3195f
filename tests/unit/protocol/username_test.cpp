#include "protocol/username.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using protocol::make_username;
using protocol::parse_username;
using protocol::Username;
using testing::HasSubstr;

// §1.1: what Node sends; the host carries its port, model-id is not encoded.
TEST(MqttUsername, ReadsNodes) {
    const auto username = parse_username(
        "localhost:39883/d1/"
        "?api-version=2021-04-12&model-id=dtmi:com:example:Thermostat;1&DeviceClientType=azure-iot-device%"
        "2F1.18.4%20("
        "node%20v20)");
    ASSERT_TRUE(username) << username.error().message;
    EXPECT_EQ(*username, (Username{.host = "localhost:39883",
                                   .device_id = "d1",
                                   .module_id = "",
                                   .api_version = "2021-04-12",
                                   .device_client_type = "azure-iot-device/1.18.4 (node v20)",
                                   .model_id = "dtmi:com:example:Thermostat;1"}));
}

// §1.1: Python and the embedded SDK encode model-id.
TEST(MqttUsername, ReadsAnEncodedModelIdAndRawSlashes) {
    const auto username = parse_username(
        "h/d1/?api-version=2020-09-30&DeviceClientType=azsdk-c/1.3/"
        "x&model-id=dtmi%3Acom%3Aexample%3ADoor%3B1");
    ASSERT_TRUE(username);
    EXPECT_EQ(username->device_client_type, "azsdk-c/1.3/x");
    EXPECT_EQ(username->model_id, "dtmi:com:example:Door;1");
}

// §1.1
TEST(MqttUsername, ReadsAModule) {
    const auto username = parse_username("h/d1/m1/?api-version=2018-06-30");
    ASSERT_TRUE(username);
    EXPECT_EQ(username->device_id, "d1");
    EXPECT_EQ(username->module_id, "m1");
}

// §1.1: the old form without '?'.
TEST(MqttUsername, ReadsTheLegacyForm) {
    for (const std::string_view text :
         {"h/d1/api-version=2016-11-14", "h/d1/api-version=2016-11-14&DeviceClientType=x",
          "h/d1/DeviceClientType=x&api-version=2016-11-14", "h/d1/api-version=2016-11-14/"}) {
        const auto username = parse_username(text);
        ASSERT_TRUE(username) << text << ": " << username.error().message;
        EXPECT_EQ(username->device_id, "d1");
        EXPECT_EQ(username->module_id, "");
        EXPECT_THAT(username->api_version, HasSubstr("2016-11-14"));
    }
    EXPECT_EQ(parse_username("h/d1/m1/api-version=2016-11-14")->module_id, "m1");
}

// §1.1: unknown keys ignored, the first duplicate wins, any value of api-version.
TEST(MqttUsername, IgnoresWhatItDoesNotKnow) {
    const auto username =
        parse_username("h/d1/?auth-chain=a%3Bb&api-version=whatever&api-version=2&x&=&model-id=&model-id=y");
    ASSERT_TRUE(username);
    EXPECT_EQ(username->api_version, "whatever");
    EXPECT_EQ(username->model_id, "");
}

// §1.1: identifiers are raw.
TEST(MqttUsername, LeavesIdentifiersAlone) {
    const auto username = parse_username("h/a%20b?#/?api-version=1");
    ASSERT_TRUE(username);
    EXPECT_EQ(username->device_id, "a%20b?#");
}

TEST(MqttUsername, RefusesWhatIsNone) {
    const std::pair<std::string, std::string_view> cases[] = {
        {"", "the parameters are missing"},
        {"alice", "the parameters are missing"},
        {"h/d1", "the parameters are missing"},
        {"h/d1/", "the parameters are missing"},
        {"h/d1/m1", "the parameters are missing"},
        {"h/d1/m1/x/?api-version=1", "the parameters are missing"},
        {"/d1/?api-version=1", "the host is empty"},
        {"h//?api-version=1", "the device id is empty"},
        {"h/d1//?api-version=1", "the module id is empty"},
        {"h/d1/?", "api-version is missing"},
        {"h/d1/?api-version=", "api-version is missing"},
        {"h/d1/?DeviceClientType=x", "api-version is missing"},
        {"h/d1/?api-version=%zz", "api-version: the '%'"},
        {"h/d1/?api-version=1&x=" + std::string(2048, 'x'), "longer than 2048"},
    };
    for (const auto& [text, expected] : cases) {
        const auto username = parse_username(text);
        ASSERT_FALSE(username) << text;
        EXPECT_EQ(username.error().code, base::Errc::invalid_argument);
        EXPECT_THAT(username.error().message, HasSubstr(expected)) << text;
    }
}

TEST(MqttUsername, IsWrittenAsTheSdksWriteIt) {
    EXPECT_EQ(make_username({.host = "hub.local",
                             .device_id = "door-1",
                             .module_id = "",
                             .api_version = "2021-04-12",
                             .device_client_type = "doorlockd/0.1.0",
                             .model_id = "dtmi:a:b;1"}),
              "hub.local/door-1/"
              "?api-version=2021-04-12&DeviceClientType=doorlockd%2F0.1.0&model-id=dtmi%3Aa%3Ab%3B1");
}

TEST(MqttUsername, ReadsBackWhatItWrites) {
    const Username username{.host = "h:1",
                            .device_id = "d",
                            .module_id = "m",
                            .api_version = "1",
                            .device_client_type = "a&b=c/d",
                            .model_id = ""};
    const auto parsed = parse_username(make_username(username));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, username);
}

}  // namespace
