#include "scheduler/hub/refusal_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hub {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST(RefusalLog, WritesAFewInAWhileAndTellsHowManyItLeftOut) {
    base::ManualClock clock;
    std::vector<std::string> lines;
    const base::Log log(base::Level::info,
                        [&](base::Level, std::string_view line) { lines.emplace_back(line); });
    RefusalLog refusals(log, clock);
    for (int i = 0; i < 1000; ++i) {
        refusals.warn("mqtt_refused", "127.0.0.1:1", "no such device");
    }
    EXPECT_THAT(lines, SizeIs(RefusalLog::most));
    clock.advance(RefusalLog::period);
    refusals.warn("mqtt_refused", "127.0.0.1:1", "no such device");
    refusals.warn("mqtt_refused", "127.0.0.1:1", "no such device");
    ASSERT_THAT(lines, SizeIs(RefusalLog::most + 2));
    EXPECT_THAT(lines[RefusalLog::most], HasSubstr("left_out=990"));
    EXPECT_THAT(lines.back(), testing::Not(HasSubstr("left_out")));
}

}  // namespace
}  // namespace hub
