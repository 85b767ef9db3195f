#include "base/json_scan.hpp"

#include "base/excerpt.hpp"

#include <algorithm>
#include <charconv>

namespace base {
namespace {

// cJSON copies a number into 64 bytes and cuts what is longer; nobody writes such numbers by hand.
constexpr std::size_t longest_number = 60;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

void append_utf8(std::string& out, unsigned point) {
    const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
    if (point < 0x80) {
        byte(point);
    } else if (point < 0x800) {
        byte(0xc0U | (point >> 6U));
        byte(0x80U | (point & 0x3fU));
    } else if (point < 0x10000) {
        byte(0xe0U | (point >> 12U));
        byte(0x80U | ((point >> 6U) & 0x3fU));
        byte(0x80U | (point & 0x3fU));
    } else {
        byte(0xf0U | (point >> 18U));
        byte(0x80U | ((point >> 12U) & 0x3fU));
        byte(0x80U | ((point >> 6U) & 0x3fU));
        byte(0x80U | (point & 0x3fU));
    }
}

}  // namespace

Result<void> JsonScanner::scan(const OnMember& on_member, const OnComment& on_comment) {
    on_member_ = on_member ? &on_member : nullptr;
    on_comment_ = on_comment ? &on_comment : nullptr;
    if (text_.size() > limits_.bytes) {
        return Error{Errc::too_large, "JSON of " + std::to_string(text_.size()) + " bytes; at most " +
                                          std::to_string(limits_.bytes) + " are allowed"};
    }
    bool good = blanks() && value(1) && blanks();
    if (good && at_ != text_.size()) good = fail_expected("the end of the text");
    if (good) return {};
    const TextPosition position = position_of(text_, error_at_);
    return Error{Errc::invalid_argument, "line " + std::to_string(position.line) + ", column " +
                                             std::to_string(position.column) + ": " + error_};
}

bool JsonScanner::fail(std::size_t where, std::string what) {
    error_ = std::move(what);
    error_at_ = where;
    return false;
}

bool JsonScanner::fail_expected(std::string_view expected) {
    std::string found = "the end of the text";
    if (at_ < text_.size()) {
        const auto byte = static_cast<unsigned char>(text_[at_]);
        found = byte > ' ' && byte < 0x7f ? "'" + std::string(1, text_[at_]) + "'"
                                          : "byte " + std::to_string(byte);
    }
    return fail(at_, "found " + found + ", expected " + std::string(expected));
}

bool JsonScanner::blanks() {
    for (; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '/' && limits_.comments) {
            if (!comment()) return false;
            --at_;  // the loop steps over the last byte of the comment
            continue;
        }
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') break;
    }
    return true;
}

bool JsonScanner::comment() {
    const std::size_t begin = at_;
    const std::string_view rest = text_.substr(at_);
    std::size_t length = 0;
    if (rest.starts_with("//")) {
        length = std::min(rest.find('\n'), rest.size());
    } else if (rest.starts_with("/*")) {
        const std::size_t close = rest.find("*/", 2);
        if (close == std::string_view::npos) return fail(begin, "this comment is never closed");
        length = close + 2;
    } else {
        return fail(begin, "found '/', expected a comment or a value");
    }
    at_ += length;
    if (on_comment_ != nullptr) (*on_comment_)(begin, at_);
    return true;
}

bool JsonScanner::value(std::size_t depth) {
    if (at_ == text_.size()) return fail_expected("a value");
    switch (text_[at_]) {
        case '{':
            return object(depth);
        case '[':
            return array(depth);
        case '"':
            return string(nullptr);
        case 't':
            return literal("true");
        case 'f':
            return literal("false");
        case 'n':
            return literal("null");
        default:
            return number();
    }
}

bool JsonScanner::literal(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return fail_expected("a value");
    at_ += word.size();
    return true;
}

bool JsonScanner::object(std::size_t depth) {
    if (depth > limits_.depth)
        return fail(at_, "nested deeper than " + std::to_string(limits_.depth) + " levels");
    if (depth == 1) found_object_ = true;
    const std::size_t first_name = names_.size();
    ++at_;
    if (!blanks()) return false;
    if (at('}')) {
        ++at_;
        return true;
    }
    for (;;) {
        if (!at('"')) return fail_expected("a member name in double quotes");
        const std::size_t name_at = at_;
        std::string unescaped;
        if (!string(&unescaped)) return false;
        std::string_view name = text_.substr(name_at + 1, at_ - name_at - 2);
        if (name.find('\\') != std::string_view::npos) name = unescaped_.emplace_back(std::move(unescaped));
        names_.push_back({name, name_at});
        if (!blanks()) return false;
        if (!at(':')) return fail_expected("':'");
        ++at_;
        if (!blanks()) return false;
        const std::size_t begin = at_;
        if (!value(depth + 1)) return false;
        if (depth == 1 && on_member_ != nullptr) (*on_member_)(name, begin, at_);
        if (!blanks()) return false;
        if (at('}')) break;
        if (!at(',')) return fail_expected("',' or '}'");
        ++at_;
        if (!blanks()) return false;
    }
    ++at_;
    return names_differ(first_name);
}

bool JsonScanner::names_differ(std::size_t first) {
    const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, names_.end(),
              [](const Name& a, const Name& b) { return a.text != b.text ? a.text < b.text : a.at < b.at; });
    const auto twice = std::adjacent_find(begin, names_.end(),
                                          [](const Name& a, const Name& b) { return a.text == b.text; });
    if (twice != names_.end()) {
        return fail(std::next(twice)->at, "the member \"" + excerpt(twice->text, 64) + "\" is there twice");
    }
    names_.resize(first);
    return true;
}

bool JsonScanner::array(std::size_t depth) {
    if (depth > limits_.depth)
        return fail(at_, "nested deeper than " + std::to_string(limits_.depth) + " levels");
    ++at_;
    if (!blanks()) return false;
    if (at(']')) {
        ++at_;
        return true;
    }
    for (;;) {
        if (!value(depth + 1) || !blanks()) return false;
        if (at(']')) break;
        if (!at(',')) return fail_expected("',' or ']'");
        ++at_;
        if (!blanks()) return false;
    }
    ++at_;
    return true;
}

bool JsonScanner::string(std::string* unescaped) {
    const std::size_t begin = at_;
    ++at_;
    while (at_ < text_.size()) {
        const auto byte = static_cast<unsigned char>(text_[at_]);
        if (byte == '"') {
            ++at_;
            return true;
        }
        if (byte == '\\') {
            if (!escape(unescaped)) return false;
        } else if (byte < 0x20) {
            return fail(at_, "a control character in a string; write it as an escape");
        } else if (byte < 0x80) {
            if (unescaped != nullptr) *unescaped += text_[at_];
            ++at_;
        } else {
            const std::size_t from = at_;
            if (!utf8()) return false;
            if (unescaped != nullptr) *unescaped += text_.substr(from, at_ - from);
        }
    }
    return fail(begin, "this string is never closed");
}

bool JsonScanner::escape(std::string* unescaped) {
    const std::size_t begin = at_;
    ++at_;
    if (at_ == text_.size()) return fail_expected("an escape");
    const char c = text_[at_++];
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (const auto which = letters.find(c); which != std::string_view::npos) {
        if (unescaped != nullptr) *unescaped += meanings[which];
        return true;
    }
    if (c != 'u') return fail(begin, "an escape that JSON does not know");
    unsigned unit = 0;
    if (!hex4(unit)) return false;
    if (unit == 0) return fail(begin, "\\u0000 in a string");
    if (unit >= 0xdc00 && unit <= 0xdfff) return fail(begin, "half of a surrogate pair");
    if (unit >= 0xd800 && unit <= 0xdbff) {
        unsigned low = 0;
        if (!text_.substr(at_).starts_with("\\u")) return fail(begin, "half of a surrogate pair");
        at_ += 2;
        if (!hex4(low)) return false;
        if (low < 0xdc00 || low > 0xdfff) return fail(begin, "half of a surrogate pair");
        unit = 0x10000 + ((unit - 0xd800) << 10U) + (low - 0xdc00);
    }
    if (unescaped != nullptr) append_utf8(*unescaped, unit);
    return true;
}

bool JsonScanner::hex4(unsigned& unit) {
    if (text_.size() - at_ < 4) return fail(at_, "\\u wants four hexadecimal digits");
    const char* const begin = text_.data() + at_;
    const auto [stop, error] = std::from_chars(begin, begin + 4, unit, 16);
    if (error != std::errc{} || stop != begin + 4) return fail(at_, "\\u wants four hexadecimal digits");
    at_ += 4;
    return true;
}

// RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.
bool JsonScanner::utf8() {
    const auto byte = [this](std::size_t i) -> unsigned {
        return at_ + i < text_.size() ? static_cast<unsigned char>(text_[at_ + i]) : 0U;
    };
    const auto follows = [&byte](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    const unsigned lead = byte(0);
    std::size_t length = 0;
    if (lead >= 0xc2 && lead <= 0xdf && follows(1)) {
        length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef && follows(1) && follows(2)) {
        const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
        const bool surrogate = lead == 0xed && byte(1) >= 0xa0;
        if (!overlong && !surrogate) length = 3;
    } else if (lead >= 0xf0 && lead <= 0xf4 && follows(1) && follows(2) && follows(3)) {
        const bool overlong = lead == 0xf0 && byte(1) < 0x90;
        const bool beyond = lead == 0xf4 && byte(1) >= 0x90;
        if (!overlong && !beyond) length = 4;
    }
    if (length == 0) return fail(at_, "bytes that are not UTF-8");
    at_ += length;
    return true;
}

bool JsonScanner::digits() {
    if (at_ == text_.size() || !is_digit(text_[at_])) return fail_expected("a digit");
    while (at_ < text_.size() && is_digit(text_[at_]))
        ++at_;
    return true;
}

bool JsonScanner::number() {
    const std::size_t begin = at_;
    if (at('-')) ++at_;
    if (at_ == text_.size() || !is_digit(text_[at_]))
        return fail_expected(at_ == begin ? "a value" : "a digit");
    if (at('0')) {
        ++at_;
        if (at_ < text_.size() && is_digit(text_[at_])) return fail(begin, "a number with a leading zero");
    } else if (!digits()) {
        return false;
    }
    if (at('.')) {
        ++at_;
        if (!digits()) return false;
    }
    if (at('e') || at('E')) {
        ++at_;
        if (at('+') || at('-')) ++at_;
        if (!digits()) return false;
    }
    if (at_ - begin > longest_number) {
        return fail(begin, "a number of more than " + std::to_string(longest_number) + " characters");
    }
    double value = 0;
    const auto error = std::from_chars(text_.data() + begin, text_.data() + at_, value).ec;
    // from_chars reports underflow the same way; a number that small is zero, and harmless.
    const std::string_view whole = text_.substr(begin, at_ - begin);
    const std::size_t exponent = whole.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && whole.substr(exponent + 1).starts_with('-');
    if (error == std::errc::result_out_of_range && !tiny)
        return fail(begin, "a number too large for a double");
    return true;
}

}  // namespace base
