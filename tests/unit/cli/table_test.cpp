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
    table.print({.out = out, .err = out});
    EXPECT_EQ(out.str(),
              "DEVICE       LOCK\n"
              "tür-1        locked\n"
              "a-long-name\n");
}

class TableWidthTest : public ::testing::Test {
  protected:
    TableWidthTest() {
        table.add(
            {"door-with-a-long-name", "locked", "a sentence that is long", "another one, longer still"});
        table.add({"b", "open", "x", "y"});
    }
    std::string printed(std::size_t columns, bool live = true) const {
        std::ostringstream out;
        table.print({.out = out, .err = out, .live = live, .columns = columns});
        return out.str();
    }
    Table table{{"DEVICE", "LOCK", "WHAT", "WHERE"}};
};

TEST_F(TableWidthTest, NoLineIsWiderThanTheTerminal) {
    for (std::size_t columns = 45; columns < 100; ++columns) {
        std::istringstream lines(printed(columns));
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(width(line), columns) << line;
    }
}

TEST_F(TableWidthTest, TheWidestColumnIsCutFirstAndTheNameNever) {
    EXPECT_EQ(printed(60),
              "DEVICE                 LOCK    WHAT           WHERE\n"
              "door-with-a-long-name  locked  a sentence t…  another one, …\n"
              "b                      open    x              y\n");
    EXPECT_NE(printed(10).find("door-with-a-long-name"), std::string::npos);
}

TEST_F(TableWidthTest, WithoutATerminalNothingIsCut) {
    EXPECT_NE(printed(10, false).find("another one, longer still"), std::string::npos);
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
