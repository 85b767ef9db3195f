#pragma once

#include "base/result.hpp"
#include "scheduler/query/path.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/token_stream.hpp"

#include <cstddef>
#include <string>

namespace ql {

// A dotted name as the query wrote it, still with the source prefix: a SELECT list stands before the FROM
// that says which prefix is right.
struct Attribute {
    Path written;
    std::size_t offset = 0;
};

// name {"." name}. `expected` is what the error says if there is no name at all.
[[nodiscard]] base::Result<Attribute> parse_attribute(TokenStream& tokens, std::string_view expected);

// The path in the documents of this source.
[[nodiscard]] base::Result<Path> resolve(const Attribute& attribute, Source source,
                                         const TokenStream& tokens);

// May this token be the first of an attribute: a name that is no keyword?
[[nodiscard]] bool begins_attribute(const Token& token);

}  // namespace ql
