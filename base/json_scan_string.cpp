#include "base/json_scan.hpp"

#include <charconv>

// Strings as RFC 8259 and RFC 3629 have them: escapes, surrogate pairs, UTF-8.

namespace base {
namespace {

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

}  // namespace base
