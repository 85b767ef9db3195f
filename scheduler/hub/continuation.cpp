#include "scheduler/hub/continuation.hpp"

#include "protocol/base64.hpp"

#include <array>
#include <charconv>

namespace hub {
namespace {

constexpr std::size_t max_token = 4096;

// FNV-1a: the same after a restart, and good enough to notice a token of another query.
std::string fingerprint(std::string_view query) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : query) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    return std::to_string(hash);
}

}  // namespace

std::string to_token(const Continuation& continuation, std::string_view query) {
    // Neither device nor job ids hold a line feed.
    return protocol::encode_base64(fingerprint(query) + '\n' + std::to_string(continuation.rows) + '\n' +
                                   continuation.first + '\n' + continuation.second);
}

std::optional<Continuation> parse_token(std::string_view token, std::string_view query) {
    if (token.empty()) return Continuation{};
    if (token.size() > max_token) return std::nullopt;
    const auto bytes = protocol::decode_base64(token);
    if (!bytes) return std::nullopt;

    std::array<std::string_view, 4> parts;
    std::string_view rest = *bytes;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        parts.at(i) = rest.substr(0, end);
        rest.remove_prefix(end + 1);
    }
    parts.back() = rest;
    if (parts[0] != fingerprint(query)) return std::nullopt;

    Continuation continuation;
    const auto [end, error] =
        std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), continuation.rows);
    if (error != std::errc() || end != parts[1].data() + parts[1].size()) return std::nullopt;
    continuation.first = parts[2];
    continuation.second = parts[3];
    return continuation;
}

}  // namespace hub
