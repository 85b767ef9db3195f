#include "hal/mock/magnetic_lock.hpp"

#include "tests/unit/hal/bench.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using hal::Door;
using hal::MagneticLock;

struct MagneticLockTest : testing::Test {
    Bench bench;
    Door& door = bench.wiring.add<Door>("door", {.contact = {{.line = "GPIO23", .active_low = true}}});
    MagneticLock& lock = bench.wiring.add<MagneticLock>(
        "bolt",
        {.coil = {.line = "GPIO17"}, .bonded = {{.line = "GPIO24", .active_low = true}}, .door = &door});
    std::unique_ptr<hal::OutputLine> coil = bench.output("GPIO17");
    std::unique_ptr<hal::InputLine> bonded = bench.input("GPIO24", true);
};

TEST_F(MagneticLockTest, HoldsWhileItIsEnergisedAndLetsGoAMomentLater) {
    ASSERT_TRUE(coil->set(true));
    bench.pass(30ms);
    EXPECT_TRUE(*bonded->read());
    ASSERT_TRUE(coil->set(false));
    bench.pass(149ms);
    EXPECT_TRUE(lock.bonded());
    bench.pass(1ms);
    EXPECT_FALSE(lock.bonded());
}

TEST_F(MagneticLockTest, DoesNotHoldAnOpenDoor) {
    door.open();
    ASSERT_TRUE(coil->set(true));
    bench.pass(1s);
    EXPECT_FALSE(*bonded->read());
    door.close();
    bench.pass(1s);
    EXPECT_TRUE(*bonded->read());
}

TEST_F(MagneticLockTest, LosesADoorThatIsTornOpenAtOnce) {
    ASSERT_TRUE(coil->set(true));
    bench.pass(1s);
    ASSERT_TRUE(bench.wiring.command("door force"));
    EXPECT_FALSE(lock.bonded());
}

TEST_F(MagneticLockTest, AFouledMagnetDoesNotHold) {
    lock.foul();
    ASSERT_TRUE(coil->set(true));
    bench.pass(1s);
    EXPECT_FALSE(lock.bonded());
    lock.clean();
    bench.pass(1s);
    EXPECT_TRUE(lock.bonded());
}

}  // namespace
