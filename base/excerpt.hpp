#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

// What a stranger wrote, for a message: as it is, or its first `most` bytes and "...". A character of UTF-8
// is never cut in two, for the message may go into JSON.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t most);

}  // namespace base
