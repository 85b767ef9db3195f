#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

// Where a query goes on: x-ms-continuation, opaque to its holder. It names the last document that was given,
// not how many there were, so that it stays right while devices come and go. For aggregates, whose rows are
// computed anew for each page, `rows` says how many were given.
struct Continuation {
    std::uint64_t rows = 0;  // given so far, over all pages
    std::string first;       // the place of the last document; empty: from the start
    std::string second;
};

// A token fits only the query for which it was made.
[[nodiscard]] std::string to_token(const Continuation& continuation, std::string_view query);
[[nodiscard]] std::optional<Continuation> parse_token(std::string_view token, std::string_view query);

}  // namespace hub
