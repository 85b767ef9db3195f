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

TEST_F(StateKeeperTest, WritesAgainByItselfAndLearnsThatTheDiskIsWell) {
    keeper.save();
    store.fail_one();
    EXPECT_FALSE(keeper.failure().empty());
    ASSERT_TRUE(keeper.next_due());
    bool durable = false;
    const auto done = [&](const base::Result<void>& saved) { durable = saved.has_value(); };
    keeper.tick(done);
    EXPECT_FALSE(store.busy()) << "not at once";
    clock.advance(*keeper.next_due() - clock.steady_now());
    keeper.tick(done);
    EXPECT_FALSE(keeper.next_due()) << "one at a time";
    store.finish_one();
    EXPECT_TRUE(durable);
    EXPECT_EQ(keeper.failure(), "");
    EXPECT_FALSE(keeper.next_due());
    EXPECT_FALSE(store.busy());
}

TEST_F(StateKeeperTest, TellsOfAFailureOnceAndOnceOfItsEnd) {
    std::vector<std::string> said;
    const base::Log loud(base::Level::notice,
                         [&said](base::Level, std::string_view line) { said.emplace_back(line); });
    StateKeeper other(store, clock, loud, State{});
    for (int i = 0; i < 5; ++i) {
        other.save();
        store.fail_one();
    }
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0], "event=state_not_saved reason=\"the disk is full\"");
    other.save();
    store.finish_one();
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(said[1], "event=state_saved after=\"the disk is full\"");
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
