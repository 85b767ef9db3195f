#include "hal/mock/drawn_line.hpp"

#include <algorithm>

namespace hal {

namespace {

std::string_view escape(Ink ink) {
    switch (ink) {
        case Ink::plain:
            return "";
        case Ink::label:
            return "\x1b[1m";
        case Ink::high:
            return "\x1b[92m";
        case Ink::low:
            return "\x1b[32m";
        case Ink::filled:
            return "\x1b[36m";
        case Ink::faint:
            return "\x1b[2m";
        case Ink::warning:
            return "\x1b[91m";
    }
    return "";
}

}  // namespace

void DrawnLine::put(std::size_t column, std::string_view glyph, Ink ink) {
    if (column < cells_.size()) cells_[column] = {std::string(glyph), ink};
}

void DrawnLine::write(std::size_t column, std::string_view text, Ink ink) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t length = 1;
        while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xc0U) == 0x80U)
            ++length;
        put(column++, text.substr(at, length), ink);
        at += length;
    }
}

bool DrawnLine::blank(std::size_t from, std::size_t to) const {
    for (auto i = from; i < std::min(to, cells_.size()); ++i) {
        if (cells_[i].glyph != " ") return false;
    }
    return to <= cells_.size();
}

std::string DrawnLine::text(bool colour) const {
    std::string text;
    Ink ink = Ink::plain;
    const auto end =
        std::find_if(cells_.rbegin(), cells_.rend(), [](const Cell& c) { return c.glyph != " "; });
    for (auto cell = cells_.begin(); cell != end.base(); ++cell) {
        if (colour && cell->ink != ink && cell->glyph != " ") {
            if (ink != Ink::plain) text += "\x1b[0m";
            text += escape(cell->ink);
            ink = cell->ink;
        }
        text += cell->glyph;
    }
    if (ink != Ink::plain) text += "\x1b[0m";
    return text + "\n";
}

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string shortened(const std::string& name, std::size_t columns) {
    return name.size() <= columns ? name : name.substr(0, columns - 1) + "…";
}

}  // namespace hal
