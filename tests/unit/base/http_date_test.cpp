#include "base/http_date.hpp"

#include "base/iso8601.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

const SystemTime example = *parse_iso8601("1994-11-06T08:49:37Z");  // RFC 9110 §5.6.7's own

TEST(HttpDateTest, WritesTheFormOfTheRfc) {
    EXPECT_EQ(format_http_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(example + std::chrono::milliseconds(999)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(HttpDateTest, ReadsWhatItWrites) {
    for (int month = 0; month < 24; ++month) {
        const SystemTime time = example + std::chrono::hours(24 * 31) * month;
        EXPECT_EQ(parse_http_date(format_http_date(time)), time);
    }
}

TEST(HttpDateTest, TakesNoOtherForm) {
    for (const auto* text :
         {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 06 Nvm 1994 08:49:37 GMT", "Sun, 36 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"}) {
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace base
