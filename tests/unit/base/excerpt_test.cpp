#include "base/excerpt.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(ExcerptTest, LeavesWhatIsShortEnough) {
    EXPECT_EQ(excerpt("", 3), "");
    EXPECT_EQ(excerpt("abc", 3), "abc");
}

TEST(ExcerptTest, CutsBetweenCharacters) {
    EXPECT_EQ(excerpt("abcd", 3), "abc...");
    EXPECT_EQ(excerpt("a\u00e9\u00e9", 2), "a...");
    EXPECT_EQ(excerpt("a\u20ac\u20ac", 3), "a...");
    EXPECT_EQ(excerpt("a\u20ac\u20ac", 4), "a\u20ac...");
    EXPECT_EQ(excerpt("\U0001F512\U0001F512", 7), "\U0001F512...");
}

// No UTF-8 at all is not read beyond its beginning.
TEST(ExcerptTest, EndsForBytesThatAreNoText) {
    EXPECT_EQ(excerpt("\x80\x80\x80\x80", 2), "...");
}

}  // namespace
}  // namespace base
