#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace base {

// The date of an HTTP message: "Fri, 20 Nov 2026 16:30:00 GMT" (IMF-fixdate, RFC 9110 §5.6.7). Nothing for
// any other form.
[[nodiscard]] std::optional<SystemTime> parse_http_date(std::string_view text);

// The same form of a time, without its fraction of a second.
[[nodiscard]] std::string format_http_date(SystemTime time);

}  // namespace base
