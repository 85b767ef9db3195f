#include "scheduler/http/tls.hpp"

#include "base/file_layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace http {
namespace {

using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
  protected:
    TlsTest() {
        std::string name = (std::filesystem::temp_directory_path() / "tls-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~TlsTest() override { std::filesystem::remove_all(directory_); }

    std::string file(const std::string& name, std::string_view text, unsigned mode) {
        base::PosixFileLayer files;
        std::string path = directory_ + "/" + name;
        EXPECT_TRUE(base::replace_file(files, path, text, mode));
        return path;
    }
    std::string directory_;
};

TEST_F(TlsTest, NoCaFileMeansTheSystemsTrustStore) {
    EXPECT_TRUE(make_client_tls(""));
}

TEST_F(TlsTest, AMissingCaFileIsAnErrorAndNotTheSystemsTrustStore) {
    const auto tls = make_client_tls(directory_ + "/ca.pem");
    ASSERT_FALSE(tls);
    EXPECT_EQ(tls.error().code, base::Errc::not_found);
    EXPECT_THAT(tls.error().message, HasSubstr("ca.pem"));
}

TEST_F(TlsTest, ACaFileWithoutACertificateIsNamed) {
    const auto tls = make_client_tls(file("ca.pem", "hello", 0644));
    ASSERT_FALSE(tls);
    EXPECT_THAT(tls.error().message, HasSubstr("ca.pem"));
    EXPECT_THAT(tls.error().message, HasSubstr("no PEM certificate"));
}

TEST_F(TlsTest, AServerKeyThatOthersMayReadIsRefusedWithTheCure) {
    const auto tls = make_server_tls(file("server.pem", "x", 0644), file("server.key", "x", 0644));
    ASSERT_FALSE(tls);
    EXPECT_EQ(tls.error().code, base::Errc::permission_denied);
    EXPECT_THAT(tls.error().message, HasSubstr("chmod 600"));
}

TEST_F(TlsTest, AServerCertificateThatIsNoneIsNamed) {
    const auto tls = make_server_tls(file("server.pem", "x", 0644), file("server.key", "x", 0600));
    ASSERT_FALSE(tls);
    EXPECT_THAT(tls.error().message, HasSubstr("server.pem"));
}

}  // namespace
}  // namespace http
