#include "base/log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace base {
namespace {

TEST(Log, WritesOneLineOfKeysAndValuesPerEvent) {
    std::vector<std::string> lines;
    const Log log(Level::info, [&](Level, std::string_view line) { lines.emplace_back(line); });
    log.info("bolt_moved", {{"state", "locked"}, {"travel_ms", 812}, {"assumed", false}});
    EXPECT_EQ(lines, std::vector<std::string>{"event=bolt_moved state=locked travel_ms=812 assumed=false"});
}

TEST(Log, QuotesWhatWouldBreakTheLine) {
    std::string written;
    const Log log(Level::info, [&](Level, std::string_view line) { written = line; });
    log.error("refused", {{"why", "no \"such\"\nline"}, {"empty", ""}, {"bell", "\a"}, {"formula", "a=b"}});
    EXPECT_EQ(written,
              "event=refused why=\"no \\\"such\\\"\\nline\" empty=\"\" bell=\"\\x07\" formula=\"a=b\"");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    int lines = 0;
    const Log log(Level::warning, [&](Level, std::string_view) { ++lines; });
    log.error("a");
    log.warning("b");
    log.notice("c");
    log.info("d");
    log.debug("e");
    EXPECT_EQ(lines, 2);
}

TEST(Log, KnowsTheNamesOfItsLevels) {
    Level level = Level::info;
    EXPECT_TRUE(parse_level("debug", level));
    EXPECT_EQ(level, Level::debug);
    EXPECT_FALSE(parse_level("loud", level));
}

}  // namespace
}  // namespace base
