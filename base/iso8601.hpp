#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace base {

// "2026-11-20T16:30:00.1234567Z": UTC, seven fractional digits, as IoT Hub writes dates.
[[nodiscard]] std::string format_iso8601(SystemTime time);

// Reads ISO 8601 dates with a time, with up to nine fractional digits, and Z, an offset (+01:00, +0100) or
// nothing (taken as UTC, as IoT Hub's Python client sends it). Seconds may be left out. Years 1970 to 2261.
[[nodiscard]] Result<SystemTime> parse_iso8601(std::string_view text);

}  // namespace base
