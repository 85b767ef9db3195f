#pragma once

#include "scheduler/query/query.hpp"

#include <vector>

namespace ql {

// Every path that is named, in the order of the text, some perhaps twice. Of a document nothing else is
// looked at, except by SELECT *, which gives it whole.
[[nodiscard]] std::vector<Path> paths(const Condition& condition);
[[nodiscard]] std::vector<Path> paths(const Query& query);

}  // namespace ql
