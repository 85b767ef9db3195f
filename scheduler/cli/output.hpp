#pragma once

#include <cstddef>
#include <ostream>

namespace cli {

// json: one document, an array if the result is a list; jsonl: a line for each element of a list, as it
// comes, and for anything else one; csv (RFC 4180): lists, with every column of the table, uncut.
enum class Format { table, json, jsonl, csv };

// Where a command writes, and how. Results go to `out`, progress and remarks to `err`.
struct Output {
    std::ostream& out;
    std::ostream& err;
    Format format = Format::table;
    bool live = false;          // out is a terminal: a line may be drawn over
    bool colour = false;        // and may have colours
    std::size_t columns = 100;  // of the terminal

    [[nodiscard]] bool as_json() const { return format == Format::json || format == Format::jsonl; }
};

}  // namespace cli
