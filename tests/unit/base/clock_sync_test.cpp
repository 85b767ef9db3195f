#include "base/clock_sync.hpp"

#include <gtest/gtest.h>

namespace {

TEST(ClockSyncTest, BelievesWhatTimesyncdHasLeft) {
    EXPECT_TRUE(base::clock_is_synchronised("/"));
}

}  // namespace
