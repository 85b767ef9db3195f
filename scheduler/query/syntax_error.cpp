#include "scheduler/query/syntax_error.hpp"

#include "scheduler/query/utf8.hpp"

#include <algorithm>
#include <vector>

namespace ql {
namespace {

// Characters shown of a long line: enough for context, and no wrap in a terminal.
constexpr std::size_t window = 100;
constexpr std::size_t before_caret = 60;

struct Place {
    std::size_t line = 1;
    std::size_t line_begin = 0;
};

Place place_of(std::string_view text, std::size_t offset) {
    Place place;
    for (std::size_t i = 0; i < offset; ++i) {
        if (text[i] != '\n') continue;
        ++place.line;
        place.line_begin = i + 1;
    }
    return place;
}

// The line cut into characters that can be printed: what cannot be is a '?'.
std::vector<std::string> printable_characters(std::string_view line) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < line.size();) {
        const Character character = character_at(line, at);
        const bool control = character.point < 0x20 || (character.point >= 0x7F && character.point < 0xA0);
        const bool printable = character.valid && (!control || character.point == '\t');
        out.emplace_back(printable ? line.substr(at, character.length) : "?");
        at += character.length;
    }
    return out;
}

}  // namespace

base::Error syntax_error(std::string_view text, std::size_t offset, std::string_view what, base::Errc code) {
    offset = std::min(offset, text.size());
    const Place place = place_of(text, offset);
    std::string_view line = text.substr(place.line_begin);
    line = line.substr(0, line.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);

    const auto characters = printable_characters(line);
    const std::size_t column =
        printable_characters(line.substr(0, std::min(offset - place.line_begin, line.size()))).size();
    const std::size_t begin = characters.size() > window && column > before_caret
                                  ? std::min(column - before_caret, characters.size() - window)
                                  : 0;
    const std::size_t end = std::min(characters.size(), begin + window);

    std::string shown = begin > 0 ? "  …" : "  ";
    std::string caret = begin > 0 ? "   " : "  ";
    for (std::size_t i = begin; i < end; ++i) {
        shown += characters[i];
        // A tab above the caret needs a tab here, however wide the reader's tabs are.
        if (i < column) caret += characters[i] == "\t" ? "\t" : " ";
    }
    if (end < characters.size()) shown += "…";

    std::string message = "line " + std::to_string(place.line) + ", column " + std::to_string(column + 1) +
                          ": " + std::string(what) + "\n" + shown + "\n" + caret + "^";
    return {code, std::move(message)};
}

std::string shortened(std::string_view source) {
    constexpr std::size_t most = 40;
    if (source.size() <= most) return std::string(source);
    std::size_t end = 0;
    while (end < most) {
        end += character_at(source, end).length;
    }
    return std::string(source.substr(0, end)) + "…";
}

std::string quoted(std::string_view source) {
    return std::string("'").append(shortened(source)).append("'");
}

}  // namespace ql
