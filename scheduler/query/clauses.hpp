#pragma once

#include "base/result.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/token_stream.hpp"

namespace ql {

// The clauses that queries and conditions share.

// devices, devices.modules or devices.jobs, behind FROM.
[[nodiscard]] base::Result<Source> parse_source(TokenStream& tokens);

// An expression over condition.source, into condition.where.
[[nodiscard]] base::Result<void> parse_expression(TokenStream& tokens, Condition& condition);

// The same behind WHERE; nothing happens if there is none.
[[nodiscard]] base::Result<void> parse_where(TokenStream& tokens, Condition& condition);

}  // namespace ql
