#include "firmware/bolt.hpp"

#include "hal/mock/wiring.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace firmware {
namespace {

using std::chrono::milliseconds;

class BoltTest : public ::testing::Test {
  protected:
    BoltTest() : wiring(clock), source(wiring) {
        for (const char* line : {"GPIO17", "GPIO27"})
            wiring.add_line(line);
    }
    std::unique_ptr<Bolt> open(LockKind kind, const DoorLines& lines) {
        const LockSettings settings{.kind = kind, .timings = {.max_on = milliseconds(4000)}};
        auto bolt = Bolt::open(
            source,
            [this](std::unique_ptr<hal::OutputLine> line, hal::OnTimeLimit limit) {
                limits.push_back(limit);
                return line;
            },
            settings, lines);
        EXPECT_TRUE(bolt);
        return bolt ? std::move(*bolt) : nullptr;
    }
    static hal::LineConfig line(const char* name) { return {.line = name, .consumer = "test"}; }
    DoorLines two() {
        DoorLines lines;
        lines.lock = line("GPIO17");
        lines.unlock = line("GPIO27");
        return lines;
    }
    DoorLines one() {
        DoorLines lines;
        lines.power = line("GPIO17");
        return lines;
    }

    std::vector<double> values;  // of all transitions that a test observes
    base::ManualClock clock;
    hal::Wiring wiring;
    hal::MockSource source;
    std::vector<hal::OnTimeLimit> limits;
};

TEST_F(BoltTest, DrivesOneLineForEachDirection) {
    const auto bolt = open(LockKind::motor_bolt, two());
    ASSERT_TRUE(bolt->set(Drive::toward_locked));
    EXPECT_TRUE(wiring.level("GPIO17"));
    EXPECT_FALSE(wiring.level("GPIO27"));
    ASSERT_TRUE(bolt->set(Drive::toward_unlocked));
    EXPECT_FALSE(wiring.level("GPIO17"));
    EXPECT_TRUE(wiring.level("GPIO27"));
    ASSERT_TRUE(bolt->set(Drive::off));
    EXPECT_FALSE(wiring.level("GPIO27"));
}

TEST_F(BoltTest, ReleasesOneDirectionBeforeItEngagesTheOther) {
    const auto bolt = open(LockKind::motor_bolt, two());
    ASSERT_TRUE(bolt->set(Drive::toward_locked));
    wiring.observe([this](const hal::Wiring::Transition& transition) { values.push_back(transition.value); });
    ASSERT_TRUE(bolt->set(Drive::toward_unlocked));
    EXPECT_EQ(values, (std::vector<double>{0, 1}));
}

TEST_F(BoltTest, SwitchesEverythingOffWhenOneLineIsDead) {
    const auto bolt = open(LockKind::motor_bolt, two());
    ASSERT_TRUE(wiring.set_failure("GPIO27", base::Error{base::Errc::io, "dead"}));
    ASSERT_TRUE(bolt->set(Drive::toward_locked));
    EXPECT_FALSE(bolt->set(Drive::toward_unlocked));
    EXPECT_FALSE(wiring.level("GPIO17"));
}

TEST_F(BoltTest, LeavesTheLinesOffWhenItGoes) {
    auto bolt = open(LockKind::motor_bolt, two());
    ASSERT_TRUE(bolt->set(Drive::toward_locked));
    bolt.reset();
    EXPECT_FALSE(wiring.level("GPIO17"));
}

TEST_F(BoltTest, EnergisesAStrikeToReleaseItAndAMagnetToHoldIt) {
    {
        const auto strike = open(LockKind::fail_secure_strike, one());
        ASSERT_TRUE(strike->set(Drive::toward_unlocked));
        EXPECT_TRUE(wiring.level("GPIO17"));
        ASSERT_TRUE(strike->set(Drive::off));
        EXPECT_FALSE(wiring.level("GPIO17"));
    }
    const auto magnet = open(LockKind::magnetic_lock, one());
    ASSERT_TRUE(magnet->set(Drive::toward_locked));
    EXPECT_TRUE(wiring.level("GPIO17"));
}

TEST_F(BoltTest, BoundsTheTimeUnderPowerBehindTheControllersBack) {
    (void)open(LockKind::motor_bolt, two());
    ASSERT_EQ(limits.size(), 2U);
    EXPECT_GT(limits[0].longest_on, LockTimings{}.travel);
    EXPECT_LE(limits[0].longest_on, LockTimings{}.travel + milliseconds(100));
}

TEST_F(BoltTest, HasEveryLineRestForTheDeadTime) {
    (void)open(LockKind::latching_solenoid, two());
    (void)open(LockKind::magnetic_lock, one());
    ASSERT_EQ(limits.size(), 3U);
    for (const hal::OnTimeLimit& limit : limits)
        EXPECT_EQ(limit.dead_time, LockTimings{}.dead_time);
}

// A line that rests, as the cut-off has it.
class RestingLine final : public hal::OutputLine {
  public:
    base::Result<void> set(bool active) override {
        if (active) return base::Error{base::Errc::busy, "it rests"};
        active_ = false;
        return {};
    }
    base::Result<void> set_active_at_once() override {
        active_ = true;
        return {};
    }
    [[nodiscard]] bool active() const override { return active_; }

  private:
    bool active_ = false;
};

TEST_F(BoltTest, PassesOverACoolDownOnlyForWhatIsAtOnce) {
    LockSettings strike{.kind = LockKind::fail_secure_strike, .timings = {}};
    strike.timings.max_on = milliseconds(5000);
    const auto bolt = Bolt::open(
        source, [](auto, auto) { return std::make_unique<RestingLine>(); }, strike, one());
    ASSERT_TRUE(bolt);
    EXPECT_FALSE((*bolt)->set(Drive::toward_unlocked));
    EXPECT_TRUE((*bolt)->set(Drive::toward_unlocked, Urgency::at_once));
}

TEST_F(BoltTest, SaysWhichLineItCannotHave) {
    DoorLines lines = two();
    lines.unlock->line = "GPIO99";
    const auto bolt = Bolt::open(
        source, [](auto taken, auto) { return taken; }, {}, lines);
    ASSERT_FALSE(bolt);
    EXPECT_EQ(bolt.error().code, base::Errc::not_found);
    EXPECT_NE(bolt.error().message.find("GPIO99"), std::string::npos);
}

}  // namespace
}  // namespace firmware
