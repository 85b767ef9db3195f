#include "scheduler/cli/device_commands.hpp"

#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* device =
    R"({"deviceId":"door-1","status":"enabled","connectionState":"Disconnected","etag":"1",)"
    R"("lastActivityTime":"0001-01-01T00:00:00","authentication":{"type":"sas","symmetricKey":)"
    R"({"primaryKey":"a2V5","secondaryKey":"eA=="}}})";

class DeviceCommandsTest : public ::testing::Test, protected Bench {
  protected:
    ~DeviceCommandsTest() override {
        if (!directory.empty()) std::filesystem::remove_all(directory);
    }
    void make_directory() {
        std::string name = (std::filesystem::temp_directory_path() / "device-XXXXXX").string();
        directory = mkdtemp(name.data());
    }

    std::string directory;
};

TEST_F(DeviceCommandsTest, AddPrintsTheConnectionStringWithTheHubsMqttPort) {
    hub.be_lockhub();
    hub.answer("PUT /devices/door-1", 200, device);
    EXPECT_EQ(run(DeviceAdd{.id = "door-1"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "HostName=hub.local:18883;DeviceId=door-1;SharedAccessKey=a2V5\n");
}

TEST_F(DeviceCommandsTest, AtAPlainIotHubThePortGoesWithoutSaying) {
    hub.answer("PUT /devices/door-1", 200, device);
    EXPECT_EQ(run(DeviceAdd{.id = "door-1"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "HostName=hub.local;DeviceId=door-1;SharedAccessKey=a2V5\n");
}

TEST_F(DeviceCommandsTest, AddWritesAFileThatOnlyItsOwnerMayRead) {
    make_directory();
    hub.answer("PUT /devices/door-1", 200, device);
    const std::string path = directory + "/connection";
    EXPECT_EQ(run(DeviceAdd{.id = "door-1", .connection_file = path}, context).exit, Exit::ok);
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), "HostName=hub.local;DeviceId=door-1;SharedAccessKey=a2V5\n");
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_THAT(out.str(), Not(HasSubstr("a2V5")));
}

TEST_F(DeviceCommandsTest, AFileThatCannotBeWrittenStillSaysThatTheDeviceIsThere) {
    make_directory();
    std::filesystem::create_directory(directory + "/x.new");  // in the way of the new file
    hub.answer("PUT /devices/door-1", 200, device);
    const auto outcome = run(DeviceAdd{.id = "door-1", .connection_file = directory + "/x"}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("the device is registered"));
    EXPECT_THAT(outcome.message, HasSubstr("--connection-string"));
}

TEST_F(DeviceCommandsTest, NothingIsRegisteredWhenTheFileIsThereOrCannotBe) {
    make_directory();
    const std::string path = directory + "/connection";
    std::ofstream(path) << "of another door";
    const auto there = run(DeviceAdd{.id = "door-1", .connection_file = path}, context);
    EXPECT_EQ(there.exit, Exit::failure);
    EXPECT_THAT(there.message, HasSubstr("'" + path + "' exists already"));
    const auto nowhere = run(DeviceAdd{.id = "door-1", .connection_file = "/nonexistent/x"}, context);
    EXPECT_EQ(nowhere.exit, Exit::failure);
    EXPECT_THAT(nowhere.message, HasSubstr("no directory '/nonexistent'"));
    EXPECT_TRUE(hub.requests.empty());
    std::string text;
    std::getline(std::ifstream(path), text);
    EXPECT_EQ(text, "of another door");
}

TEST_F(DeviceCommandsTest, AddingADeviceThatIsThereSaysHowToGetItsConnectionString) {
    hub.answer("PUT /devices/door-1", 409, R"({"Message":"ErrorCode:DeviceAlreadyExists;Conflict"})");
    const auto outcome = run(DeviceAdd{.id = "door-1"}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("exists already"));
    EXPECT_THAT(outcome.message, HasSubstr("device show door-1 --connection-string"));
}

TEST_F(DeviceCommandsTest, AnIdThatNoHubWouldTakeIsNotAskedFor) {
    EXPECT_EQ(run(DeviceAdd{.id = "door 1"}, context).exit, Exit::failure);
    EXPECT_TRUE(hub.requests.empty());
}

TEST_F(DeviceCommandsTest, AddAsJsonHasTheConnectionStringToo) {
    hub.answer("PUT /devices/door-1", 200, device);
    context.output.format = Format::json;
    EXPECT_EQ(run(DeviceAdd{.id = "door-1"}, context).exit, Exit::ok);
    const auto json = base::Json::parse(out.str());
    ASSERT_TRUE(json);
    EXPECT_EQ(json->find("connectionString").as_string(),
              "HostName=hub.local;DeviceId=door-1;SharedAccessKey=a2V5");
    EXPECT_EQ(json->find("deviceId").as_string(), "door-1");
}

TEST_F(DeviceCommandsTest, ShowTellsNoKeys) {
    hub.answer("GET /devices/door-1", 200, device);
    EXPECT_EQ(run(DeviceShow{.id = "door-1"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "device:          door-1\n"
              "status:          enabled\n"
              "connection:      Disconnected\n"
              "last activity:   never\n"
              "authentication:  sas\n"
              "etag:            1\n");
}

TEST_F(DeviceCommandsTest, ShowPrintsTheConnectionStringWhenAsked) {
    hub.answer("GET /devices/door-1", 200, device);
    EXPECT_EQ(run(DeviceShow{.id = "door-1", .connection_string = true}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "HostName=hub.local;DeviceId=door-1;SharedAccessKey=a2V5\n");
}

TEST_F(DeviceCommandsTest, ADeviceWithoutAKeyHasNoConnectionString) {
    hub.answer("GET /devices/x", 200, R"({"deviceId":"x","authentication":{"type":"selfSigned"}})");
    const auto outcome = run(DeviceShow{.id = "x", .connection_string = true}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("no symmetric key"));
}

TEST_F(DeviceCommandsTest, AnUnknownDeviceIsNamed) {
    for (const auto& outcome :
         {run(DeviceShow{.id = "door-9"}, context), run(DeviceRemove{.id = "door-9"}, context)}) {
        EXPECT_EQ(outcome.exit, Exit::failure);
        EXPECT_THAT(outcome.message, HasSubstr("no device 'door-9'"));
    }
}

TEST_F(DeviceCommandsTest, RemoveSaysSo) {
    hub.answer("DELETE /devices/door-1", 204, "");
    EXPECT_EQ(run(DeviceRemove{.id = "door-1"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "device door-1 removed\n");
}

TEST_F(DeviceCommandsTest, ListAsksForAllTwins) {
    hub.answer("POST /devices/query", 200, R"([{"deviceId":"a","status":"enabled"}])",
               {{"x-ms-item-type", "Twin"}});
    EXPECT_EQ(run(DeviceList{}, context).exit, Exit::ok);
    EXPECT_EQ(hub.requests.at(0).body, R"({"query":"SELECT * FROM devices"})");
    EXPECT_EQ(out.str(), "DEVICE  STATUS\na       enabled\n");
}

TEST_F(DeviceCommandsTest, ALockedOutPolicyIsExitStatus4) {
    hub.answer("POST /devices/query", 401, "{}");
    EXPECT_EQ(run(DeviceList{}, context).exit, Exit::not_authorised);
}

}  // namespace
}  // namespace cli
