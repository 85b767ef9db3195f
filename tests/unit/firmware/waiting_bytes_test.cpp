#include "firmware/mqtt/waiting_bytes.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace firmware {
namespace {

TEST(WaitingBytesTest, TakesNoMoreThanItsBoundAndAgainWhenThereIsRoom) {
    WaitingBytes waiting;
    EXPECT_TRUE(waiting.add(WaitingBytes::most - 1));
    EXPECT_FALSE(waiting.add(2));
    EXPECT_TRUE(waiting.add(1)) << "what was refused is not counted";
    EXPECT_FALSE(waiting.add(1));
    waiting.remove(10);
    EXPECT_TRUE(waiting.add(10));
    EXPECT_FALSE(waiting.add(1));
}

TEST(WaitingBytesTest, RefusesWhatNeverHasRoom) {
    WaitingBytes waiting;
    EXPECT_FALSE(waiting.add(WaitingBytes::most + 1));
    EXPECT_FALSE(waiting.add(std::numeric_limits<std::size_t>::max()));
    EXPECT_TRUE(waiting.add(WaitingBytes::most));
}

}  // namespace
}  // namespace firmware
