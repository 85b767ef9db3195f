#include "base/ring.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace base {
namespace {

TEST(Ring, DropsTheOldestWhenItIsFullAndCountsIt) {
    Ring<int> ring(3);
    for (const int i : {1, 2, 3, 4, 5})
        ring.push(i);
    EXPECT_EQ(std::vector<int>(ring.begin(), ring.end()), (std::vector<int>{3, 4, 5}));
    EXPECT_EQ(ring.dropped(), 2U);
    EXPECT_EQ(ring.pop(), 3);
    EXPECT_EQ(ring.front(), 4);
    EXPECT_EQ(ring.size(), 2U);
}

}  // namespace
}  // namespace base
