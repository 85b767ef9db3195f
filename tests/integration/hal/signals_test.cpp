#include "hal/signals.hpp"

#include "tests/integration/hal/running_loop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace {

struct SignalWatchTest : testing::Test, RunningLoop {};

TEST_F(SignalWatchTest, CallsTheHandlerOnTheLoopForEachSignal) {
    std::vector<int> seen;
    const auto watch =
        hal::SignalWatch::create(loop, {SIGUSR1, SIGUSR2}, [&](int signal) { seen.push_back(signal); });
    ASSERT_TRUE(watch);
    ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
    EXPECT_TRUE(seen.empty());
    EXPECT_TRUE(run_until([&] { return seen.size() == 1; }));
    ASSERT_EQ(::kill(::getpid(), SIGUSR2), 0);
    EXPECT_TRUE(run_until([&] { return seen.size() == 2; }));
    EXPECT_EQ(seen, (std::vector<int>{SIGUSR1, SIGUSR2}));
}

TEST_F(SignalWatchTest, AHandlerMayEndTheWatch) {
    bool called = false;
    std::unique_ptr<hal::SignalWatch> watch = std::move(*hal::SignalWatch::create(loop, {SIGUSR1}, [&](int) {
        called = true;
        watch.reset();
    }));
    ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
    EXPECT_TRUE(run_until([&] { return called; }));
}

TEST_F(SignalWatchTest, RefusesANumberThatIsNoSignal) {
    EXPECT_FALSE(hal::SignalWatch::create(loop, {4711}, [](int) {}));
}

}  // namespace
