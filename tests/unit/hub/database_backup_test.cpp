#include "scheduler/hub/database_backup.hpp"

#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(DatabaseBackup, CopiesWhatIsCommittedWhileTheHubHoldsTheFile) {
    base::PosixFileLayer files;
    const ScratchFile file("hub.db");
    const std::string copy = file.path() + ".copy";
    HubRig hub(file.path());
    hub.add_device("d1");
    (void)hub.registry.create("d2", DeviceDraft{});  // not committed
    const auto bytes = back_up_database(files, file.path(), copy);
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_GT(*bytes, 0);
    EXPECT_EQ(std::filesystem::status(copy).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_FALSE(std::filesystem::exists(copy + ".part"));
    EXPECT_TRUE(hub.commit());
    {
        HubRig other(copy);
        EXPECT_TRUE(other.registry.find("d1"));
        EXPECT_FALSE(other.registry.find("d2"));
    }
    const auto checked = check_database(copy);
    ASSERT_TRUE(checked);
    EXPECT_THAT(*checked, IsEmpty());
}

TEST(DatabaseBackup, TouchesNothingThatIsThere) {
    base::PosixFileLayer files;
    const ScratchFile file("hub.db");
    HubRig hub(file.path());
    const std::string copy = file.path() + ".copy";
    std::ofstream(copy) << "mine";
    const auto refused = back_up_database(files, file.path(), copy);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("is there already"));
    EXPECT_EQ(std::filesystem::file_size(copy), 4U);
    EXPECT_FALSE(back_up_database(files, file.path(), "/nowhere/at/all"));
}

TEST(DatabaseCheck, NamesWhatLeadsNowhere) {
    const ScratchFile file("hub.db");
    HubRig hub(file.path());
    hub.add_device("d1");
    ASSERT_THAT(*check_database(file.path()), IsEmpty());
    hub.database->prepare("DELETE FROM twins").start().run();
    hub.database->prepare("UPDATE totals SET devices = 7").start().run();
    ASSERT_TRUE(hub.commit());
    EXPECT_THAT(*check_database(file.path()),
                ElementsAre("device without a twin: d1", HasSubstr("do not add up")));
}

TEST(DatabaseCheck, SeesDamageAndWhatIsNoDatabase) {
    const ScratchFile file("hub.db");
    {
        HubRig hub(file.path());
        for (int i = 0; i < 200; ++i) {
            (void)hub.registry.create("d" + std::to_string(i), DeviceDraft{});
        }
        hub.commit();
    }
    {
        std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file.path()) / 2));
        bytes << std::string(8192, '\x55');
    }
    const auto damaged = check_database(file.path());
    EXPECT_TRUE(!damaged || !damaged->empty());
    std::ofstream(file.path(), std::ios::trunc) << "no database at all, but long enough for a header of one.";
    EXPECT_FALSE(check_database(file.path()));
}

}  // namespace
}  // namespace hub
