#include "firmware/config.hpp"
#include "tests/unit/firmware/pem_maker.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace firmware {
namespace {

using std::filesystem::perms;

constexpr std::string_view key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

// A configuration in a directory of its own, with this section connection and the files that it names.
class ConfigConnectionTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "doorlock-connection-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    void write(const std::string& name, std::string_view text,
               perms mode = perms::owner_read | perms::owner_write) const {
        std::ofstream(directory + "/" + name) << text;
        std::filesystem::permissions(directory + "/" + name, mode);
    }
    [[nodiscard]] base::Result<Config> load(std::string_view connection) const {
        write("door.json", std::string(R"({"connection": )").append(connection) +
                               R"(, "state_directory": "state",
              "lock": {"kind": "motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"}}})");
        return load_config(directory + "/door.json");
    }
    // Texts of the warnings of a configuration that is good.
    [[nodiscard]] std::string warnings(std::string_view connection) const {
        const auto config = load(connection);
        if (!config) return "refused: " + config.error().message;
        std::string all;
        for (const Mistake& warning : config->warnings)
            all += warning.text + "\n";
        return all;
    }
    // What is said against it; empty if nothing is.
    [[nodiscard]] std::string mistake(std::string_view connection) const {
        const auto config = load(connection);
        return config ? std::string() : config.error().message;
    }

    std::string directory;
};

TEST_F(ConfigConnectionTest, TakesTheKeyFromAFileOfItsOwn) {
    write("door.key", std::string(key) + "\n");
    const auto config =
        load(R"({"string": "HostName=hub.local;DeviceId=door-1;SharedAccessKeyFile=door.key"})");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->hub.identity.shared_access_key, key);
}

TEST_F(ConfigConnectionTest, RefusesAKeyFileThatOthersMayRead) {
    write("door.key", key, perms::owner_read | perms::others_read);
    const std::string said =
        mistake(R"({"string": "HostName=hub.local;DeviceId=door-1;SharedAccessKeyFile=door.key"})");
    EXPECT_NE(said.find("others may read it; run: chmod 600 " + directory + "/door.key"), std::string::npos)
        << said;
}

TEST_F(ConfigConnectionTest, RefusesAKeyFileThatHoldsNoKeyAndDoesNotRepeatIt) {
    for (const char* text : {"", "\n", "not base64!", "MDEyMz"}) {
        write("door.key", text);
        const std::string said =
            mistake(R"({"string": "HostName=hub.local;DeviceId=door-1;SharedAccessKeyFile=door.key"})");
        EXPECT_NE(said.find("SharedAccessKeyFile: " + directory + "/door.key holds no key"),
                  std::string::npos)
            << said;
        EXPECT_EQ(said.find("not base64!"), std::string::npos);
    }
}

TEST_F(ConfigConnectionTest, ConnectsToTheGatewayAndItsPort) {
    const auto config = load(
        R"({"string": "HostName=hub.local;DeviceId=d;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg==;GatewayHostName=edge:8884"})");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->hub.port, 8884);
    EXPECT_EQ(config->hub.identity.gateway_host, "edge");
    EXPECT_EQ(config->hub.identity.host, "hub.local");
}

TEST_F(ConfigConnectionTest, NeedsACertificateAndItsKeyForX509) {
    const std::string x509 = R"("string": "HostName=hub.local;DeviceId=door-1;x509=true")";
    const std::string pair = R"(, "certificate_file": "d.pem", "key_file": "d.key"})";
    EXPECT_NE(mistake("{" + x509 + "}").find("x509=true needs certificate_file and key_file"),
              std::string::npos);
    EXPECT_NE(mistake("{" + x509 + R"(, "certificate_file": "d.pem"})").find("key_file is missing"),
              std::string::npos);
    const PemPair made = make_pem_pair();
    write("d.pem", made.certificate);
    write("d.key", made.key);
    EXPECT_EQ(mistake("{" + x509 + pair), "");
    write("d.key", made.key, perms::owner_read | perms::group_read);
    EXPECT_NE(mistake("{" + x509 + pair).find("chmod 600"), std::string::npos);
    write("d.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n");
    EXPECT_NE(mistake("{" + x509 + pair).find("is encrypted"), std::string::npos);
    write("string", "HostName=hub.local;DeviceId=door-1;x509=true");
    EXPECT_NE(mistake(R"({"string_file": "string"})").find("connection.string_file: x509=true needs"),
              std::string::npos);
}

TEST_F(ConfigConnectionTest, RefusesAKeyThatIsNotTheOneOfTheCertificate) {
    const std::string connection =
        R"({"string": "HostName=hub.local;DeviceId=door-1;x509=true", "certificate_file": "d.pem", "key_file": "d.key"})";
    write("d.pem", make_pem_pair().certificate);
    write("d.key", make_pem_pair().key);
    const std::string said = mistake(connection);
    EXPECT_NE(said.find("connection.key_file: " + directory +
                        "/d.key is not the private key of the certificate in " + directory + "/d.pem"),
              std::string::npos)
        << said;
}

TEST_F(ConfigConnectionTest, SaysWhichPemFileIsJunkAndWhy) {
    const std::string connection =
        R"({"string": "HostName=hub.local;DeviceId=door-1;x509=true", "ca_file": "ca.pem",
            "certificate_file": "d.pem", "key_file": "d.key"})";
    write("ca.pem", "no certificate at all");
    write("d.pem", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n");
    write("d.key", "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n");
    const std::string said = mistake(connection);
    for (const std::string& part : std::vector<std::string>{
             "connection.ca_file: " + directory + "/ca.pem: there is no certificate in PEM form",
             "connection.certificate_file: " + directory + "/d.pem: certificate 1 cannot be read: ",
             "connection.key_file: " + directory + "/d.key: the private key cannot be read: "}) {
        EXPECT_NE(said.find(part), std::string::npos) << part << "\n" << said;
    }
}

TEST_F(ConfigConnectionTest, WarnsOfACertificateThatHasEndedOrHasNotBegun) {
    const std::string connection =
        R"({"string": "HostName=hub.local;DeviceId=door-1;x509=true", "ca_file": "ca.pem",
            "certificate_file": "d.pem", "key_file": "d.key"})";
    const PemPair over = make_pem_pair(-7200, -3600);
    write("ca.pem", over.certificate);
    write("d.pem", over.certificate);
    write("d.key", over.key);
    const std::string said = warnings(connection);
    EXPECT_NE(said.find("connection.certificate_file: " + directory + "/d.pem ended at 20"),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("connection.ca_file: " + directory + "/ca.pem ended at 20"), std::string::npos)
        << said;
    // One that is good is enough of a CA.
    write("ca.pem", over.certificate + make_pem_pair().certificate);
    const PemPair early = make_pem_pair(3600, 7200);
    write("d.pem", early.certificate);
    write("d.key", early.key);
    EXPECT_NE(warnings(connection).find("/d.pem begins at 20"), std::string::npos);
    EXPECT_EQ(warnings(connection).find("ca.pem"), std::string::npos);
}

TEST_F(ConfigConnectionTest, WarnsOfATokenThatHasEndedOrIsForAnother) {
    const auto with = [](const std::string& token) {
        return R"({"string": "HostName=hub.local;DeviceId=door-1;SharedAccessSignature=)" + token + R"("})";
    };
    const std::string good = "SharedAccessSignature sr=hub.local%2Fdevices%2Fdoor-1&sig=MDEy&se=";
    EXPECT_EQ(warnings(with(good + "9183110400")), "");
    EXPECT_NE(warnings(with(good + "1500000000")).find("it ended at 2017-07-14T02:40:00"), std::string::npos)
        << warnings(with(good + "1500000000"));
    EXPECT_NE(warnings(with("SharedAccessSignature sr=hub.local%2Fdevices%2Fdoor-2&sig=MDEy&se=9183110400"))
                  .find("it is for hub.local/devices/door-2, not for hub.local/devices/door-1"),
              std::string::npos);
    EXPECT_NE(warnings(with("SharedAccessSignature sig=MDEy")).find("no hub will take it"),
              std::string::npos);
    EXPECT_EQ(warnings(with(good + "1500000000")).find("MDEy"), std::string::npos) << "never the secret";
}

TEST_F(ConfigConnectionTest, TakesAConnectionFileWithoutASecretThatOthersMayRead) {
    constexpr auto open = perms::owner_read | perms::owner_write | perms::group_read | perms::others_read;
    write("door.key", key);
    const std::string connection = R"({"string_file": "string"})";
    write("string", "HostName=hub.local;DeviceId=door-1;SharedAccessKeyFile=door.key\n", open);
    const auto config = load(connection);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->hub.identity.shared_access_key, key);
    for (const std::string& text :
         std::vector<std::string>{"HostName=hub.local;DeviceId=door-1;SharedAccessKey=" + std::string(key),
                                  "HostName=hub.local;DeviceId=door-1;SharedAccessSignature=x",
                                  "DeviceId=door-1;SharedAccessKey=" + std::string(key)}) {
        write("string", text, open);
        EXPECT_NE(mistake(connection)
                      .find("connection.string_file: " + directory +
                            "/string holds a secret and others may read it; run: chmod 600"),
                  std::string::npos)
            << text << "\n"
            << mistake(connection);
    }
}

TEST_F(ConfigConnectionTest, SaysOnceThatTheConnectionIsOfTheWrongType) {
    const std::string said = mistake(R"({"string_file": 5})");
    EXPECT_NE(said.find("connection.string_file: a text is expected, not 5"), std::string::npos) << said;
    EXPECT_EQ(said.find("exactly one of"), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
}

// Every mistake at once: those in the text, in the files that it names, and in the directory.
TEST_F(ConfigConnectionTest, NamesTheMistakesOfFilesBesideThoseOfTheText) {
    write("door.json", R"({"connection": {"string_file": "nowhere", "ca_file": "ca.pem", "prt": 1},
 "state_directory": "door.json/state",
 "lock": {"kind": "x", "lines": {"lock": "GPIO17", "unlock": "GPIO27"}}})");
    const auto checked = load_config(directory + "/door.json", ConfigUse::check);
    ASSERT_FALSE(checked);
    const std::string& said = checked.error().message;
    for (const std::string& part :
         std::vector<std::string>{"1:32: connection.string_file: cannot read ",
                                  "connection.ca_file: cannot read ", "connection.prt: there is no",
                                  "2:21: state_directory: " + directory + "/door.json/state cannot be made: ",
                                  "3:19: lock.kind: one of"}) {
        EXPECT_NE(said.find(part), std::string::npos) << part << "\n" << said;
    }
}

TEST_F(ConfigConnectionTest, BoundsLivenessTelemetryAndTheModel) {
    const std::string begin =
        R"({"string": "HostName=h;DeviceId=d;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg==", )";
    EXPECT_EQ(load(begin + R"("liveness": "2m"})")->hub.liveness, std::chrono::minutes(2));
    EXPECT_EQ(load(begin + R"("port": 8883})")->hub.liveness, std::chrono::minutes(5));
    EXPECT_NE(mistake(begin + R"("liveness": "1s"})").find("connection.liveness"), std::string::npos);
    EXPECT_EQ(mistake(begin + R"("model_id": "dtmi:com:example:Door;1"})"), "");
    for (const char* wrong : {"Door", "dtmi:com:example:Door", "dtmi:com:ex ample;1", "dtmi:a;x"}) {
        EXPECT_NE(mistake(begin + R"("model_id": ")" + wrong + R"("})").find("connection.model_id"),
                  std::string::npos)
            << wrong;
    }
}

TEST(ConfigTelemetryTest, KeepsAThousandEventsUnlessToldOtherwise) {
    const auto with = [](const std::string& more) {
        return parse_config(
            R"({"connection": {"string_file": "c"}, "state_directory": "s", )" + more +
                R"("lock": {"kind": "motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"}}})",
            "/etc");
    };
    EXPECT_EQ(std::get<Config>(with("")).telemetry.events, 1000U);
    const auto few = with(R"("telemetry": {"keep": 10}, )");
    EXPECT_EQ(std::get<Config>(few).telemetry.events, 10U);
    EXPECT_EQ(std::get<Config>(few).telemetry.bytes, 2560U);
    EXPECT_TRUE(std::holds_alternative<std::vector<Mistake>>(with(R"("telemetry": {"keep": 0}, )")));
    EXPECT_TRUE(std::holds_alternative<Config>(with(R"("report_interval": "5m", )")));
    EXPECT_TRUE(std::holds_alternative<std::vector<Mistake>>(with(R"("report_interval": "1s", )")));
}

// After a crash, what was edited meanwhile must not leave an actuator under power.
TEST_F(ConfigConnectionTest, MistakesElsewhereDoNotKeepADoorFromBeingMadeSafe) {
    ASSERT_FALSE(load(R"({"string_file": "nowhere", "prt": 1})"));
    const auto safe = load_config(directory + "/door.json", ConfigUse::safe);
    ASSERT_TRUE(safe) << safe.error().message;
    EXPECT_EQ(safe->lines.lock->line, "GPIO17");
    EXPECT_EQ(safe->lines.unlock->line, "GPIO27");
    ASSERT_EQ(safe->overlooked.size(), 1U);
    EXPECT_NE(safe->overlooked.front().text.find("connection.prt"), std::string::npos);
}

TEST_F(ConfigConnectionTest, ADoorWhoseOutputsAreNotKnownCannotBeMadeSafe) {
    write("door.json", R"({"lock": {"kind": "motor_bolt", "lines": {"lock": "GPIO17"}}})");
    const auto safe = load_config(directory + "/door.json", ConfigUse::safe);
    ASSERT_FALSE(safe);
    EXPECT_NE(safe.error().message.find("needs both lock and unlock"), std::string::npos);
    write("door.json", R"({"lock": )");
    EXPECT_FALSE(load_config(directory + "/door.json", ConfigUse::safe));
}

TEST_F(ConfigConnectionTest, WarnsOfAKeyInAConfigurationThatOthersMayRead) {
    const std::string connection =
        R"({"string": "HostName=hub.local;DeviceId=door-1;SharedAccessKey=)" + std::string(key) + "\"}";
    auto config = load(connection);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_TRUE(config->warnings.empty());
    std::filesystem::permissions(directory + "/door.json", perms::owner_read | perms::group_read);
    config = load_config(directory + "/door.json");
    ASSERT_TRUE(config);
    ASSERT_EQ(config->warnings.size(), 1U);
    EXPECT_NE(config->warnings.front().text.find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace firmware
