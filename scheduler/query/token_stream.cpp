#include "scheduler/query/token_stream.hpp"

#include "scheduler/query/lexer.hpp"
#include "scheduler/query/syntax_error.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace ql {
namespace {

struct Advice {
    std::string_view found;
    std::string_view instead;
};

// What other languages write and this one does not.
std::string_view advice_for(const Token& token, const Token& behind) {
    static constexpr std::array<Advice, 20> advices = {{
        {"==", "equality is written ="},
        {"&&", "it is written AND"},
        {"||", "it is written OR"},
        {"!", "it is written NOT, or != for unequal"},
        {";", "leave the semicolon out"},
        {"`", "names are written plainly, or [[so]] behind a dot"},
        {"LIKE", "there is no LIKE, but STARTSWITH(attribute, 'beginning')"},
        {"BETWEEN", "there is no BETWEEN, but >= and <="},
        {"IS", "there is no IS, but IS_DEFINED(attribute), = null and != null"},
        {"ORDER", "there is no ORDER BY"},
        {"LIMIT", "there is no LIMIT, but SELECT TOP n"},
        {"OFFSET", "there is no OFFSET; results come in pages"},
        {"DISTINCT", "there is no DISTINCT, but GROUP BY gives each value once"},
        {"HAVING", "there is no HAVING"},
        {"JOIN", "there is no JOIN; a query reads one source"},
        {"UNION", "there is no UNION; a query reads one source"},
        {"UPDATE", "queries only read; twins are changed by jobs and by PATCH"},
        {"DELETE", "queries only read"},
        {"INSERT", "queries only read"},
        {"SET", "queries only read; twins are changed by jobs and by PATCH"},
    }};
    if (token.is_word("NOT") && behind.is_word("IN")) return "the opposite of IN is written NIN";
    const bool plain = token.kind == TokenKind::word || token.kind == TokenKind::symbol;
    const auto* const found = std::find_if(advices.begin(), advices.end(), [&](const Advice& advice) {
        return plain && same_word(advice.found, token.source);
    });
    return found == advices.end() ? std::string_view() : found->instead;
}

std::string description(const Token& token) {
    switch (token.kind) {
        case TokenKind::end:
            return "the end";
        case TokenKind::text:
            return "the text " + shortened(token.source);
        default:
            return quoted(token.source);
    }
}

}  // namespace

TokenStream::TokenStream(std::string_view text, const ParseLimits& limits)
    : text_(text), limits_(limits), tokens_(Lexer(text).tokens()) {}

const Token& TokenStream::peek_behind() const {
    return tokens_[std::min(at_ + 1, tokens_.size() - 1)];
}

const Token& TokenStream::take() {
    const Token& token = tokens_[at_];
    at_ = std::min(at_ + 1, tokens_.size() - 1);
    return token;
}

bool TokenStream::take_word(std::string_view keyword) {
    if (!peek().is_word(keyword)) return false;
    take();
    return true;
}

bool TokenStream::take_symbol(std::string_view symbol) {
    if (!peek().is_symbol(symbol)) return false;
    take();
    return true;
}

base::Error TokenStream::unexpected(std::string_view expected) const {
    if (peek().kind == TokenKind::broken) return peek().error;
    std::string what = "found " + description(peek()) + ", expected " + std::string(expected);
    const std::string_view advice = advice_for(peek(), peek_behind());
    if (!advice.empty()) what += "; " + std::string(advice);
    return error_at(peek().offset, what);
}

base::Error TokenStream::error_at(std::size_t offset, std::string_view what, base::Errc code) const {
    return syntax_error(text_, offset, what, code);
}

base::Result<void> TokenStream::check_list(std::size_t size, std::string_view what) const {
    if (size < limits_.list) return {};
    return error_at(peek().offset,
                    "found too long a " + std::string(what) + ", expected at most " +
                        std::to_string(limits_.list) + " elements",
                    base::Errc::too_large);
}

}  // namespace ql
