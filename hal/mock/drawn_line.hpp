#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hal {

// How a character of a drawing looks, in a terminal that has colours.
enum class Ink { plain, label, high, low, filled, faint, warning };

// One line of a drawing: a character and its ink for each column. What is put beyond its end is lost.
class DrawnLine {
  public:
    explicit DrawnLine(std::size_t columns) : cells_(columns, Cell{" ", Ink::plain}) {}

    void put(std::size_t column, std::string_view glyph, Ink ink);
    // UTF-8 text, a column for each code point.
    void write(std::size_t column, std::string_view text, Ink ink);
    [[nodiscard]] bool blank(std::size_t from, std::size_t to) const;
    // Without the blanks at its end; with a line feed.
    [[nodiscard]] std::string text(bool colour) const;

  private:
    struct Cell {
        std::string glyph;
        Ink ink;
    };
    std::vector<Cell> cells_;
};

// How many columns a text takes.
[[nodiscard]] std::size_t width_of(std::string_view text);
[[nodiscard]] std::string shortened(const std::string& name, std::size_t columns);

}  // namespace hal
