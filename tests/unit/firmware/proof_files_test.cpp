#include "firmware/proof_files.hpp"

#include "tests/unit/firmware/pem_maker.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace firmware {
namespace {

class ProofFilesTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "doorlock-proof-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory); }
    [[nodiscard]] std::string write(const std::string& name, std::string_view text) const {
        const std::string path = directory + "/" + name;
        std::ofstream(path) << text;
        (void)::chmod(path.c_str(), 0600);
        return path;
    }
    [[nodiscard]] static std::string said(const ProofFiles& files) {
        const auto good = check_proof(files);
        return good ? std::string() : good.error().message;
    }

    std::string directory;
};

TEST_F(ProofFilesTest, FindsNothingWrongWithAPairAndWithNoFilesAtAll) {
    const PemPair made = make_pem_pair();
    const ProofFiles files{write("ca.pem", make_pem_pair().certificate), write("d.pem", made.certificate),
                           write("d.key", made.key)};
    EXPECT_EQ(said(files), "");
    EXPECT_EQ(said({}), "");
}

TEST_F(ProofFilesTest, NamesTheKeyOfAnotherCertificate) {
    const ProofFiles files{"", write("d.pem", make_pem_pair().certificate),
                           write("d.key", make_pem_pair().key)};
    EXPECT_EQ(said(files), files.key + " is not the private key of the certificate in " + files.certificate +
                               "; the two that were made together are expected");
}

TEST_F(ProofFilesTest, ReadsAWholeChainAndNamesTheOneThatIsCutOff) {
    const std::string one = make_pem_pair().certificate;
    const auto chain = check_certificate_file(write("chain.pem", one + "a comment\n" + one));
    ASSERT_TRUE(chain) << chain.error().message;
    EXPECT_EQ(chain->size(), 2U);
    EXPECT_LT(chain->front().begins, chain->front().ends);
    const auto cut = check_certificate_file(write("cut.pem", one + one.substr(0, one.size() / 2)));
    ASSERT_FALSE(cut);
    EXPECT_NE(cut.error().message.find("cut.pem: certificate 2 cannot be read"), std::string::npos)
        << cut.error().message;
}

TEST_F(ProofFilesTest, TakesACertificateThatEndsInEightThousandYears) {
    constexpr int days = 365 * 7900;
    const auto times = check_certificate_file(write("d.pem", make_pem_pair(-3600, 3600, days).certificate));
    ASSERT_TRUE(times) << times.error().message;
    EXPECT_GT(times->front().ends, times->front().begins + std::chrono::hours(24 * 365 * 200));
}

TEST_F(ProofFilesTest, RefusesAKeyThatNeedsAPasswordAndOneThatIsNone) {
    const auto refused = [this](std::string_view text) {
        const auto good = check_key_file(write("d.key", text));
        return good ? std::string() : good.error().message;
    };
    EXPECT_NE(refused("").find("d.key: there is no private key in PEM form"), std::string::npos);
    EXPECT_NE(refused("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMA==\n"
                      "-----END EC PRIVATE KEY-----\n")
                  .find("is encrypted"),
              std::string::npos);
    EXPECT_NE(refused("-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n")
                  .find("d.key: the private key cannot be read: "),
              std::string::npos);
    EXPECT_NE(refused(make_pem_pair().certificate).find("there is no private key"), std::string::npos);
}

}  // namespace
}  // namespace firmware
