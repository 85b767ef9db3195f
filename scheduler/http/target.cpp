#include "scheduler/http/target.hpp"

#include <optional>
#include <utility>

namespace http {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

base::Result<std::string> decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        const auto high = i + 2 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_value(text[i + 2]) : std::nullopt;
        if (!low) {
            return base::Error{base::Errc::invalid_argument,
                               "'" + std::string(text.substr(i, 3)) +
                                   "' in the query is no percent sequence; '%' and two hex digits are"};
        }
        const unsigned byte = *high * 16 + *low;
        if (byte == 0) {
            return base::Error{base::Errc::invalid_argument, "%00 is not allowed in the query"};
        }
        out.push_back(static_cast<char>(byte));
        i += 2;
    }
    return out;
}

void encode(std::string& out, std::string_view text) {
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(hex_digits[byte >> 4U]);
        out.push_back(hex_digits[byte & 15U]);
    }
}

}  // namespace

base::Result<Target> parse_target(std::string_view target) {
    if (target.empty() || target.front() != '/') {
        return base::Error{base::Errc::invalid_argument, "the request target must begin with '/'"};
    }
    const auto mark = target.find('?');
    Target out{std::string(target.substr(0, mark)), {}};
    if (mark == std::string_view::npos) return out;

    std::string_view rest = target.substr(mark + 1);
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        auto name = decode(pair.substr(0, equals));
        if (!name) return std::move(name).error();
        auto value = decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
        if (!value) return std::move(value).error();
        out.query[std::move(*name)] = std::move(*value);
    }
    return out;
}

std::string format_target(std::string_view path, const Parameters& query) {
    std::string out(path);
    char separator = '?';
    for (const auto& [name, value] : query) {
        out.push_back(separator);
        encode(out, name);
        out.push_back('=');
        encode(out, value);
        separator = '&';
    }
    return out;
}

}  // namespace http
