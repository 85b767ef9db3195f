#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace ql {

// An error at a byte offset of a query text, in three lines: "line 1, column 8: …", the offending line (a
// window of it, if it is long) and a caret under the place. Columns count characters. Whatever bytes the text
// holds, the message is printable UTF-8.
[[nodiscard]] base::Error syntax_error(std::string_view text, std::size_t offset, std::string_view what,
                                       base::Errc code = base::Errc::invalid_argument);

// A piece of a query as an error names it: cut at a character's end if it is long; and the same in quotes.
[[nodiscard]] std::string shortened(std::string_view source);
[[nodiscard]] std::string quoted(std::string_view source);

}  // namespace ql
