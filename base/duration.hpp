#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace base {

// Parses what people write: "10m", "1h30m", "45s", "500ms", "2d", or a bare number of seconds ("90", "0.5").
// Units are d, h, m, s, ms, each at most once and in that order. Negative, empty, or longer than `most` is an
// error that names the text and what would be right.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(
    std::string_view text, std::chrono::milliseconds most = std::chrono::hours(24 * 366));

// The same for a JSON number of seconds; NaN, infinities and negative numbers are errors.
[[nodiscard]] Result<std::chrono::milliseconds> duration_from_seconds(
    double seconds, std::chrono::milliseconds most = std::chrono::hours(24 * 366));

// "1h30m", "45s", "500ms", "0s": the shortest text that parse_duration reads back to the same value.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

}  // namespace base
