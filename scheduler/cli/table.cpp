#include "scheduler/cli/table.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cli {

namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

void print_row(std::ostream& out, const std::vector<std::string>& row,
               const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string shown = shortened(row[i], widths[i]);
        line += shown;
        line.append(widths[i] - width(shown) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
}

}  // namespace

std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F, in UTF-8 C2 80 to C2 9F, command some terminals as well.
        const bool c1 =
            byte == 0xC2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
        if (c1) ++i;
        out.push_back(c1 || byte < 0x20U || byte == 0x7FU ? '?' : text[i]);
    }
    return out;
}

std::string indented(std::string_view text, std::size_t spaces) {
    std::string out;
    while (true) {
        const auto end = text.find('\n');
        out += printable(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end + 1);
        out += '\n' + std::string(spaces, ' ');
    }
}

std::string shortened(std::string_view text, std::size_t most) {
    if (width(text) <= most) return std::string(text);
    std::size_t characters = 0;
    std::size_t end = 0;
    while (end < text.size() && (is_continuation(text[end]) || characters + 1 < most)) {
        if (!is_continuation(text[end])) ++characters;
        ++end;
    }
    return std::string(text.substr(0, end)) + "…";
}

Table::Table(std::vector<std::string> head) : head_(std::move(head)) {}

void Table::add(std::vector<std::string> row) {
    row.resize(head_.size());
    for (auto& cell : row)
        cell = printable(cell);
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::size_t columns) const {
    std::vector<std::size_t> widths;
    widths.reserve(head_.size());
    for (const auto& cell : head_)
        widths.push_back(width(cell));
    std::vector<std::size_t> least = widths;
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]));
    }
    if (!widths.empty()) least[0] = widths[0];
    std::size_t total = 2 * (widths.size() - std::min<std::size_t>(widths.size(), 1));
    for (const std::size_t one : widths)
        total += one;
    for (; total > columns; --total) {
        std::size_t widest = 0;
        for (std::size_t i = 1; i < widths.size(); ++i) {
            if (widths[i] > least[i] && (widest == 0 || widths[i] > widths[widest])) widest = i;
        }
        if (widest == 0) break;
        --widths[widest];
    }
    return widths;
}

void Table::print(const Output& output) const {
    const auto fitting = widths(output.live ? output.columns : std::numeric_limits<std::size_t>::max());
    print_row(output.out, head_, fitting);
    for (const auto& row : rows_)
        print_row(output.out, row, fitting);
}

void Listing::add(std::string_view name, std::string_view value) {
    if (!value.empty()) lines_.emplace_back(std::string(name) + ":", std::string(value));
}

void Listing::print(std::ostream& out) const {
    std::size_t widest = 0;
    for (const auto& [name, value] : lines_)
        widest = std::max(widest, width(name));
    for (const auto& [name, value] : lines_) {
        out << name << std::string(widest - width(name) + 2, ' ') << indented(value, widest + 2) << '\n';
    }
}

}  // namespace cli
