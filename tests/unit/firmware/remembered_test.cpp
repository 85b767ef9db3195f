#include "firmware/remembered.hpp"

#include "tests/unit/firmware/power_cut_disk.hpp"

#include <gmock/gmock.h>

namespace firmware {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// A directory of a door with a fire input, and what happens to its files.
class RememberedFireTest : public ::testing::Test {
  protected:
    // A door that has run: two generations of its state, and a whole mark, none of which say fire.
    void run_before() {
        StateFile state(disk, "/state");
        (void)state.load();
        for (int i = 0; i < 2; ++i)
            ASSERT_TRUE(state.save(to_text(State{})));
        FireMarkFile mark(disk, "/state");
        (void)mark.load();
        ASSERT_TRUE(mark.prepare({}));
    }
    void damage(const char* file, std::size_t at = 30) {
        ASSERT_TRUE((*disk.overwrite(file, at))->write("\x01\x02\x03"));
    }
    void damage_both_blocks() {
        damage("/state/fire");
        damage("/state/fire", FireMarkFile::block + 30);
    }
    Remembered start(bool has_fire = true) {
        StateFile state(disk, "/state");
        FireMarkFile mark(disk, "/state");
        TelemetryFile telemetry(disk, "/state");
        return remember(state, mark, telemetry, has_fire, log);
    }

    PowerCutDisk disk;
    std::vector<std::string> told;
    base::Log log{base::Level::warning,
                  [this](base::Level, std::string_view line) { told.emplace_back(line); }};
};

TEST_F(RememberedFireTest, ThereWasNoneBeforeTheFirstStart) {
    EXPECT_FALSE(start().state.fire.latched);
    EXPECT_THAT(told, ::testing::IsEmpty());
}

TEST_F(RememberedFireTest, OneOfTwoPlacesThatIsIntactIsBelieved) {
    run_before();
    damage_both_blocks();
    EXPECT_FALSE(start().state.fire.latched) << "the state";
    damage("/state/state.0");
    damage("/state/state.1");
    EXPECT_FALSE(start().state.fire.latched) << "the mark, which was made whole again";
}

TEST_F(RememberedFireTest, DamageOfBothPlacesIsFireUntilItIsResetAtTheDoor) {
    run_before();
    damage("/state/state.0");
    damage("/state/state.1");
    damage_both_blocks();
    EXPECT_TRUE(start().state.fire.latched);
    EXPECT_THAT(told, Contains(HasSubstr("fire_unknown")));
    EXPECT_TRUE(start().state.fire.latched) << "the mark says so from now on";
    FireMarkFile mark(disk, "/state");
    const auto latched = mark.load();
    ASSERT_TRUE(latched && *latched);
    ASSERT_TRUE(mark.save({(*latched)->change + 1, false}));
    EXPECT_FALSE(start().state.fire.latched) << "what the door writes after the reset counts";
}

TEST_F(RememberedFireTest, AnOlderGenerationDoesNotSpeakForTheNewestOneBesideADamagedMark) {
    run_before();
    damage("/state/state.0");
    damage("/state/fire");
    EXPECT_TRUE(start().state.fire.latched) << "the damaged block may have been the newer one, too";
}

TEST_F(RememberedFireTest, ADamagedMarkWithoutAnyStateIsFire) {
    run_before();
    ASSERT_TRUE(disk.remove("/state/state.0"));
    ASSERT_TRUE(disk.remove("/state/state.1"));
    EXPECT_FALSE(start().state.fire.latched) << "the mark alone is enough";
    damage_both_blocks();
    EXPECT_TRUE(start().state.fire.latched);
}

TEST_F(RememberedFireTest, WithoutAFireInputThereIsNone) {
    run_before();
    damage("/state/state.0");
    damage("/state/state.1");
    damage_both_blocks();
    EXPECT_FALSE(start(false).state.fire.latched);
}

}  // namespace
}  // namespace firmware
