// The hub's file under power cuts. SIGKILL proves little here: the system still writes what it had taken.
// This disk forgets what was not synced, tears the last write, and forgets names of files that no directory
// sync has covered, at every write, sync and rename of a story, and at random ones of many.
//
// DOORLOCK_SEED and DOORLOCK_ROUNDS: the first seed and the number of the random stories.

#include "disk.hpp"
#include "vfs.hpp"
#include "world.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>

namespace power {
namespace {

using Fate = Disk::Fate;

constexpr Fate fates[] = {Fate::lost, Fate::kept, Fate::torn, Fate::mixed};

unsigned number_from(const char* variable, unsigned otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::stoul(text));
}

std::string told(std::size_t moment, Fate fate, unsigned seed) {
    return "power lost at moment " + std::to_string(moment) + ", fate " +
           std::to_string(static_cast<int>(fate)) + ", seed " + std::to_string(seed);
}

TEST(Disk, ForgetsWhatWasNotSynced) {
    Disk disk;
    const auto file = disk.create("a");
    disk.write(file, 0, "first");
    disk.sync(file);
    disk.sync_directory();
    disk.write(file, 5, " second");
    disk.create("b");
    disk.lose_power_at(0, Fate::lost);
    disk.sync(file);
    EXPECT_TRUE(disk.off());
    disk.reboot();
    EXPECT_EQ(disk.image(), (Disk::Image{{"a", "first"}}));
}

TEST(Disk, ForgetsAFileWhoseNameWasNotSynced) {
    Disk disk;
    const auto file = disk.create("a");
    disk.write(file, 0, "text");
    disk.sync(file);
    disk.lose_power_at(0, Fate::lost);
    disk.sync_directory();
    disk.reboot();
    EXPECT_TRUE(disk.image().empty());
}

TEST(Disk, TearsTheLastWriteAndKeepsThoseBefore) {
    Disk disk;
    const auto file = disk.create("a");
    disk.write(file, 0, "first");
    disk.lose_power_at(0, Fate::torn);
    disk.write(file, 5, std::string(100, 'x'));
    disk.reboot();
    const std::string bytes = disk.image().at("a");
    EXPECT_TRUE(bytes.starts_with("first"));
    EXPECT_LE(bytes.size(), 105U);
}

// unixOpen() asks whether it may create a journal or WAL, not whether it did. What was removed before its
// first sync, such as a rollback journal that was just played back, does not come again after it.
TEST(Vfs, TheFirstSyncOfAWalThatWasThereCoversTheDirectory) {
    Disk disk({{"hub.db-journal", "old"}, {"hub.db-wal", "3 b"}});
    const Vfs vfs(disk);
    sqlite3_vfs* const power = sqlite3_vfs_find("power");
    const std::unique_ptr<char[]> memory(new char[static_cast<std::size_t>(power->szOsFile)]);
    auto* const wal = reinterpret_cast<sqlite3_file*>(memory.get());
    constexpr int flags = SQLITE_OPEN_WAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    ASSERT_EQ(power->xOpen(power, "hub.db-wal", wal, flags, nullptr), SQLITE_OK);
    ASSERT_EQ(power->xDelete(power, "hub.db-journal", 0), SQLITE_OK);
    ASSERT_EQ(wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL), SQLITE_OK);
    wal->pMethods->xClose(wal);
    disk.lose_power_at(0, Fate::lost);
    disk.sync_directory();
    disk.reboot();
    EXPECT_EQ(disk.image(), (Disk::Image{{"hub.db-wal", "3 b"}}));
}

class PowerLoss : public testing::Test {
  protected:
    // One cut at this moment of the story, and the life after it; false if the story ended before.
    static bool cut(const Disk::Image& image, unsigned seed, std::size_t moment, Fate fate, int steps) {
        SCOPED_TRACE(told(moment, fate, seed));
        Disk disk(image, seed + static_cast<unsigned>(moment));
        const Vfs vfs(disk);
        World world(disk, seed, 12);
        disk.lose_power_at(moment, fate);
        world.start();
        if (!disk.off()) world.furnish();
        world.play(steps);
        if (!disk.off()) world.stop();
        const bool happened = disk.off();
        world.lose();
        world.start();
        world.furnish();
        world.finish();
        return happened;
    }
};

class PowerLossOfEachKind : public PowerLoss, public testing::WithParamInterface<Fate> {};

TEST_P(PowerLossOfEachKind, AtAnyMomentOfAStoryLosesNothingThatWasAcknowledged) {
    std::size_t cuts = 0;
    while (cut({}, 7, cuts, GetParam(), 90)) {
        ++cuts;
        ASSERT_LT(cuts, 5000U);
        if (HasFailure()) return;
    }
    EXPECT_GT(cuts, 300U);
    std::cout << cuts << " power cuts\n";
}

std::string name_of(const testing::TestParamInfo<Fate>& tested) {
    constexpr const char* names[] = {"Lost", "Kept", "Torn", "Mixed"};
    return names[static_cast<int>(tested.param)];
}

INSTANTIATE_TEST_SUITE_P(Unsynced, PowerLossOfEachKind, testing::ValuesIn(fates), name_of);

TEST_F(PowerLoss, AtRandomMomentsOfRandomStoriesLosesNothingThatWasAcknowledged) {
    const unsigned first = number_from("DOORLOCK_SEED", 1);
    const unsigned rounds = number_from("DOORLOCK_ROUNDS", 20);
    std::size_t cuts = 0;
    std::size_t submitted = 0;
    for (unsigned seed = first; seed < first + rounds; ++seed) {
        std::mt19937 random(seed);
        Disk disk({}, seed);
        const Vfs vfs(disk);
        World world(disk, seed, static_cast<int>(4 + random() % 60));
        for (int life = 0; life < 6; ++life) {
            const Fate fate = fates[random() % 4];
            const std::size_t moment = random() % 700;
            SCOPED_TRACE("life " + std::to_string(life) + ": " + told(moment, fate, seed));
            disk.lose_power_at(moment, fate);
            world.start();
            if (!disk.off()) world.furnish();
            world.play(200);
            cuts += disk.off() ? 1 : 0;
            world.lose();
            if (HasFailure()) break;
        }
        SCOPED_TRACE("seed " + std::to_string(seed));
        world.start();
        world.furnish();
        world.finish();
        submitted += world.jobs_submitted();
        if (HasFailure()) {
            std::cout << "again: DOORLOCK_SEED=" << seed << " DOORLOCK_ROUNDS=1\n";
            return;
        }
    }
    std::cout << rounds << " stories from seed " << first << ", " << cuts << " power cuts, " << submitted
              << " jobs\n";
}

}  // namespace
}  // namespace power
