#include "protocol/connection_string.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using protocol::parse_device_connection_string;
using protocol::parse_service_connection_string;
using protocol::to_text;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

std::string with_key(std::string_view rest) {
    return std::string(rest) + ";SharedAccessKey=" + std::string(key);
}

// §1.3
TEST(DeviceConnectionString, ReadsTheUsualForm) {
    const auto connection = parse_device_connection_string(with_key("HostName=hub.local;DeviceId=door-1"));
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_EQ(connection->host, "hub.local");
    EXPECT_EQ(connection->port, std::nullopt);
    EXPECT_EQ(connection->device_id, "door-1");
    EXPECT_EQ(connection->shared_access_key, key);
    EXPECT_FALSE(connection->x509);
}

// §1.3, §5.2: GatewayHostName, ModuleId, host:port in either host.
TEST(DeviceConnectionString, ReadsPortsGatewayAndModule) {
    const auto connection = parse_device_connection_string(
        with_key("HostName=localhost:39883;DeviceId=d;ModuleId=m;GatewayHostName=[::1]:8884"));
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_EQ(connection->host, "localhost");
    EXPECT_EQ(connection->port, 39883);
    EXPECT_EQ(connection->module_id, "m");
    EXPECT_EQ(connection->gateway_host, "::1");
    EXPECT_EQ(connection->gateway_port, 8884);
}

TEST(DeviceConnectionString, ReadsTheOtherCredentials) {
    const auto x509 = parse_device_connection_string("HostName=h;DeviceId=d;x509=true");
    ASSERT_TRUE(x509);
    EXPECT_TRUE(x509->x509);
    // Values may contain '=': the first one splits.
    const auto token = parse_device_connection_string(
        "HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=h&sig=A%3D&se=1");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->shared_access_signature, "SharedAccessSignature sr=h&sig=A%3D&se=1");
    const auto file =
        parse_device_connection_string("HostName=h;DeviceId=d;SharedAccessKeyFile=/etc/door/key");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->shared_access_key_file, "/etc/door/key");
}

TEST(DeviceConnectionString, IsGenerousAboutCaseOrderAndBlanks) {
    const auto connection =
        parse_device_connection_string(" deviceid=d ; " + with_key("HOSTNAME = h") + ";\r\n");
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_EQ(connection->host, "h");
    EXPECT_EQ(connection->device_id, "d");
}

TEST(DeviceConnectionString, WritesWhatItReads) {
    for (const std::string& text :
         {with_key("HostName=hub.local:8884;DeviceId=a=b,c"),
          with_key("HostName=[::1];DeviceId=d;ModuleId=m"),
          std::string("HostName=h;DeviceId=d;x509=true;GatewayHostName=g:1"),
          std::string("HostName=h;DeviceId=d;SharedAccessKeyFile=key"),
          std::string("HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=h")}) {
        const auto connection = parse_device_connection_string(text);
        ASSERT_TRUE(connection) << text << ": " << connection.error().message;
        EXPECT_EQ(to_text(*connection), text);
    }
}

TEST(DeviceConnectionString, NamesTheMistake) {
    const std::pair<std::string, std::string_view> cases[] = {
        {"", "HostName is missing"},
        {";;;", "HostName is missing"},
        {with_key("HostName=h"), "DeviceId is missing"},
        {"HostName=h;DeviceId=d", "the credential is missing"},
        {with_key("HostName=h;DeviceId=d;x509=true"), "exclude each other"},
        {"HostName=h;DeviceId=d;x509=false", "x509 must be true"},
        {with_key("HostName=h;DeviceId=d;DeviceId=e"), "DeviceId is there twice"},
        {with_key("HostName=h;DeviceId=d/e"), "DeviceId: the device id has '/'"},
        {with_key("HostName=h;DeviceId=d;ModuleId=m n"), "ModuleId: "},
        {with_key("HostName=h;DeviceId="), "DeviceId is empty"},
        {with_key("HostName=h;DevceId=d"), "'DevceId' is unknown here; known are HostName, DeviceId"},
        {with_key("HostName=h;DeviceId"), "part 2 has no '='"},
        {with_key("HostName=https://h;DeviceId=d"), "HostName must be a host name"},
        {with_key("HostName=h/x;DeviceId=d"), "HostName must be a host name"},
        {with_key("HostName=:1;DeviceId=d"), "HostName must be a host name"},
        {with_key("HostName=h:0;DeviceId=d"), "from 1 to 65535"},
        {with_key("HostName=h:65536;DeviceId=d"), "from 1 to 65535"},
        {with_key("HostName=h:;DeviceId=d"), "from 1 to 65535"},
        {with_key("HostName=h:8x;DeviceId=d"), "from 1 to 65535"},
        {with_key("HostName=::1;DeviceId=d"), "HostName"},
        {with_key("HostName=[::1;DeviceId=d"), "']' is missing"},
        {with_key("HostName=[::1]x;DeviceId=d"), "expected ':port'"},
        {with_key("HostName=h;DeviceId=d;GatewayHostName=a b"), "GatewayHostName must be"},
        {with_key("HostName=h;SharedAccessKeyName=service"), "a service's connection string"},
        {"HostName=h;DeviceId=d;SharedAccessKey=====", "SharedAccessKey is not base64"},
        {std::string(5000, 'x'), "longer than 4096"},
    };
    for (const auto& [text, expected] : cases) {
        const auto connection = parse_device_connection_string(text);
        ASSERT_FALSE(connection) << text;
        EXPECT_EQ(connection.error().code, base::Errc::invalid_argument);
        EXPECT_THAT(connection.error().message, HasSubstr(expected)) << text;
    }
}

TEST(DeviceConnectionString, NeverRepeatsAKey) {
    for (const std::string_view text :
         {"HostName=h;DeviceId=d;SharedAccessKey=topsecret",
          "HostName=h;DeviceId=d;SharedAccessKey=topsecret*=", "topsecret0==", "HostName=h;topsecret0=",
          "HostName=h;DeviceId=d;SharedAccessKey topsecret0=x",
          "HostName=h;DeviceId=d;SharedAccessKey=dG9w;topsecret0topsecretABCtopsecretABC=x"}) {
        const auto connection = parse_device_connection_string(text);
        ASSERT_FALSE(connection) << text;
        EXPECT_THAT(connection.error().message, Not(HasSubstr("topsecret"))) << text;
    }
}

// §1.3
TEST(ServiceConnectionString, ReadsAndWrites) {
    const std::string text =
        "HostName=localhost:8443;SharedAccessKeyName=iothubowner;SharedAccessKey=" + std::string(key);
    const auto connection = parse_service_connection_string(text);
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_EQ(connection->host, "localhost");
    EXPECT_EQ(connection->port, 8443);
    EXPECT_EQ(connection->policy, "iothubowner");
    EXPECT_EQ(connection->key, key);
    EXPECT_EQ(to_text(*connection), text);
}

TEST(ServiceConnectionString, NamesTheMistake) {
    const std::pair<std::string, std::string_view> cases[] = {
        {with_key("HostName=h;DeviceId=d"), "a device's connection string"},
        {with_key("HostName=h"), "SharedAccessKeyName is missing"},
        {with_key("SharedAccessKeyName=p"), "HostName is missing"},
        {"HostName=h;SharedAccessKeyName=p", "SharedAccessKey is missing"},
        {"HostName=h;SharedAccessKeyName=p;SharedAccessKey=x", "SharedAccessKey is not base64"},
        {with_key("HostName=h;Endpoint=x"), "'Endpoint' is unknown here"},
    };
    for (const auto& [text, expected] : cases) {
        const auto connection = parse_service_connection_string(text);
        ASSERT_FALSE(connection) << text;
        EXPECT_THAT(connection.error().message, HasSubstr(expected)) << text;
    }
}

TEST(ConnectionString, WritesHosts) {
    EXPECT_EQ(protocol::format_host("h", std::nullopt), "h");
    EXPECT_EQ(protocol::format_host("h", 1), "h:1");
    EXPECT_EQ(protocol::format_host("::1", 1), "[::1]:1");
}

}  // namespace
