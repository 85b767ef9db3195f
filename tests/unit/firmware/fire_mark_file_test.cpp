#include "firmware/fire_mark_file.hpp"

#include "firmware/state_file.hpp"
#include "tests/unit/firmware/power_cut_disk.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

class FireMarkFileTest : public ::testing::Test {
  protected:
    FireMarkFileTest() { (void)file.prepare({}); }
    // What a process that starts now would find.
    [[nodiscard]] std::optional<FireMark> found() { return *FireMarkFile(disk, "/state").load(); }
    void put(std::size_t offset, std::string_view bytes) {
        ASSERT_TRUE((*disk.overwrite("/state/fire", offset))->write(bytes));
    }

    PowerCutDisk disk;
    FireMarkFile file{disk, "/state"};
};

TEST(FireMarkFile, KnowsNothingWhereThereIsNoFile) {
    PowerCutDisk disk;
    EXPECT_EQ(*FireMarkFile(disk, "/state").load(), std::nullopt);
}

TEST(FireMarkFile, IsMadeWithTheFirstMarkWhereItWasNotPrepared) {
    PowerCutDisk disk;
    ASSERT_TRUE(FireMarkFile(disk, "/state").save({1, true}));
    EXPECT_EQ(*FireMarkFile(disk, "/state").load(), (FireMark{1, true}));
}

TEST_F(FireMarkFileTest, KeepsTheLatestOfManyMarks) {
    for (std::uint64_t change = 1; change <= 5; ++change) {
        ASSERT_TRUE(file.save({change, change % 2 == 1}));
        EXPECT_EQ(found(), (FireMark{change, change % 2 == 1}));
    }
}

TEST_F(FireMarkFileTest, TakesAMarkWhenTheDiskIsFull) {
    disk.fill(true);
    ASSERT_FALSE(base::replace_file(disk, "/state/other", "x", 0600));
    ASSERT_TRUE(file.save({1, true}));
    EXPECT_EQ(found(), (FireMark{1, true}));
}

TEST_F(FireMarkFileTest, LeavesTheMarkBeforeWhenAPowerCutTearsTheNext) {
    ASSERT_TRUE(file.save({1, true}));
    for (const Loss loss : losses) {
        disk.cut_at(1, loss);
        EXPECT_FALSE(file.save({2, false}));
        disk.restore_power();
        const auto mark = found();
        EXPECT_TRUE(mark == (FireMark{1, true}) || (loss == Loss::nothing && mark == (FireMark{2, false})))
            << "loss " << static_cast<int>(loss);
    }
}

TEST_F(FireMarkFileTest, IsMadeWholeAgainAfterADamagedBlock) {
    ASSERT_TRUE(file.save({1, true}));
    put(30, "x");
    FireMarkFile next(disk, "/state");
    const auto mark = next.load();
    ASSERT_TRUE(mark);
    ASSERT_TRUE(next.prepare(**mark));
    put(FireMarkFile::block + 30, "x");
    EXPECT_EQ(found(), **mark) << "either block alone is enough";
}

TEST_F(FireMarkFileTest, SaysSoWhenNeitherBlockIsIntact) {
    put(20, "x");
    put(FireMarkFile::block + 20, "x");
    const auto mark = FireMarkFile(disk, "/state").load();
    ASSERT_FALSE(mark);
    EXPECT_EQ(mark.error().message, "/state/fire is damaged: neither of its two blocks is intact");
}

TEST_F(FireMarkFileTest, TakesNoBitOfAnotherForItsOwn) {
    for (const std::string_view text : {"doorlock-fire", "doorlock-fire 99999999999999999999999 latched 1\n",
                                        "doorlock-fire 7 latched 1\n", "doorlock-fire -1 clear 1\n"}) {
        put(0, text);
        EXPECT_EQ(found(), FireMark{}) << text;
    }
}

TEST_F(FireMarkFileTest, TakesNoNumberFromWhichItCouldNotGoOn) {
    ASSERT_TRUE(file.save({largest_count + 1, true}));
    EXPECT_EQ(found(), FireMark{});
}

TEST(FireMark, OfTwoThatDifferTheOneThatWasChangedLaterIsTrue) {
    EXPECT_EQ(newer({2, false}, {1, true}), (FireMark{2, false}));
    EXPECT_EQ(newer({2, false}, {3, true}), (FireMark{3, true}));
    EXPECT_EQ(newer({0, true}, {0, false}), (FireMark{0, true})) << "a latch stands";
}

}  // namespace
}  // namespace firmware
