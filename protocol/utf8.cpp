#include "protocol/utf8.hpp"

#include <cstddef>

namespace protocol {
namespace {

struct Lead {
    std::size_t length;
    char32_t bits;   // that the first byte contributes
    char32_t least;  // anything below is an overlong form
};

Lead lead_of(unsigned char byte) {
    if (byte < 0x80) return {1, byte, 0};
    if (byte >= 0xc2 && byte < 0xe0) return {2, byte & 0x1fU, 0x80};
    if (byte >= 0xe0 && byte < 0xf0) return {3, byte & 0x0fU, 0x800};
    if (byte >= 0xf0 && byte < 0xf5) return {4, byte & 0x07U, 0x10000};
    return {0, 0, 0};
}

}  // namespace

char32_t take_code_point(std::string_view& text) {
    const Lead lead = lead_of(static_cast<unsigned char>(text.front()));
    const std::string_view whole = text;
    text.remove_prefix(1);
    if (lead.length == 0 || lead.length > whole.size()) return ill_formed;
    char32_t point = lead.bits;
    for (std::size_t i = 1; i < lead.length; ++i) {
        const auto byte = static_cast<unsigned char>(whole[i]);
        if ((byte & 0xc0U) != 0x80U) return ill_formed;
        point = (point << 6U) | (byte & 0x3fU);
    }
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    if (point < lead.least || surrogate || point > 0x10ffff) return ill_formed;
    text.remove_prefix(lead.length - 1);
    return point;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            text.remove_prefix(1);
        } else if (take_code_point(text) == ill_formed) {
            return false;
        }
    }
    return true;
}

}  // namespace protocol
