#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace ql {

enum class TokenKind {
    end,
    word,         // a keyword or a name
    quoted_name,  // [[a name]], behind a dot or AS
    number,
    text,    // 'in quotes' or "in quotes"
    symbol,  // an operator, a bracket, a comma, a dot
    broken,  // nothing the language knows; `error` says why
};

struct Token {
    TokenKind kind = TokenKind::end;
    std::size_t offset = 0;
    std::string_view source;  // as it stands in the query
    std::string text;         // of a text or quoted name: what it means
    double number = 0;        // of a number
    base::Error error;        // of a broken one

    [[nodiscard]] bool is_symbol(std::string_view symbol) const {
        return kind == TokenKind::symbol && source == symbol;
    }
    // Keywords are written in capitals here and in any case in queries.
    [[nodiscard]] bool is_word(std::string_view keyword) const;
    [[nodiscard]] bool is_name() const { return kind == TokenKind::word || kind == TokenKind::quoted_name; }
    // Of a name: what it means.
    [[nodiscard]] std::string name() const {
        return kind == TokenKind::quoted_name ? text : std::string(source);
    }
};

// Equal but for the case of ASCII letters.
[[nodiscard]] bool same_word(std::string_view left, std::string_view right);

}  // namespace ql
