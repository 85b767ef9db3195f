#include "hal/cutoff.hpp"

#include "tests/integration/hal/running_loop.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using hal::CutOff;
using hal::OutputLine;

// A line that remembers when it was set, and can refuse.
struct Pin {
    std::atomic<bool> active{false};
    std::atomic<int> refusals{0};  // so many set(false) fail
    std::atomic<bool> refuses_on{false};
    std::mutex mutex;
    std::vector<std::pair<bool, base::SteadyTime>> sets;

    base::SteadyTime time_of(std::size_t index) {
        const std::lock_guard lock(mutex);
        return sets.at(index).second;
    }
};

class PinLine final : public OutputLine {
  public:
    explicit PinLine(Pin& pin) : pin_(pin) {}
    base::Result<void> set(bool active) override {
        const std::lock_guard lock(pin_.mutex);
        if (active && pin_.refuses_on) return base::Error{base::Errc::io, "refused"};
        if (!active && pin_.refusals > 0) {
            --pin_.refusals;
            return base::Error{base::Errc::io, "refused"};
        }
        pin_.active = active;
        pin_.sets.emplace_back(active, std::chrono::steady_clock::now());
        return {};
    }
    [[nodiscard]] bool active() const override { return pin_.active; }

  private:
    Pin& pin_;
};

struct CutOffTest : testing::Test, RunningLoop {
    std::vector<std::string> lines;
    std::mutex lines_mutex;
    base::Log log{base::Level::debug, [this](base::Level, std::string_view line) {
                      const std::lock_guard lock(lines_mutex);
                      lines.emplace_back(line);
                  }};
    std::unique_ptr<CutOff> cutoff = std::move(*CutOff::start(loop, log));
    Pin pin;
    int cuts = 0;

    std::unique_ptr<OutputLine> guard(hal::OnTimeLimit limit) {
        return cutoff->guard(std::make_unique<PinLine>(pin), limit, [this] { ++cuts; });
    }
};

TEST_F(CutOffTest, SwitchesOffWhenTheTimeIsOverAlthoughTheLoopIsBlocked) {
    const auto line = guard({.longest_on = 30ms, .shortest_off = 0s});
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(line->set(true));
    const auto end = std::chrono::steady_clock::now() + patience;
    while (pin.active && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(1ms);  // the loop does not run
    EXPECT_FALSE(pin.active);
    EXPECT_GE(pin.time_of(1) - start, 30ms);
    EXPECT_EQ(cuts, 0);
    EXPECT_TRUE(run_until([&] { return cuts == 1; }));
    EXPECT_FALSE(line->active());
}

TEST_F(CutOffTest, LeavesALineAloneThatWasSwitchedOffInTime) {
    const auto line = guard({.longest_on = 20ms, .shortest_off = 0s});
    ASSERT_TRUE(line->set(true));
    ASSERT_TRUE(line->set(false));
    run_for(60ms);
    EXPECT_EQ(cuts, 0);
    EXPECT_EQ(pin.sets.size(), 2U);
}

TEST_F(CutOffTest, SwitchingOnAgainDoesNotExtendTheTime) {
    const auto line = guard({.longest_on = 50ms, .shortest_off = 0s});
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(line->set(true));
    const auto again = loop.call_after(25ms, [&] { EXPECT_TRUE(line->set(true)); });
    EXPECT_TRUE(run_until([&] { return cuts == 1; }));
    EXPECT_EQ(pin.sets.size(), 2U);
    EXPECT_GE(pin.time_of(1) - start, 50ms);
}

TEST_F(CutOffTest, KeepsSeveralLinesApart) {
    Pin other;
    const auto first = guard({.longest_on = 80ms, .shortest_off = 0s});
    const auto second =
        cutoff->guard(std::make_unique<PinLine>(other), {.longest_on = 20ms, .shortest_off = 0s});
    ASSERT_TRUE(first->set(true));
    ASSERT_TRUE(second->set(true));
    EXPECT_TRUE(run_until([&] { return !other.active; }));
    EXPECT_TRUE(run_until([&] { return cuts == 1; }));
    EXPECT_LT(other.time_of(1), pin.time_of(1));
}

TEST_F(CutOffTest, RefusesToSwitchOnWhileTheLineHasToRest) {
    const auto line = guard({.longest_on = 10ms, .shortest_off = 1h});
    ASSERT_TRUE(line->set(true));
    EXPECT_TRUE(run_until([&] { return cuts == 1; }));
    const auto set = line->set(true);
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code, base::Errc::busy);
    EXPECT_FALSE(pin.active);
}

TEST_F(CutOffTest, SwitchesOnAtOnceInSpiteOfTheRestAndOffInTimeAgain) {
    const auto line = guard({.longest_on = 10ms, .shortest_off = 1h});
    ASSERT_TRUE(line->set(true));
    EXPECT_TRUE(run_until([&] { return cuts == 1; }));
    ASSERT_TRUE(line->set_active_at_once());
    EXPECT_TRUE(pin.active);
    EXPECT_TRUE(run_until([&] { return cuts == 2; }));
    EXPECT_FALSE(pin.active);
}

TEST_F(CutOffTest, TriesAgainWhenTheLineRefusesToGoOffAndSaysSoOnce) {
    const auto line = guard({.longest_on = 10ms, .shortest_off = 0s});
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(line->set(true));
    pin.refusals = 2;
    EXPECT_TRUE(run_until([&] { return cuts == 1; }));
    EXPECT_FALSE(pin.active);
    EXPECT_GE(pin.time_of(1) - start, 210ms);
    const std::lock_guard lock(lines_mutex);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("cut_off_failed"), std::string::npos);
}

TEST_F(CutOffTest, ALineThatRefusesToGoOnIsNotCut) {
    const auto line = guard({.longest_on = 10ms, .shortest_off = 0s});
    pin.refuses_on = true;
    EXPECT_FALSE(line->set(true));
    run_for(30ms);
    EXPECT_EQ(cuts, 0);
    EXPECT_FALSE(line->active());
}

TEST_F(CutOffTest, ADestroyedLineIsSwitchedOffAndNobodyIsToldOfACut) {
    auto line = guard({.longest_on = 10ms, .shortest_off = 0s});
    ASSERT_TRUE(line->set(true));
    std::this_thread::sleep_for(30ms);  // the cut is posted, and waits for the loop
    line.reset();
    run_for(20ms);
    EXPECT_FALSE(pin.active);
    EXPECT_EQ(cuts, 0);
}

TEST_F(CutOffTest, ItsEndSwitchesEverythingOffForGood) {
    const auto line = guard({.longest_on = 1h, .shortest_off = 0s});
    ASSERT_TRUE(line->set(true));
    cutoff.reset();
    EXPECT_FALSE(pin.active);
    const auto set = line->set(true);
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code, base::Errc::unavailable);
}

TEST_F(CutOffTest, ShowsThatItLives) {
    bool alive = false;
    cutoff->prove_alive([&] { alive = true; });
    EXPECT_TRUE(run_until([&] { return alive; }));
}

TEST_F(CutOffTest, LeavesSignalsToTheOtherThreads) {
    sigset_t mask;
    ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &mask), 0);
    EXPECT_EQ(sigismember(&mask, SIGTERM), 0);  // the caller's mask is as it was
}

}  // namespace
