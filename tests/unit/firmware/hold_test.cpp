#include "firmware/hold.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

class HoldTest : public ::testing::Test {
  protected:
    StoredHold stored(Target target) { return store(make_hold(target, minutes(10), clock), clock); }
    base::ManualClock clock;
};

TEST_F(HoldTest, GoesOnForWhatIsLeftByTheDate) {
    const StoredHold hold = stored(Target::locked);
    clock.advance(minutes(4));
    const auto resumed = resume(hold, true, Target::unlocked, clock);
    ASSERT_TRUE(resumed);
    EXPECT_EQ(*resumed->ends, clock.steady_now() + minutes(6));
}

TEST_F(HoldTest, IsOverWhenItEndedWhileThePowerWasOff) {
    const StoredHold hold = stored(Target::locked);
    clock.advance(minutes(10));
    EXPECT_EQ(resume(hold, true, Target::unlocked, clock), std::nullopt);
}

TEST_F(HoldTest, WithoutATrustedClockALockHoldGoesOnForItsStoredTime) {
    const StoredHold hold = stored(Target::locked);
    clock.set_system(base::SystemTime{});
    for (const Target resting : {Target::locked, Target::unlocked}) {
        const auto resumed = resume(hold, false, resting, clock);
        ASSERT_TRUE(resumed);
        EXPECT_EQ(*resumed->ends, clock.steady_now() + minutes(10));
    }
}

TEST_F(HoldTest, WithoutATrustedClockAnUnlockHoldEndsOnADoorThatRestsLocked) {
    const StoredHold hold = stored(Target::unlocked);
    EXPECT_EQ(resume(hold, false, Target::locked, clock), std::nullopt);
    EXPECT_TRUE(resume(hold, true, Target::locked, clock));
}

TEST_F(HoldTest, WithoutATimeIsNeverOver) {
    const StoredHold hold = store(make_hold(Target::locked, std::nullopt, clock), clock);
    clock.advance(std::chrono::hours(10000));
    EXPECT_EQ(resume(hold, true, Target::unlocked, clock), make_hold(Target::locked, std::nullopt, clock));
}

TEST_F(HoldTest, DoesNotBecomeLongerByADateThatWasMovedBack) {
    StoredHold hold = stored(Target::unlocked);
    clock.set_system(clock.system_now() - minutes(30));
    EXPECT_EQ(*resume(hold, true, Target::locked, clock)->ends, clock.steady_now() + minutes(10));
}

TEST_F(HoldTest, DistrustsADateBeforeTheLastKnownOneAndBeforeThisProgramExisted) {
    const auto now = clock.system_now();
    EXPECT_TRUE(clock_trusted(now, now));
    EXPECT_TRUE(clock_trusted(now, {}));
    EXPECT_FALSE(clock_trusted(now - milliseconds(1), now));
    EXPECT_FALSE(clock_trusted(base::SystemTime{} + std::chrono::hours(1), {}));
}

TEST_F(HoldTest, IsReadAsItWasWritten) {
    for (const StoredHold& hold :
         {stored(Target::unlocked), StoredHold{.target = Target::locked, .until = std::nullopt}}) {
        const auto read = stored_hold_from_json(to_json(hold));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->target, hold.target);
        EXPECT_EQ(read->remaining, hold.remaining);
        EXPECT_EQ(read->until.has_value(), hold.until.has_value());
    }
}

}  // namespace
}  // namespace firmware
