#include "scheduler/hub/device_trust.hpp"

#include "scheduler/hub/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace hub {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class DeviceTrustTest : public testing::Test {
  protected:
    DeviceTrustTest() {
        std::string name = std::filesystem::temp_directory_path() / "lockhub-trust-XXXXXX";
        directory_ = ::mkdtemp(name.data());
        (void)base::replace_file(files_, directory_ + "/ca.pem", authority("own"), 0644);
    }
    ~DeviceTrustTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    DeviceTrustTest(const DeviceTrustTest&) = delete;
    DeviceTrustTest& operator=(const DeviceTrustTest&) = delete;

    static std::string authority(const std::string& name) {
        return make_ca(name, std::chrono::system_clock::now())->certificate;
    }
    std::unique_ptr<DeviceTrust> load() {
        auto trust = DeviceTrust::load(files_, directory_);
        EXPECT_TRUE(trust) << trust.error().message;
        return trust ? std::move(*trust) : nullptr;
    }

    base::PosixFileLayer files_;
    std::string directory_;
};

TEST_F(DeviceTrustTest, BeginsWithTheHubsOwnAuthorityAndKeepsThoseThatAreAdded) {
    const auto trust = load();
    EXPECT_THAT(trust->now()->descriptions(), SizeIs(1));
    const auto before = trust->now();
    ASSERT_TRUE(trust->add(authority("factory")));
    EXPECT_THAT(trust->now()->descriptions(), testing::ElementsAre(HasSubstr("own"), HasSubstr("factory")));
    EXPECT_THAT(before->descriptions(), SizeIs(1));  // a handshake that uses it goes on with it
    EXPECT_THAT(load()->now()->descriptions(), SizeIs(2));
}

TEST_F(DeviceTrustTest, RefusesWhatMayNotSignOthersAndChangesNothing) {
    const auto ca = *make_ca("own", std::chrono::system_clock::now());
    const auto leaf = *make_server_certificate(ca, {"localhost"}, std::chrono::system_clock::now());
    const auto trust = load();
    const auto added = trust->add(leaf.certificate);
    ASSERT_FALSE(added);
    EXPECT_THAT(added.error().message, HasSubstr("CA:TRUE"));
    EXPECT_THAT(trust->add("nothing").error().message, HasSubstr("no PEM certificate"));
    EXPECT_FALSE(std::filesystem::exists(directory_ + "/device-ca.pem"));
}

TEST_F(DeviceTrustTest, TakesABoundedNumber) {
    std::string many;
    for (std::size_t i = 0; i < DeviceAuthorities::most; ++i) {
        many += authority("factory " + std::to_string(i));
    }
    const auto added = load()->add(many);  // and the hub's own makes one too many
    ASSERT_FALSE(added);
    EXPECT_THAT(added.error().message, HasSubstr("more than 64"));
}

TEST_F(DeviceTrustTest, NamesAFileThatIsBroken) {
    (void)base::replace_file(files_, directory_ + "/device-ca.pem", "-----BEGIN CERTIFICATE-----\nx\n", 0644);
    const auto trust = DeviceTrust::load(files_, directory_);
    ASSERT_FALSE(trust);
    EXPECT_THAT(trust.error().message,
                testing::AllOf(HasSubstr("device-ca.pem"), HasSubstr("lockhub ca add")));
}

}  // namespace
}  // namespace hub
