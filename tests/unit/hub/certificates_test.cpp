#include "scheduler/hub/certificates.hpp"

#include "base/clock.hpp"
#include "base/file_layer.hpp"
#include "scheduler/hub/x509.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

namespace hub {
namespace {

using ::testing::HasSubstr;

const base::SystemTime now = base::ManualClock().system_now();
constexpr std::chrono::hours day{24};

class CertificatesTest : public ::testing::Test {
  protected:
    CertificatesTest() {
        std::string name = (std::filesystem::temp_directory_path() / "certificates-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~CertificatesTest() override { std::filesystem::remove_all(directory_); }

    base::Result<EnsuredCertificates> ensure(const std::vector<std::string>& names,
                                             base::SystemTime when = now) {
        return ensure_certificates(files_, directory_, names, when);
    }
    std::string text(const std::string& name) { return files_.read(directory_ + "/" + name, 65536).value(); }
    void remove(const std::string& name) { std::filesystem::remove(directory_ + "/" + name); }
    unsigned mode(const std::string& name) {
        struct stat status {};
        EXPECT_EQ(stat((directory_ + "/" + name).c_str(), &status), 0);
        return status.st_mode & 0777U;
    }

    base::PosixFileLayer files_;
    std::string directory_;
};

TEST_F(CertificatesTest, FirstStartMakesAChainThatIsForEveryName) {
    const auto done = ensure({"localhost", "hub.local", "127.0.0.1", "::1"});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->ca_made);
    EXPECT_TRUE(done->server_made);
    EXPECT_EQ(done->reason, "");

    const auto ca = read_certificate(text("ca.pem"));
    const auto server = read_certificate(text("server.pem"));
    const auto key = read_private_key(text("server.key"));
    ASSERT_TRUE(ca && server && key);
    EXPECT_TRUE(is_signed_by(**server, **ca));
    EXPECT_TRUE(belongs_to_key(**server, **key));
    for (const char* name : {"localhost", "hub.local", "127.0.0.1", "::1"}) {
        EXPECT_TRUE(is_certificate_for(**server, name)) << name;
    }
    EXPECT_FALSE(is_certificate_for(**server, "other.local"));
    EXPECT_FALSE(is_certificate_for(**server, "127.0.0.2"));
}

TEST_F(CertificatesTest, KeysAreForTheirOwnerOnly) {
    ASSERT_TRUE(ensure({"localhost"}));
    EXPECT_EQ(mode("ca.key"), 0600U);
    EXPECT_EQ(mode("server.key"), 0600U);
    EXPECT_EQ(mode("ca.pem"), 0644U);
    EXPECT_EQ(mode("server.pem"), 0644U);
}

TEST_F(CertificatesTest, SecondStartChangesNothing) {
    ASSERT_TRUE(ensure({"localhost"}));
    const std::string before = text("server.pem");
    const auto again = ensure({"localhost"}, now + day);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_FALSE(again->ca_made);
    EXPECT_FALSE(again->server_made);
    EXPECT_EQ(text("server.pem"), before);
}

TEST_F(CertificatesTest, ANewHostNameRenewsTheServerCertificateUnderTheSameCa) {
    ASSERT_TRUE(ensure({"localhost"}));
    const std::string ca = text("ca.pem");
    const auto again = ensure({"localhost", "doors.example"});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_FALSE(again->ca_made);
    EXPECT_TRUE(again->server_made);
    EXPECT_THAT(again->reason, HasSubstr("doors.example"));
    EXPECT_EQ(text("ca.pem"), ca);
    EXPECT_TRUE(is_certificate_for(**read_certificate(text("server.pem")), "doors.example"));
}

TEST_F(CertificatesTest, RenewsThirtyDaysBeforeTheEnd) {
    ASSERT_TRUE(ensure({"localhost"}));
    const auto end = not_after(**read_certificate(text("server.pem")));
    const auto early = ensure({"localhost"}, end - day * 31);
    ASSERT_TRUE(early);
    EXPECT_FALSE(early->server_made);
    const auto due = ensure({"localhost"}, end - day * 29);
    ASSERT_TRUE(due);
    EXPECT_TRUE(due->server_made);
    EXPECT_THAT(due->reason, HasSubstr("30 days"));
    EXPECT_GT(not_after(**read_certificate(text("server.pem"))), end);
}

TEST_F(CertificatesTest, ReplacesAServerCertificateOfAnotherCa) {
    ASSERT_TRUE(ensure({"localhost"}));
    remove("ca.pem");
    remove("ca.key");
    const auto again = ensure({"localhost"});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->ca_made);
    EXPECT_TRUE(again->server_made);
    EXPECT_THAT(again->reason, HasSubstr("CA"));
}

TEST_F(CertificatesTest, LivesWithoutTheCaKeyUntilItIsNeeded) {
    ASSERT_TRUE(ensure({"localhost"}));
    remove("ca.key");
    EXPECT_TRUE(ensure({"localhost"}));
    const auto needed = ensure({"localhost", "new.example"});
    ASSERT_FALSE(needed);
    EXPECT_THAT(needed.error().message, HasSubstr("ca.key"));
    EXPECT_THAT(needed.error().message, HasSubstr("new.example"));
}

TEST_F(CertificatesTest, ACaKeyWithoutItsCertificateIsNotSilentlyReplaced) {
    ASSERT_TRUE(ensure({"localhost"}));
    remove("ca.pem");
    const auto again = ensure({"localhost"});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, base::Errc::conflict);
    EXPECT_THAT(again.error().message, HasSubstr("ca.pem is missing"));
}

TEST_F(CertificatesTest, ADamagedFileIsNamed) {
    ASSERT_TRUE(ensure({"localhost"}));
    ASSERT_TRUE(base::replace_file(files_, directory_ + "/server.pem", "not a certificate", 0644));
    const auto again = ensure({"localhost"});
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().message, HasSubstr("server.pem"));
}

TEST_F(CertificatesTest, ANameThatWouldMeanMoreInAnExtensionIsRefused) {
    for (const char* name : {"a,DNS:evil.example", "", "with space", "-dash", "two..dots"}) {
        const auto done = ensure({name});
        ASSERT_FALSE(done) << name;
        EXPECT_THAT(done.error().message, HasSubstr(std::string("'") + name + "'"));
    }
}

TEST_F(CertificatesTest, NoNameIsAnError) {
    EXPECT_FALSE(ensure({}));
}

TEST(MakeServerCertificateTest, RefusesAKeyThatIsNotTheCas) {
    const auto one = make_ca("one", now);
    const auto two = make_ca("two", now);
    ASSERT_TRUE(one && two);
    const auto made = make_server_certificate({one->certificate, two->key}, {"localhost"}, now);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("ca.key"));
}

}  // namespace
}  // namespace hub
