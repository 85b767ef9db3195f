#include "scheduler/hub/first_start.hpp"

#include "base/json.hpp"
#include "endpoint_rig.hpp"
#include "scheduler/hub/file_lock.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hub {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class FirstStartTest : public testing::Test {
  protected:
    FirstStartTest() {
        std::string name = fs::temp_directory_path() / "lockhub-first-XXXXXX";
        top_ = ::mkdtemp(name.data());
        directory_ = top_ + "/data";
    }
    ~FirstStartTest() override {
        std::error_code ignored;
        fs::remove_all(top_, ignored);
    }

    base::Result<void> start(const Settings& settings = {}) {
        if (auto ready = prepare_directory(files_, directory_, settings, rig_.clock.system_now(), rig_.log);
            !ready) {
            return ready.error();
        }
        if (auto ready = prepare_access(files_, directory_, settings, rig_.database, rig_.policies, rig_.log);
            !ready) {
            return ready.error();
        }
        return keep_settings(files_, directory_, settings);
    }
    [[nodiscard]] fs::perms mode(const std::string& name) const {
        return fs::status(directory_ + "/" + name).permissions();
    }
    std::string text(const std::string& name) { return *files_.read(directory_ + "/" + name, 65536); }

    std::string top_;
    std::string directory_;
    base::PosixFileLayer files_;
    EndpointRig rig_;
};

TEST_F(FirstStartTest, MakesWhatAHubNeedsWithTheRightModes) {
    ASSERT_TRUE(start());
    EXPECT_EQ(fs::status(directory_).permissions(), fs::perms(0700));
    EXPECT_EQ(mode("ca.key"), fs::perms(0600));
    EXPECT_EQ(mode("server.key"), fs::perms(0600));
    EXPECT_EQ(mode("lockctl.json"), fs::perms(0600));
    EXPECT_EQ(mode("ca.pem"), fs::perms(0644));
}

TEST_F(FirstStartTest, RefusesKeysThatOthersMayReadWhetherThisStartNeedsThemOrNot) {
    for (const char* name : {"ca.key", "server.key", "lockctl.json"}) {
        ASSERT_TRUE(start()) << name;
        const std::string path = directory_ + "/" + name;
        fs::permissions(path, fs::perms(0640));
        const auto refused = start();
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().code, base::Errc::permission_denied);
        EXPECT_THAT(refused.error().message, HasSubstr("chmod 600 " + path));
        fs::permissions(path, fs::perms(0600));
    }
}

TEST_F(FirstStartTest, RefusesADirectoryThatOthersMayWriteTo) {
    ASSERT_TRUE(start());
    for (const unsigned mode : {0770U, 0702U, 01777U}) {
        fs::permissions(directory_, fs::perms(mode));
        const auto refused = start();
        ASSERT_FALSE(refused) << mode;
        EXPECT_EQ(refused.error().code, base::Errc::permission_denied);
        EXPECT_THAT(refused.error().message, HasSubstr("chmod go-w " + directory_));
    }
    fs::permissions(directory_, fs::perms(0755));  // what others may read of it is public
    EXPECT_TRUE(start());
}

TEST_F(FirstStartTest, LeavesTheCertificateOfARunningHubAlone) {
    ASSERT_TRUE(start());
    const std::string certificate = text("server.pem");
    const auto running = FileLock::take(directory_ + "/hub.db");
    ASSERT_TRUE(running);
    Settings other;
    other.hostnames = {"other.example.org"};
    const auto refused = start(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Errc::busy);
    EXPECT_EQ(text("server.pem"), certificate);
}

TEST_F(FirstStartTest, TellsLockctlWhereTheHubIs) {
    ASSERT_TRUE(start());
    const auto json = base::Json::parse(text("lockctl.json"));
    ASSERT_TRUE(json);
    EXPECT_THAT(
        std::string(*json->find("connectionString").as_string()),
        testing::StartsWith("HostName=localhost:8443;SharedAccessKeyName=iothubowner;SharedAccessKey="));
    EXPECT_EQ(json->find("caFile").as_string(), directory_ + "/ca.pem");
}

TEST_F(FirstStartTest, MakesNothingTheSecondTime) {
    ASSERT_TRUE(start());
    const std::string ca = text("ca.pem");
    const std::string access = text("lockctl.json");
    rig_.lines.clear();
    ASSERT_TRUE(start());
    EXPECT_THAT(rig_.lines, IsEmpty());
    EXPECT_EQ(text("ca.pem"), ca);
    EXPECT_EQ(text("lockctl.json"), access);
}

TEST_F(FirstStartTest, TellsLockctlAnewWhenThePortIsAnother) {
    ASSERT_TRUE(start());
    Settings settings;
    settings.https_port = 9443;
    ASSERT_TRUE(start(settings));
    EXPECT_THAT(text("lockctl.json"), HasSubstr("localhost:9443"));
}

TEST_F(FirstStartTest, LogsNoKey) {
    ASSERT_TRUE(start());
    EXPECT_THAT(rig_.lines, Contains(HasSubstr("event=made")));
    for (const std::string& line : rig_.lines) {
        EXPECT_THAT(line, testing::Not(HasSubstr("SharedAccessKey")));
    }
}

TEST_F(FirstStartTest, SaysWhatToDoWhenTheDirectoryCannotBeMade) {
    ASSERT_TRUE(base::replace_file(files_, top_ + "/file", "x", 0600));
    directory_ = top_ + "/file/data";
    const auto started = start();
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().message, testing::AllOf(HasSubstr(directory_), HasSubstr("--data")));
}

TEST_F(FirstStartTest, FindsAHubOnlyWhereOneWasMadeAndMakesNone) {
    const auto absent = find_hub(directory_);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, base::Errc::not_found);
    EXPECT_THAT(absent.error().message,
                testing::AllOf(HasSubstr(directory_), HasSubstr("lockhub init"), HasSubstr("lockhub run")));
    EXPECT_FALSE(fs::exists(directory_));
    const ScratchFile made("hub.db");
    { ASSERT_TRUE(Database::open(made.path())); }
    EXPECT_TRUE(find_hub(fs::path(made.path()).parent_path().string()));
}

TEST_F(FirstStartTest, NamesTheWholePathOfWhatCannotBeReadAndTheCure) {
    ASSERT_TRUE(start());
    for (const std::string name : {"server.key", "server.pem", "ca.key", "ca.pem"}) {
        ASSERT_TRUE(base::replace_file(files_, directory_ + "/" + name, "x", 0600));
        if (name == "ca.key") fs::remove(directory_ + "/server.pem");  // else it is not needed
        const auto started = start();
        ASSERT_FALSE(started) << name;
        EXPECT_THAT(started.error().message,
                    testing::AllOf(testing::StartsWith(directory_ + "/" + name + " is no PEM"),
                                   HasSubstr("remove " + directory_)));
    }
}

// ---- settings ----

TEST_F(FirstStartTest, KeepsTheSettingsOfTheFirstStart) {
    SettingsGiven given;
    given.mqtt_port = 18883;
    given.hostnames = {"hub.example.org"};
    const auto first = load_settings(files_, directory_, given);
    ASSERT_TRUE(first);
    ASSERT_TRUE(start(*first));
    const auto later = load_settings(files_, directory_, {});
    ASSERT_TRUE(later);
    EXPECT_EQ(later->mqtt_port, 18883);
    EXPECT_EQ(later->https_port, 8443);
    EXPECT_EQ(later->device_host(), "hub.example.org");
}

TEST_F(FirstStartTest, WhatIsGivenOutranksTheFile) {
    ASSERT_TRUE(start());
    SettingsGiven given;
    given.listen = "0.0.0.0";
    given.https_port = 9443;
    const auto settings = load_settings(files_, directory_, given);
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->listen, "0.0.0.0");
    EXPECT_EQ(settings->https_port, 9443);
}

TEST_F(FirstStartTest, TellsSettingsThatTheNextStartWouldForget) {
    Settings settings;
    EXPECT_TRUE(check_kept_settings(files_, directory_, settings)) << "there is no hub yet";
    ASSERT_TRUE(start(settings));
    EXPECT_TRUE(check_kept_settings(files_, directory_, settings));
    settings.hostnames = {"hub.example.org"};
    const auto forgotten = check_kept_settings(files_, directory_, settings);
    ASSERT_FALSE(forgotten);
    EXPECT_EQ(forgotten.error().code, base::Errc::already_exists);
    EXPECT_THAT(forgotten.error().message, HasSubstr("change them in " + directory_ + "/lockhub.json"));
}

TEST_F(FirstStartTest, RefusesSettingsThatCannotBe) {
    SettingsGiven same;
    same.mqtt_port = 8443;
    const auto refused = load_settings(files_, directory_, same);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("8443"));
    SettingsGiven nowhere;
    nowhere.listen = "localhost";
    const auto no_address = load_settings(files_, directory_, nowhere);
    ASSERT_FALSE(no_address);
    EXPECT_THAT(no_address.error().message, HasSubstr("'localhost' is no IP address"));
    ASSERT_TRUE(start());
    for (const char* bad : {"{", "[]", R"({"mqttPort":0})", R"({"httpsPort":"x"})", R"({"hostnames":[1]})",
                            R"({"listen":5})", R"({"mqttport":8884})"}) {
        ASSERT_TRUE(base::replace_file(files_, directory_ + "/lockhub.json", bad, 0644));
        const auto settings = load_settings(files_, directory_, {});
        ASSERT_FALSE(settings) << bad;
        EXPECT_THAT(settings.error().message, HasSubstr("lockhub.json"));
    }
}

TEST(Settings, NameEveryWayToTheHubInItsCertificate) {
    Settings settings;
    settings.hostnames = {"hub.example.org", "localhost"};
    settings.listen = "192.0.2.7";
    const auto names = settings.certificate_names();
    for (const char* name : {"hub.example.org", "localhost", "127.0.0.1", "192.0.2.7"}) {
        EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
    }
}

TEST(Settings, ReachTheHubWhereItListens) {
    Settings settings;
    EXPECT_EQ(settings.service_host(), "localhost");
    EXPECT_EQ(settings.device_host(), "localhost");
    settings.listen = "192.0.2.7";
    EXPECT_EQ(settings.service_host(), "192.0.2.7");
    EXPECT_EQ(settings.device_host(), "192.0.2.7");
    settings.listen = "0.0.0.0";
    EXPECT_EQ(settings.service_host(), "localhost");
}

}  // namespace
}  // namespace hub
