#pragma once

#include "base/result.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/token_stream.hpp"

#include <string_view>

namespace query {

// The clauses that queries and conditions share.

// devices, devices.modules or devices.jobs, behind FROM.
[[nodiscard]] base::Result<Source> parse_source(TokenStream& tokens);

// An expression over condition.source, into condition.where. Gives the expression as it was written.
[[nodiscard]] base::Result<std::string_view> parse_expression(TokenStream& tokens, Condition& condition);

// The same behind WHERE; nothing happens, and the text is empty, if there is no WHERE.
[[nodiscard]] base::Result<std::string_view> parse_where(TokenStream& tokens, Condition& condition);

}  // namespace query
