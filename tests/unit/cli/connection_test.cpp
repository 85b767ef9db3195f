#include "scheduler/cli/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text_for(const std::string& host) {
    return "HostName=" + host + ";SharedAccessKeyName=service;SharedAccessKey=MDEy";
}

class ConnectionTest : public ::testing::Test {
  protected:
    ConnectionTest() {
        std::string name = (std::filesystem::temp_directory_path() / "lockctl-XXXXXX").string();
        home_ = mkdtemp(name.data());
        variables_["HOME"] = home_;
    }
    ~ConnectionTest() override { std::filesystem::remove_all(home_); }

    std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) {
        std::string path = home_ + "/" + name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        base::PosixFileLayer files;
        EXPECT_TRUE(base::replace_file(files, path, text, mode));
        return path;
    }
    base::Result<Hub> find(const ConnectionOptions& options = {}) {
        return find_hub(options, [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables_.find(name);
            return found == variables_.end() ? std::nullopt : std::optional(found->second);
        });
    }
    std::string found_host(const ConnectionOptions& options = {}) {
        const auto hub = find(options);
        return hub ? hub->connection.host : "error: " + hub.error().message;
    }

    std::string home_;
    std::map<std::string, std::string> variables_;
};

TEST_F(ConnectionTest, TheFirstSourceThatIsThereCounts) {
    write(".local/share/lockhub/lockctl.json", R"({"connectionString":")" + text_for("home") + R"("})");
    EXPECT_EQ(found_host(), "home");
    variables_["LOCKCTL_CONNECTION_FILE"] =
        write("env.json", R"({"connectionString":")" + text_for("env-file") + R"("})");
    EXPECT_EQ(found_host(), "env-file");
    variables_["LOCKCTL_CONNECTION_STRING"] = text_for("env");
    EXPECT_EQ(found_host(), "env");
    const std::string file = write("flag.txt", text_for("flag-file") + "\n");
    EXPECT_EQ(found_host({.connection = "", .file = file, .ca_file = ""}), "flag-file");
    EXPECT_EQ(found_host({.connection = text_for("flag"), .file = file, .ca_file = ""}), "flag");
}

TEST_F(ConnectionTest, TheCaComesFromTheOptionTheEnvironmentOrTheFile) {
    const std::string file =
        write("hub.json", R"({"connectionString":")" + text_for("h") + R"(","caFile":"/data/ca.pem"})");
    EXPECT_EQ(find({.connection = "", .file = file, .ca_file = ""})->ca_file, "/data/ca.pem");
    variables_["LOCKCTL_CA"] = "/env/ca.pem";
    EXPECT_EQ(find({.connection = "", .file = file, .ca_file = ""})->ca_file, "/env/ca.pem");
    EXPECT_EQ(find({.connection = "", .file = file, .ca_file = "/flag/ca.pem"})->ca_file, "/flag/ca.pem");
    variables_.erase("LOCKCTL_CA");
    EXPECT_EQ(find({.connection = text_for("h"), .file = "", .ca_file = ""})->ca_file, "");
}

TEST_F(ConnectionTest, WithNoSourceAtAllEverySourceIsTold) {
    const auto hub = find();
    if (hub) GTEST_SKIP() << "this machine has a hub in /var/lib/lockhub";
    for (const char* part : {"--connection", "--connection-file", "LOCKCTL_CONNECTION_STRING",
                             "LOCKCTL_CONNECTION_FILE", ".local/share/lockhub/lockctl.json"}) {
        EXPECT_THAT(hub.error().message, HasSubstr(part));
    }
}

TEST_F(ConnectionTest, AFileThatIsNamedAndNotThereIsAnError) {
    EXPECT_THAT(found_host({.connection = "", .file = home_ + "/none", .ca_file = ""}), HasSubstr("/none"));
}

TEST_F(ConnectionTest, AFileThatOthersMayReadIsRefusedWithTheCure) {
    const std::string file = write("open.json", text_for("h"), 0644);
    EXPECT_THAT(found_host({.connection = "", .file = file, .ca_file = ""}), HasSubstr("chmod 600"));
}

TEST_F(ConnectionTest, MistakesNameTheSourceAndNeverTheKey) {
    variables_["LOCKCTL_CONNECTION_STRING"] = "HostName=h;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV0!";
    EXPECT_THAT(found_host(), HasSubstr("LOCKCTL_CONNECTION_STRING"));
    EXPECT_THAT(found_host(), Not(HasSubstr("c2VjcmV0")));
    EXPECT_THAT(found_host({.connection = "HostName=h;SharedAccessKeyName=p", .file = "", .ca_file = ""}),
                HasSubstr("SharedAccessKey"));
    const std::string file = write("wrong.json", R"({"caFile":"/ca.pem"})");
    EXPECT_THAT(found_host({.connection = "", .file = file, .ca_file = ""}), HasSubstr("connectionString"));
    const std::string broken = write("broken.json", R"({"connectionString":)");
    EXPECT_THAT(found_host({.connection = "", .file = broken, .ca_file = ""}), HasSubstr("line 1"));
}

TEST_F(ConnectionTest, ADevicesConnectionStringIsRecognised) {
    EXPECT_THAT(
        found_host({.connection = "HostName=h;DeviceId=d;SharedAccessKey=MDEy", .file = "", .ca_file = ""}),
        HasSubstr("device's connection string"));
}

}  // namespace
}  // namespace cli
