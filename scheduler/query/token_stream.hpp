#pragma once

#include "base/result.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/token.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace ql {

// The tokens of one text with a place to read on, and the errors about them.
class TokenStream {
  public:
    // The text must outlive the stream.
    TokenStream(std::string_view text, const ParseLimits& limits);

    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] const ParseLimits& limits() const { return limits_; }

    [[nodiscard]] const Token& peek() const { return tokens_[at_]; }
    // The one behind peek(); the last stands behind itself.
    [[nodiscard]] const Token& peek_behind() const;
    [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::end; }
    const Token& take();

    // Takes the token if it is this one.
    bool take_word(std::string_view keyword);
    bool take_symbol(std::string_view symbol);

    // "found 'x', expected …" about the token at hand, with advice for what people bring along from other
    // languages; what the lexer said if it is broken.
    [[nodiscard]] base::Error unexpected(std::string_view expected) const;
    [[nodiscard]] base::Error error_at(std::size_t offset, std::string_view what,
                                       base::Errc code = base::Errc::invalid_argument) const;
    // An error if `size` has reached the bound of lists.
    [[nodiscard]] base::Result<void> check_list(std::size_t size, std::string_view what) const;

  private:
    std::string_view text_;
    ParseLimits limits_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace ql
