#include "firmware/stored_lines.hpp"

#include "firmware/bolt.hpp"
#include "hal/rested_line.hpp"

#include <gtest/gtest.h>
#include <linux/gpio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <vector>

namespace firmware {
namespace {

const base::ManualClock a_clock;

// As a door has its lines that may be under power for ever: the descriptor comes through.
std::unique_ptr<hal::OutputLine> rested(std::unique_ptr<hal::OutputLine> line, hal::OnTimeLimit limit) {
    return std::make_unique<hal::RestedLine>(std::move(line), limit, a_clock);
}

hal::Descriptor some_descriptor() {
    return hal::Descriptor(::memfd_create("line", MFD_CLOEXEC));
}

// A kernel that knows requests of one line, of either version of its interface.
class FakeKernel {
  public:
    explicit FakeKernel(int version) : version_(version) {}

    hal::LineIoctl ioctl() {
        return [this](int, unsigned long request, void* argument) { return call(request, argument); };
    }
    bool value = true;
    bool dead = false;
    unsigned sets = 0;

  private:
    int call(unsigned long request, void* argument) {
        errno = dead ? EIO : ENOTTY;
        if (dead) return -1;
        if (version_ == 2 && request == GPIO_V2_LINE_GET_VALUES_IOCTL) {
            static_cast<gpio_v2_line_values*>(argument)->bits = value ? 1 : 0;
            return 0;
        }
        if (version_ == 2 && request == GPIO_V2_LINE_SET_VALUES_IOCTL) {
            const auto* values = static_cast<gpio_v2_line_values*>(argument);
            EXPECT_EQ(values->mask, 1U);
            return set((values->bits & 1U) != 0);
        }
        if (version_ == 1 && request == GPIOHANDLE_GET_LINE_VALUES_IOCTL) {
            static_cast<gpiohandle_data*>(argument)->values[0] = value ? 1 : 0;
            return 0;
        }
        if (version_ == 1 && request == GPIOHANDLE_SET_LINE_VALUES_IOCTL)
            return set(static_cast<gpiohandle_data*>(argument)->values[0] != 0);
        return -1;
    }
    int set(bool active) {
        ++sets;
        value = active;
        return 0;
    }

    int version_;
};

class PlainLine final : public hal::OutputLine {
  public:
    explicit PlainLine(bool active) : active_(active) {}
    base::Result<void> set(bool active) override {
        active_ = active;
        return {};
    }
    [[nodiscard]] bool active() const override { return active_; }

  private:
    bool active_;
};

class PlainSource final : public hal::LineSource {
  public:
    explicit PlainSource(unsigned& requests) : requests_(requests) {}
    base::Result<std::unique_ptr<hal::OutputLine>> request_output(const hal::LineConfig&,
                                                                  bool active) override {
        ++requests_;
        return std::unique_ptr<hal::OutputLine>(std::make_unique<PlainLine>(active));
    }
    base::Result<std::unique_ptr<hal::InputLine>> request_input(const hal::LineConfig& config) override {
        return base::Error{base::Errc::not_found, config.line};
    }

  private:
    unsigned& requests_;
};

class StoredLinesTest : public ::testing::TestWithParam<int> {
  protected:
    std::vector<StoredDescriptor> stored(const std::string& name) {
        std::vector<StoredDescriptor> all;
        all.emplace_back(name, some_descriptor());
        return all;
    }
    FakeKernel kernel{GetParam()};
    unsigned requests = 0;
    const hal::LineConfig magnet{.line = "GPIO17", .consumer = "doorlockd lock power"};
};
INSTANTIATE_TEST_SUITE_P(OfEitherInterface, StoredLinesTest, ::testing::Values(1, 2));

TEST_P(StoredLinesTest, AreMeantOnlyForAKindThatPowerHoldsLocked) {
    for (const LockKind kind : {LockKind::magnetic_lock, LockKind::fail_safe_strike})
        EXPECT_EQ(meant_for(kind, stored(store_name(magnet))).size(), 1U);
    for (const LockKind kind : {LockKind::motor_bolt, LockKind::latching_solenoid,
                                LockKind::fail_secure_strike, LockKind::solenoid})
        EXPECT_TRUE(meant_for(kind, stored(store_name(magnet))).empty());
}

TEST_P(StoredLinesTest, AdoptsALineWithTheValueThatItHas) {
    StoredLines lines(std::make_unique<PlainSource>(requests), stored(store_name(magnet)), kernel.ioctl());
    auto line = lines.request_output(magnet, false);
    ASSERT_TRUE(line);
    EXPECT_TRUE((*line)->active());
    EXPECT_EQ(kernel.sets, 0U);
    EXPECT_EQ(requests, 0U);
    EXPECT_GE((*line)->descriptor(), 0);
    ASSERT_TRUE((*line)->set(false));
    EXPECT_FALSE(kernel.value);
    kernel.dead = true;
    const auto failed = (*line)->set(true);
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("GPIO17"), std::string::npos);
}

TEST_P(StoredLinesTest, RequestsALineThatIsWiredInAnotherWayNow) {
    hal::LineConfig other = magnet;
    other.active_low = true;
    StoredLines lines(std::make_unique<PlainSource>(requests), stored(store_name(magnet)), kernel.ioctl());
    auto line = lines.request_output(other, false);
    ASSERT_TRUE(line);
    EXPECT_FALSE((*line)->active());
    EXPECT_EQ(requests, 1U);
}

TEST_P(StoredLinesTest, RequestsALineWhoseDescriptorIsNoLine) {
    kernel.dead = true;
    StoredLines lines(std::make_unique<PlainSource>(requests), stored(store_name(magnet)), kernel.ioctl());
    ASSERT_TRUE(lines.request_output(magnet, false));
    EXPECT_EQ(requests, 1U);
}

TEST_P(StoredLinesTest, ABoltThatPowerHoldsIsLeftAsItIs) {
    StoredLines lines(std::make_unique<PlainSource>(requests), stored(store_name(magnet)), kernel.ioctl());
    LockSettings lock;
    lock.kind = LockKind::magnetic_lock;
    DoorLines wired;
    wired.power = magnet;
    auto bolt = Bolt::open(lines, rested, lock, wired);
    ASSERT_TRUE(bolt);
    EXPECT_TRUE((*bolt)->powered());
    ASSERT_NE((*bolt)->held_by_power(), nullptr);
    (*bolt)->leave();
    bolt->reset();
    EXPECT_TRUE(kernel.value);
    EXPECT_EQ(kernel.sets, 0U);
}

TEST(BoltTest, ThatPowerReleasesIsNotLeftUnderPower) {
    unsigned requests = 0;
    PlainSource source(requests);
    LockSettings lock;
    lock.kind = LockKind::fail_secure_strike;
    DoorLines wired;
    wired.power = hal::LineConfig{.line = "GPIO17"};
    auto bolt = Bolt::open(source, rested, lock, wired);
    ASSERT_TRUE(bolt);
    ASSERT_TRUE((*bolt)->set(Drive::toward_unlocked));
    EXPECT_TRUE((*bolt)->powered());
    EXPECT_EQ((*bolt)->held_by_power(), nullptr);
}

TEST(StoreNameTest, ChangesWithTheLineAndItsWiringAndHoldsNothingThatSystemdForbids) {
    const hal::LineConfig plain{.line = "pinctrl-bcm2711:17"};
    hal::LineConfig low = plain;
    low.active_low = true;
    hal::LineConfig drain = plain;
    drain.drive = hal::Drive::open_drain;
    hal::LineConfig other = plain;
    other.line = "pinctrl-bcm2711:27";
    std::map<std::string, int> names;
    for (const auto& line : {plain, low, drain, other})
        ++names[store_name(line)];
    EXPECT_EQ(names.size(), 4U);
    for (const auto& [name, count] : names)
        EXPECT_EQ(name.find_first_of(": \n"), std::string::npos) << name;
}

// Descriptors 3 and up belong to the test's own process; only what leaves them alone is tested here.
TEST(StoredDescriptorsTest, AreNotTakenWhenTheyAreMeantForAnotherProcess) {
    ASSERT_EQ(::setenv("LISTEN_PID", "1", 1), 0);
    ASSERT_EQ(::setenv("LISTEN_FDS", "2", 1), 0);
    ASSERT_EQ(::setenv("LISTEN_FDNAMES", "a:b", 1), 0);
    EXPECT_TRUE(take_stored_descriptors().empty());
    EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
    EXPECT_TRUE(take_stored_descriptors().empty());
}

}  // namespace
}  // namespace firmware
