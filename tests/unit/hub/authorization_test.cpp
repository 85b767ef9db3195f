#include "scheduler/hub/authorization.hpp"

#include "protocol/sas.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace hub {
namespace {

using protocol::ConnectCode;
using protocol::HubError;
using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

class AuthorizationTest : public testing::Test {
  protected:
    AuthorizationTest() {
        (void)policies.ensure_built_in();
        device = hub.add_device("door-1");
    }

    std::string token(const std::string& resource, const std::string& key, const std::string& policy = {},
                      seconds life = hours(1)) {
        return *protocol::make_sas_token(resource, key, hub.clock.system_now() + life, policy);
    }
    std::string policy_token(const std::string& resource, const std::string& policy,
                             seconds life = hours(1)) {
        return token(resource, policies.find(policy)->keys.primary, policy, life);
    }
    std::string refused(const std::string& header, Rights needed = Rights::registry_read(),
                        const std::string& path = {}) {
        const auto caller = authorization.service(header, needed, path);
        EXPECT_FALSE(caller) << header;
        if (caller) return {};
        EXPECT_EQ(caller.error().code, HubError::iot_hub_unauthorized_access);
        return caller.error().message;
    }
    Authorization::Connect connect(const std::string& password, const std::string& client_id = "door-1",
                                   const std::string& username = "hub.local/door-1/?api-version=2021-04-12") {
        Credentials credentials;
        credentials.client_id = client_id;
        credentials.username = username;
        credentials.password = password;
        return authorization.device(credentials);
    }
    static std::string reason(const Authorization::Connect& connect,
                              ConnectCode code = ConnectCode::not_authorized) {
        EXPECT_FALSE(connect.admission);
        EXPECT_EQ(connect.refusal.code, code);
        return connect.refusal.reason;
    }

    HubRig hub;
    Policies policies{*hub.database};
    Authorization authorization{hub.registry, policies, hub.clock, {}};
    Device device;
};

TEST_F(AuthorizationTest, KnowsACallerByThePolicyHeSignsWith) {
    const auto caller =
        authorization.service(policy_token("hub.local", "registryRead"), Rights::registry_read());
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->policy, "registryRead");
    EXPECT_EQ(caller->rights, Rights::registry_read());
}

TEST_F(AuthorizationTest, TakesTheSecondaryKeyToo) {
    EXPECT_TRUE(
        authorization.service(token("hub.local", policies.find("service")->keys.secondary, "service")));
    EXPECT_TRUE(connect(token("hub.local/devices/door-1", device.keys.secondary)).admission);
}

TEST_F(AuthorizationTest, WantsTheRightThatARouteNeeds) {
    EXPECT_THAT(refused(policy_token("hub.local", "registryRead"), Rights::registry_write()),
                HasSubstr("this needs RegistryWrite"));
    EXPECT_THAT(refused(policy_token("hub.local", "service"), Rights::registry_read()),
                HasSubstr("has the rights ServiceConnect"));
    EXPECT_TRUE(authorization.service(policy_token("hub.local", "iothubowner"), Rights::all()));
}

TEST_F(AuthorizationTest, RefusesServiceTokensThatAreNoGood) {
    EXPECT_THAT(refused(""), HasSubstr("Authorization header is missing"));
    EXPECT_FALSE(refused("Bearer abc").empty());
    EXPECT_THAT(refused(token("hub.local", policies.find("service")->keys.primary)), HasSubstr("skn"));
    EXPECT_THAT(refused(token("hub.local", policies.find("service")->keys.primary, "nobody")),
                HasSubstr("no policy 'nobody'"));
    EXPECT_THAT(refused(token("hub.local", device.keys.primary, "service")),
                HasSubstr("does not fit the keys"));
    EXPECT_THAT(refused(policy_token("hub.local", "registryRead", seconds(-301))), HasSubstr("ended at"));
}

TEST_F(AuthorizationTest, TakesATokenForAPartOfTheHubOnlyThere) {
    const std::string part = policy_token("hub.local/devices/door-1", "registryRead");
    EXPECT_TRUE(authorization.service(part, Rights::registry_read(), "devices/door-1"));
    EXPECT_THAT(refused(part, Rights::registry_read(), "devices/door-2"),
                HasSubstr("not for 'devices/door-2'"));
    EXPECT_THAT(refused(part), HasSubstr("whole hub"));
}

TEST_F(AuthorizationTest, LetsADeviceInWithItsKey) {
    const auto answer =
        connect(token("hub.local/devices/door-1", device.keys.primary), "door-1",
                "hub.local:8883/door-1/?api-version=2021-04-12&model-id=dtmi:com:example:Lock;1");
    ASSERT_TRUE(answer.admission) << answer.refusal.reason;
    EXPECT_EQ(answer.admission->device_id, "door-1");
    EXPECT_EQ(answer.admission->model_id, "dtmi:com:example:Lock;1");
}

// §1.3 CHOICE: five minutes for clocks that differ, and the connection ends with them.
TEST_F(AuthorizationTest, GivesATokenFiveMinutesAfterItsEnd) {
    const std::string ending = token("hub.local/devices/door-1", device.keys.primary, {}, seconds(60));
    const auto answer = connect(ending);
    ASSERT_TRUE(answer.admission);
    ASSERT_TRUE(answer.admission->until);
    const auto left = *answer.admission->until - hub.clock.system_now();
    EXPECT_LE(left, seconds(360));
    EXPECT_GT(left, seconds(358));
    hub.clock.advance(seconds(350));
    EXPECT_TRUE(connect(ending).admission);
    hub.clock.advance(seconds(20));
    EXPECT_THAT(reason(connect(ending)), HasSubstr("ended at"));
}

TEST_F(AuthorizationTest, LetsADeviceInWithAPolicyThatMayConnectDevices) {
    EXPECT_TRUE(connect(policy_token("hub.local", "device")).admission);
    EXPECT_TRUE(connect(policy_token("hub.local/devices/door-1", "iothubowner")).admission);
    EXPECT_THAT(reason(connect(policy_token("hub.local/devices/door-2", "device"))), HasSubstr("not for"));
    EXPECT_THAT(reason(connect(policy_token("hub.local", "service"))), HasSubstr("no right DeviceConnect"));
}

TEST_F(AuthorizationTest, RefusesDevicesThatAreNotWhoTheySay) {
    const std::string good = token("hub.local/devices/door-1", device.keys.primary);
    EXPECT_THAT(reason(connect("")), HasSubstr("door-1"));
    EXPECT_THAT(reason(connect(good, "door-2")), HasSubstr("client id is 'door-2'"));
    EXPECT_THAT(reason(connect(good, "door-2", "hub.local/door-2/?api-version=1")),
                HasSubstr("not registered"));
    EXPECT_THAT(reason(connect(good, "Door-1", "hub.local/Door-1/?api-version=1")),
                HasSubstr("not registered"));
    EXPECT_THAT(reason(connect(good, "door-1", "hub.local/door-1/mod/?api-version=1")),
                HasSubstr("module 'mod'"));
    EXPECT_THAT(reason(connect(good, "door-1", "nonsense"), ConnectCode::server_unavailable),
                testing::Not(""));
    const std::string other = hub.add_device("door-2").keys.primary;
    EXPECT_THAT(reason(connect(token("hub.local/devices/door-1", other))), HasSubstr("does not fit"));
    EXPECT_THAT(reason(connect(token("hub.local/devices/door-2", device.keys.primary))),
                HasSubstr("not for"));
}

TEST_F(AuthorizationTest, RefusesADisabledDevice) {
    DeviceDraft disabled;
    disabled.enabled = false;
    ASSERT_TRUE(hub.registry.update("door-1", disabled, {}));
    EXPECT_THAT(reason(connect(token("hub.local/devices/door-1", device.keys.primary))),
                HasSubstr("disabled"));
}

TEST_F(AuthorizationTest, KnowsADeviceByItsCertificate) {
    DeviceDraft by_thumbprint;
    by_thumbprint.authentication = Authentication::self_signed;
    by_thumbprint.thumbprints = Pair{std::string(64, 'A'), ""};
    ASSERT_TRUE(hub.registry.create("x509", by_thumbprint));
    DeviceDraft by_authority;
    by_authority.authentication = Authentication::certificate_authority;
    ASSERT_TRUE(hub.registry.create("signed", by_authority));

    ClientCertificate certificate{.sha1 = std::string(40, 'b'),
                                  .sha256 = std::string(64, 'b'),
                                  .common_name = "signed",
                                  .not_valid = {},
                                  .distrust = "self-signed certificate"};
    Credentials credentials;
    credentials.client_id = "x509";
    credentials.username = "hub.local/x509/?api-version=2021-04-12";
    EXPECT_THAT(reason(authorization.device(credentials)), HasSubstr("must show a certificate"));
    credentials.certificate = &certificate;
    EXPECT_THAT(reason(authorization.device(credentials)), HasSubstr("thumbprint"));
    certificate.sha256 = std::string(64, 'a');
    const auto answer = authorization.device(credentials);
    ASSERT_TRUE(answer.admission) << answer.refusal.reason;
    EXPECT_FALSE(answer.admission->until);
    certificate.not_valid = "ended at 2020-01-01T00:00:00Z";
    EXPECT_THAT(reason(authorization.device(credentials)), HasSubstr("ended at 2020"));
    certificate.not_valid.clear();

    credentials.client_id = "signed";
    credentials.username = "hub.local/signed/?api-version=2021-04-12";
    EXPECT_THAT(reason(authorization.device(credentials)), HasSubstr("no registered authority"));
    certificate.distrust.clear();
    EXPECT_TRUE(authorization.device(credentials).admission);
    certificate.common_name = "another";
    EXPECT_THAT(reason(authorization.device(credentials)), HasSubstr("another"));
}

// §1.1: the password of a device with a certificate is absent or empty.
TEST_F(AuthorizationTest, TakesNoPasswordFromADeviceThatProvesItselfByCertificate) {
    DeviceDraft by_thumbprint;
    by_thumbprint.authentication = Authentication::self_signed;
    by_thumbprint.thumbprints = Pair{std::string(64, 'A'), ""};
    ASSERT_TRUE(hub.registry.create("x509", by_thumbprint));
    const ClientCertificate certificate{
        .sha1 = {}, .sha256 = std::string(64, 'A'), .common_name = {}, .not_valid = {}, .distrust = {}};
    Credentials credentials;
    credentials.client_id = "x509";
    credentials.username = "hub.local/x509/?api-version=2021-04-12";
    credentials.certificate = &certificate;
    const std::string signed_by_nobody = token("hub.local/devices/x509", device.keys.primary);
    credentials.password = signed_by_nobody;
    EXPECT_THAT(reason(authorization.device(credentials)), HasSubstr("sends no password"));
}

// §1.1: what decides is how the device is registered; a certificate beside a token means nothing.
TEST_F(AuthorizationTest, IgnoresACertificateOfADeviceThatHasKeys) {
    const ClientCertificate certificate{.sha1 = {},
                                        .sha256 = std::string(64, 'A'),
                                        .common_name = "door-1",
                                        .not_valid = "ended at 2020-01-01T00:00:00Z",
                                        .distrust = "self-signed certificate"};
    Credentials credentials;
    credentials.client_id = "door-1";
    credentials.username = "hub.local/door-1/?api-version=2021-04-12";
    credentials.certificate = &certificate;
    EXPECT_FALSE(authorization.device(credentials).admission);
    const std::string good = token("hub.local/devices/door-1", device.keys.primary);
    credentials.password = good;
    EXPECT_TRUE(authorization.device(credentials).admission);
}

}  // namespace
}  // namespace hub
