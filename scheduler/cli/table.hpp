#pragma once

#include "scheduler/cli/output.hpp"

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

// Rows in aligned columns, two spaces apart, under a head line. Control characters of a cell are shown as
// '?', so that what a device reported cannot command the terminal. Width counts characters, not bytes.
class Table {
  public:
    explicit Table(std::vector<std::string> head);

    // As many cells as the head has; missing ones are empty.
    void add(std::vector<std::string> row);
    [[nodiscard]] bool empty() const { return rows_.empty(); }

    // On a terminal no line is wider than it, as far as the first column, by which a row is called, and the
    // heads allow: the widest of the other columns are cut first.
    void print(const Output& output) const;

  private:
    [[nodiscard]] std::vector<std::size_t> widths(std::size_t columns) const;

    std::vector<std::string> head_;
    std::vector<std::vector<std::string>> rows_;
};

// "Name:   value" lines with the values aligned, all lines of a value.
class Listing {
  public:
    // Skipped if the value is empty.
    void add(std::string_view name, std::string_view value);
    void print(std::ostream& out) const;

  private:
    std::vector<std::pair<std::string, std::string>> lines_;
};

// The number of characters of UTF-8 text.
[[nodiscard]] std::size_t width(std::string_view text);
// Text without control characters.
[[nodiscard]] std::string printable(std::string_view text);
// The same line by line; all lines but the first are indented by so many spaces.
[[nodiscard]] std::string indented(std::string_view text, std::size_t spaces);
// At most `most` characters; what is cut ends in '…'.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most);

}  // namespace cli
