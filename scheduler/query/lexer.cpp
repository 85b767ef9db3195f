#include "scheduler/query/lexer.hpp"

#include "scheduler/query/path.hpp"
#include "scheduler/query/syntax_error.hpp"
#include "scheduler/query/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

namespace ql {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<unsigned> hex_value(char c) {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    if (lower(c) >= 'a' && lower(c) <= 'f') return static_cast<unsigned>(lower(c) - 'a' + 10);
    return {};
}

std::string code_point(char32_t point) {
    std::array<char, 8> digits{};
    auto* const end = std::to_chars(digits.begin(), digits.end(), static_cast<std::uint32_t>(point), 16).ptr;
    std::string text(digits.begin(), end);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
    return "U+" + std::string(text.size() < 4 ? 4 - text.size() : 0, '0') + text;
}

}  // namespace

bool same_word(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

bool Token::is_word(std::string_view keyword) const {
    return kind == TokenKind::word && same_word(source, keyword);
}

std::vector<Token> Lexer::tokens() {
    std::vector<Token> out;
    do {
        const bool name_due = !out.empty() && (out.back().is_symbol(".") || out.back().is_word("AS"));
        out.push_back(next(name_due));
        behind_last_ = at_;
    } while (out.back().kind != TokenKind::end && out.back().kind != TokenKind::broken);
    return out;
}

Token Lexer::next(bool name_due) {
    skip_blanks();
    if (at_ == text_.size()) return make(TokenKind::end, behind_last_);
    if (name_due && at("[[")) return quoted_name();
    if (name_due && at_digit()) {
        return broken(at_, "found a digit, expected a name; one that begins with a digit is written [[so]]");
    }
    if (at_digit()) return number();
    if (at_name()) return word();
    if (at("'") || at("\"")) return text_constant();
    return symbol();
}

void Lexer::skip_blanks() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
}

void Lexer::skip_digits() {
    while (at_digit())
        ++at_;
}

bool Lexer::at_digit() const {
    return at_ < text_.size() && is_digit(text_[at_]);
}

bool Lexer::at_name() const {
    return at_ < text_.size() &&
           (at_digit() || is_plain_name(text_.substr(at_, character_at(text_, at_).length)));
}

Token Lexer::make(TokenKind kind, std::size_t begin) const {
    Token token;
    token.kind = kind;
    token.offset = begin;
    token.source = text_.substr(begin, at_ - begin);
    return token;
}

Token Lexer::broken(std::size_t where, std::string_view why) const {
    Token token;
    token.kind = TokenKind::broken;
    token.offset = where;
    token.error = syntax_error(text_, where, why);
    return token;
}

Token Lexer::word() {
    const std::size_t begin = at_;
    while (at_name())
        at_ += character_at(text_, at_).length;
    return make(TokenKind::word, begin);
}

Token Lexer::quoted_name() {
    const std::size_t begin = at_;
    std::size_t close = text_.find("]]", begin + 2);
    if (close == std::string_view::npos)
        return broken(begin, "found a name that is never closed, expected ']]' behind it");
    while (text_.substr(close + 2).starts_with(']'))
        ++close;  // the name itself may end with one
    const std::string_view name = text_.substr(begin + 2, close - begin - 2);
    if (name.empty()) return broken(begin, "found '[[]]', expected a name between the brackets");
    for (std::size_t i = 0; i < name.size();) {
        const Character character = character_at(name, i);
        if (!character.valid || character.point < 0x20) {
            return broken(begin + 2 + i,
                          "found a byte no name can contain, expected UTF-8 without control characters");
        }
        i += character.length;
    }
    at_ = close + 2;
    Token token = make(TokenKind::quoted_name, begin);
    token.text = name;
    return token;
}

Token Lexer::number() {
    const std::size_t begin = at_;
    if (at("0x") || at("0X")) return hexadecimal();
    bool complete = true;
    skip_digits();
    if (at(".")) {
        ++at_;
        complete = at_digit();
        skip_digits();
    }
    if (complete && (at("e") || at("E"))) {
        ++at_;
        if (at("+") || at("-")) ++at_;
        complete = at_digit();
        skip_digits();
    }
    const bool goes_on = at_name();
    while (at_name())
        at_ += character_at(text_, at_).length;
    Token token = make(TokenKind::number, begin);
    const char* const last = token.source.data() + token.source.size();
    if (!complete || goes_on) {
        return broken(begin,
                      "found " + quoted(token.source) + ", expected a number such as 43, 0.5, 1e3 or 0x2B");
    }
    const auto read = std::from_chars(token.source.data(), last, token.number);
    if (read.ec != std::errc{} || read.ptr != last || !std::isfinite(token.number)) {
        return broken(begin, "found a number out of range, expected one below 1.8e308");
    }
    return token;
}

Token Lexer::hexadecimal() {
    const std::size_t begin = at_;
    at_ += 2;
    constexpr std::uint64_t most = (std::uint64_t{1} << 53) - 1;  // beyond it doubles skip integers
    std::uint64_t value = 0;
    bool fits = true;
    bool digits = at_name();
    while (at_name()) {
        const auto digit = hex_value(text_[at_]);
        digits = digits && digit.has_value();
        fits = fits && value <= (most >> 4);
        if (fits) value = (value << 4) | digit.value_or(0);
        at_ += character_at(text_, at_).length;
    }
    Token token = make(TokenKind::number, begin);
    if (!digits) {
        return broken(begin, "found " + quoted(token.source) + ", expected hexadecimal digits behind 0x");
    }
    if (!fits)
        return broken(begin, "found a number out of range, expected at most 0x1FFFFFFFFFFFFF (2^53 - 1)");
    token.number = static_cast<double>(value);
    return token;
}

Token Lexer::text_constant() {
    const std::size_t begin = at_;
    const char quote = text_[at_];
    ++at_;
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] == '\\') {
            const std::size_t where = at_;
            std::string why;
            const std::string character = escape(why);
            if (!why.empty()) return broken(where, why);
            value += character;
            continue;
        }
        const Character character = character_at(text_, at_);
        if (!character.valid) return broken(at_, "found a byte that is not UTF-8, expected text in UTF-8");
        if (character.point == 0)
            return broken(at_, "found a NUL byte, expected text, which never contains one");
        value += text_.substr(at_, character.length);
        at_ += character.length;
    }
    if (at_ == text_.size()) {
        return broken(begin,
                      std::string("found a text that is never closed, expected ") + quote + " behind it");
    }
    ++at_;
    Token token = make(TokenKind::text, begin);
    token.text = std::move(value);
    return token;
}

std::string Lexer::escape(std::string& why) {
    ++at_;
    const char kind = at_ < text_.size() ? text_[at_] : '\0';
    if (kind == '\'' || kind == '"' || kind == '\\') {
        ++at_;
        return std::string(1, kind);
    }
    if (kind != 'u') {
        why = R"(found an unknown escape, expected \', \", \\ or \u and four hexadecimal digits)";
        return {};
    }
    ++at_;
    char32_t unit = 0;
    if (!hex4(unit)) {
        why = R"(found an incomplete escape, expected four hexadecimal digits behind \u)";
        return {};
    }
    if (unit == 0) {
        why = R"(found \u0000, expected a character that texts of twins can contain)";
        return {};
    }
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        char32_t second = 0;
        const bool leads = unit <= 0xDBFF && at("\\u");
        at_ += leads ? 2 : 0;
        if (!leads || !hex4(second) || second < 0xDC00 || second > 0xDFFF) {
            why = R"(found half a surrogate pair, expected \uD800 to \uDBFF followed by \uDC00 to \uDFFF)";
            return {};
        }
        unit = 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00);
    }
    std::string character;
    append_character(character, unit);
    return character;
}

bool Lexer::hex4(char32_t& unit) {
    for (int i = 0; i < 4; ++i, ++at_) {
        const auto digit = at_ < text_.size() ? hex_value(text_[at_]) : std::nullopt;
        if (!digit) return false;
        unit = (unit << 4) | *digit;
    }
    return true;
}

Token Lexer::symbol() {
    // Those that are not of this language are tokens too, so that the parser can say what to write instead.
    constexpr std::array<std::string_view, 24> symbols = {"!=", "<>", "<=", ">=", "==", "&&", "||", "=",
                                                          "<",  ">",  "+",  "-",  "*",  "/",  "%",  "(",
                                                          ")",  "[",  "]",  ",",  ".",  ";",  "!",  "`"};
    const auto* const found =
        std::find_if(symbols.begin(), symbols.end(), [this](std::string_view s) { return at(s); });
    if (found == symbols.end()) return stray_character();
    const std::size_t begin = at_;
    at_ += found->size();
    return make(TokenKind::symbol, begin);
}

Token Lexer::stray_character() {
    const Character character = character_at(text_, at_);
    if (!character.valid) return broken(at_, "found a byte that is not UTF-8, expected text in UTF-8");
    switch (character.point) {
        case U'‘':
        case U'’':
        case U'‚':
        case U'“':
        case U'”':
        case U'„':
        case U'«':
        case U'»':
            return broken(at_, "found a typographic quotation mark, expected ' or \"");
        case U'–':
        case U'—':
            return broken(at_, "found a typographic dash, expected -");
        case 0xA0:
            return broken(at_, "found a no-break space, expected a plain one");
        default:
            break;
    }
    const bool control = character.point < 0x20 || (character.point >= 0x7F && character.point < 0xA0);
    const std::string shown =
        control ? code_point(character.point) : quoted(text_.substr(at_, character.length));
    return broken(at_, "found the character " + shown + ", expected it inside quotes or not at all");
}

}  // namespace ql
