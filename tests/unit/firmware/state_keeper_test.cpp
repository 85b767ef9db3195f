#include "firmware/state_keeper.hpp"

#include "tests/unit/firmware/fakes.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

class StateKeeperTest : public ::testing::Test {
  protected:
    base::ManualClock clock;
    base::Log log = silent_log();
    FakeStore store;
    StateKeeper keeper{store, clock, log, State{}};
};

TEST_F(StateKeeperTest, TellsWhenTheStateIsDurableAndNotBefore) {
    bool durable = false;
    keeper.save([&](const base::Result<void>& saved) { durable = saved.has_value(); });
    EXPECT_FALSE(durable);
    EXPECT_FALSE(keeper.idle());
    store.finish_one();
    EXPECT_TRUE(durable);
    EXPECT_TRUE(keeper.idle());
}

TEST_F(StateKeeperTest, MakesOneWriteOfAllThatComeWhileOneIsUnderWay) {
    int durable = 0;
    for (int i = 0; i < 50; ++i) {
        keeper.state().boots = static_cast<std::uint64_t>(i);
        keeper.save([&](const base::Result<void>&) { ++durable; });
    }
    store.finish_one();
    EXPECT_EQ(durable, 1);
    store.finish_one();
    EXPECT_EQ(durable, 50);
    EXPECT_EQ(store.writes(), 2U);
    EXPECT_EQ(parse_state(*store.durable())->boots, 49U);
}

TEST_F(StateKeeperTest, TellsOfAFailureAndTriesAgainWithTheNextSave) {
    bool failed = false;
    keeper.save([&](const base::Result<void>& saved) { failed = !saved; });
    store.fail_one();
    EXPECT_TRUE(failed);
    keeper.save();
    store.finish_all();
    EXPECT_TRUE(store.durable());
}

TEST_F(StateKeeperTest, NeverForgetsTheLatestDateThatItKnew) {
    keeper.save();
    const auto known = keeper.state().saved_at;
    clock.set_system(base::SystemTime{});
    store.finish_all();
    keeper.save();
    EXPECT_EQ(keeper.state().saved_at, known);
}

}  // namespace
}  // namespace firmware
