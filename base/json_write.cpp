#include "base/json.hpp"

#include <array>
#include <charconv>

// How a JSON value becomes text again. cJSON's own printer rounds to 15 digits and loses integers above 10^15
// and the last bit of doubles.

namespace base {
namespace {

void append_quoted(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (const auto byte = static_cast<unsigned char>(c); byte < 0x20) {
                    out += "\\u00";
                    out += hex[byte >> 4U];
                    out += hex[byte & 0xfU];
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

void append_number(std::string& out, JsonView value) {
    std::array<char, 32> text{};
    const auto integer = value.as_integer();
    const std::to_chars_result result =
        integer ? std::to_chars(text.data(), text.data() + text.size(), *integer)
                : std::to_chars(text.data(), text.data() + text.size(), value.as_number().value_or(0));
    out.append(text.data(), result.ptr);
}

void append(std::string& out, JsonView value);

void append_children(std::string& out, JsonView parent, bool named) {
    bool first = true;
    for (const JsonView child : parent) {
        if (!first) out += ',';
        first = false;
        if (named) {
            append_quoted(out, child.name());
            out += ':';
        }
        append(out, child);
    }
}

void append(std::string& out, JsonView value) {
    switch (value.type()) {
        case JsonView::Type::boolean:
            out += value.as_bool() == true ? "true" : "false";
            break;
        case JsonView::Type::number:
            append_number(out, value);
            break;
        case JsonView::Type::string:
            append_quoted(out, value.as_string().value_or(""));
            break;
        case JsonView::Type::array:
            out += '[';
            append_children(out, value, false);
            out += ']';
            break;
        case JsonView::Type::object:
            out += '{';
            append_children(out, value, true);
            out += '}';
            break;
        default:
            out += "null";
    }
}

}  // namespace

std::string JsonView::dump() const {
    std::string out;
    append(out, *this);
    return out;
}

std::string quote_json(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

}  // namespace base
