#pragma once

#include "scheduler/query/query.hpp"

#include <string>
#include <string_view>

namespace ql {

// The query language for these values, in one canonical form; parsing it gives the same values again.
[[nodiscard]] std::string to_text(const Query& query);
[[nodiscard]] std::string to_text(const Condition& condition);  // for parse_condition; "*" for all devices
[[nodiscard]] std::string to_text(const Expression& expression);
[[nodiscard]] std::string to_text(const Path& path);
[[nodiscard]] std::string to_text(const Constant& constant);

// "devices", "devices.modules", "devices.jobs".
[[nodiscard]] std::string_view to_text(Source source);

// "COUNT", "AVG" …
[[nodiscard]] std::string_view to_text(Aggregate aggregate);

}  // namespace ql
