// A backup while the power goes: afterwards there is a whole copy under its name, or nothing is.

#include "disk.hpp"
#include "disk_files.hpp"
#include "scheduler/hub/database_backup.hpp"
#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"
#include "vfs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace power {
namespace {

constexpr int devices = 40;

class BackupUnderPowerLoss : public testing::TestWithParam<Disk::Fate> {
  protected:
    BackupUnderPowerLoss() {
        Disk disk;
        const Vfs vfs(disk);
        hub::HubRig hub(path());
        for (int i = 0; i < devices; ++i) {
            (void)hub.registry.create("d" + std::to_string(i), hub::DeviceDraft{});
        }
        EXPECT_TRUE(hub.commit());
        before_ = disk.image();  // with what is in its WAL only: a backup is made while a hub runs
    }

    [[nodiscard]] const std::string& path() const { return file_.path(); }
    [[nodiscard]] std::string copy() const { return path() + ".copy"; }

    // What there is under this name is a hub's whole file.
    static void expect_whole(const std::string& name) {
        const auto wrong = hub::check_database(name);
        ASSERT_TRUE(wrong) << wrong.error().message;
        EXPECT_THAT(*wrong, testing::IsEmpty());
    }
    static void expect_devices(const std::string& name) {
        hub::HubRig hub(name);
        EXPECT_EQ(hub.registry.statistics().total, devices);
    }

    hub::ScratchFile file_{"hub.db"};
    Disk::Image before_;
};

TEST_P(BackupUnderPowerLoss, AtAnyMomentLeavesAWholeCopyOrNone) {
    std::size_t whole = 0;
    for (std::size_t moment = 0;; ++moment) {
        ASSERT_LT(moment, 5000U);
        SCOPED_TRACE("power lost at moment " + std::to_string(moment));
        Disk disk(before_, static_cast<unsigned>(moment));
        const Vfs vfs(disk);
        DiskFiles files(disk);
        disk.lose_power_at(moment, GetParam());
        const auto made = hub::back_up_database(files, path(), copy());
        ASSERT_TRUE(made) << made.error().message;  // the process does not notice that all is in vain
        const bool happened = disk.off();
        disk.reboot();
        expect_whole(path());
        if (disk.find(copy())) {
            ++whole;
            EXPECT_EQ(disk.find(copy())->bytes().size(), static_cast<std::size_t>(*made));
            expect_whole(copy());
            expect_devices(copy());
        } else {
            EXPECT_TRUE(happened) << "a backup that was made is there";
        }
        if (!happened || HasFailure()) break;
    }
    EXPECT_GT(whole, 0U);
}

TEST_P(BackupUnderPowerLoss, OnceItIsToldItStays) {
    Disk disk(before_);
    const Vfs vfs(disk);
    DiskFiles files(disk);
    ASSERT_TRUE(hub::back_up_database(files, path(), copy()));
    disk.lose_power_at(0, GetParam());
    disk.create("the power goes here");
    disk.reboot();
    ASSERT_TRUE(disk.find(copy()));
    expect_whole(copy());
    expect_devices(copy());
}

std::string name_of(const testing::TestParamInfo<Disk::Fate>& tested) {
    constexpr const char* names[] = {"Lost", "Kept", "Torn", "Mixed"};
    return names[static_cast<int>(tested.param)];
}

INSTANTIATE_TEST_SUITE_P(Unsynced, BackupUnderPowerLoss,
                         testing::Values(Disk::Fate::lost, Disk::Fate::kept, Disk::Fate::torn,
                                         Disk::Fate::mixed),
                         name_of);

}  // namespace
}  // namespace power
