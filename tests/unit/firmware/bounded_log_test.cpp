#include "firmware/bounded_log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firmware {
namespace {

using std::chrono::seconds;

class BoundedLogTest : public ::testing::Test {
  protected:
    base::ManualClock clock;
    std::vector<std::string> said;
    base::Log log{base::Level::warning,
                  [this](base::Level, std::string_view line) { said.emplace_back(line); }};
    BoundedLog bounded{log, clock, &base::Log::warning, "twin_refused"};
};

TEST_F(BoundedLogTest, WritesAFewAndCountsTheOthers) {
    for (int i = 0; i < 2000; ++i)
        bounded.write({{"number", i}});
    ASSERT_EQ(said.size(), BoundedLog::most);
    EXPECT_EQ(said[0], "event=twin_refused number=0");
    ASSERT_EQ(bounded.next_due(), clock.steady_now() + BoundedLog::window);
    clock.advance(BoundedLog::window - seconds(1));
    bounded.tick();
    EXPECT_EQ(said.size(), BoundedLog::most);
    clock.advance(seconds(1));
    bounded.tick();
    ASSERT_EQ(said.size(), BoundedLog::most + 1);
    EXPECT_EQ(said.back(), "event=twin_refused repeated=1990 within_s=60");
    EXPECT_FALSE(bounded.next_due());
}

TEST_F(BoundedLogTest, WakesNobodyForWhatHasBeenWritten) {
    for (unsigned i = 0; i < BoundedLog::most; ++i)
        bounded.write({});
    EXPECT_FALSE(bounded.next_due());
}

TEST_F(BoundedLogTest, WritesAgainInTheNextMinute) {
    for (unsigned i = 0; i < BoundedLog::most + 3; ++i)
        bounded.write({});
    clock.advance(BoundedLog::window);
    bounded.write({{"number", 7}});
    ASSERT_EQ(said.size(), BoundedLog::most + 2);
    EXPECT_EQ(said[BoundedLog::most], "event=twin_refused repeated=3 within_s=60");
    EXPECT_EQ(said.back(), "event=twin_refused number=7");
}

}  // namespace
}  // namespace firmware
