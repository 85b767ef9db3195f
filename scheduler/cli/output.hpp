#pragma once

#include <cstddef>
#include <ostream>

namespace cli {

enum class Format { table, json };

// Where a command writes, and how. Results go to `out`, progress and remarks to `err`.
struct Output {
    std::ostream& out;
    std::ostream& err;
    Format format = Format::table;
    bool live = false;          // out is a terminal: a line may be drawn over
    std::size_t columns = 100;  // of the terminal
};

}  // namespace cli
