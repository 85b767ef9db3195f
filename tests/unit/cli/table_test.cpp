#include "scheduler/cli/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace cli {
namespace {

TEST(TableTest, AlignsByCharactersNotBytes) {
    Table table({"DEVICE", "LOCK"});
    table.add({"tür-1", "locked"});
    table.add({"a-long-name"});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(),
              "DEVICE       LOCK\n"
              "tür-1        locked\n"
              "a-long-name\n");
}

TEST(TableTest, ControlCharactersDoNotReachTheTerminal) {
    EXPECT_EQ(printable("a\x1b[2Jb\nc\x7f"), "a?[2Jb?c?");
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m"),
              "?31m");
    EXPECT_EQ(printable("é €"), "é €");
}

TEST(TableTest, ShortenedTextEndsInAnEllipsis) {
    EXPECT_EQ(shortened("locked", 6), "locked");
    EXPECT_EQ(shortened("unlocked", 6), "unloc…");
    EXPECT_EQ(shortened("ééééé", 3), "éé…");
    EXPECT_EQ(width("éé…"), 3U);
}

TEST(ListingTest, AlignsValuesAndLeavesOutEmptyOnes) {
    Listing listing;
    listing.add("job", "j1");
    listing.add("reason", "");
    listing.add("status", "completed");
    std::ostringstream out;
    listing.print(out);
    EXPECT_EQ(out.str(), "job:     j1\nstatus:  completed\n");
}

}  // namespace
}  // namespace cli
