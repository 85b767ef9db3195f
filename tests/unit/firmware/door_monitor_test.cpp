#include "firmware/door_monitor.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

using std::chrono::seconds;

class DoorMonitorTest : public ::testing::Test {
  protected:
    DoorMonitor monitor;
    base::SteadyTime now{std::chrono::hours(1)};
};

TEST_F(DoorMonitorTest, KnowsNothingBeforeTheContactSpeaks) {
    EXPECT_EQ(monitor.state(), DoorState::unknown);
    EXPECT_EQ(monitor.closed(), std::nullopt);
}

TEST_F(DoorMonitorTest, IsAjarWhenItStandsOpenForTooLong) {
    monitor.set_ajar_time(seconds(30), now);
    monitor.contact(true, LockState::unlocked, now);
    monitor.contact(false, LockState::unlocked, now);
    EXPECT_EQ(monitor.state(), DoorState::open);
    monitor.tick(now + seconds(29));
    EXPECT_EQ(monitor.state(), DoorState::open);
    monitor.tick(*monitor.next_due());
    EXPECT_EQ(monitor.state(), DoorState::ajar);
    EXPECT_EQ(monitor.next_due(), std::nullopt);
    monitor.contact(true, LockState::unlocked, now + seconds(40));
    EXPECT_EQ(monitor.state(), DoorState::closed);
}

TEST_F(DoorMonitorTest, IsForcedWhenItOpensWhileLocked) {
    monitor.contact(true, LockState::locked, now);
    monitor.contact(false, LockState::locked, now);
    EXPECT_EQ(monitor.state(), DoorState::forced);
    monitor.contact(true, LockState::locked, now);
    EXPECT_EQ(monitor.state(), DoorState::closed);
}

TEST_F(DoorMonitorTest, DoesNotCallADoorForcedThatItFindsOpen) {
    monitor.contact(false, LockState::locked, now);
    EXPECT_EQ(monitor.state(), DoorState::open);
}

TEST_F(DoorMonitorTest, AppliesANewAjarTimeToADoorThatIsOpen) {
    monitor.contact(false, LockState::unlocked, now);
    EXPECT_EQ(monitor.next_due(), std::nullopt);
    monitor.set_ajar_time(seconds(5), now + seconds(60));
    EXPECT_EQ(monitor.state(), DoorState::ajar);
}

}  // namespace
}  // namespace firmware
