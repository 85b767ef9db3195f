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
