#pragma once

#include "scheduler/query/token.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ql {

// Cuts a query into tokens. The text must outlive them.
class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    // All tokens up to the first broken one, or to the end; the last is of kind broken or end.
    [[nodiscard]] std::vector<Token> tokens();

  private:
    // `name_due`: behind a dot or AS, where [[ opens a name and not a list of lists.
    Token next(bool name_due);
    Token word();
    Token quoted_name();
    Token number();
    Token hexadecimal();
    Token text_constant();
    Token symbol();
    Token stray_character();

    // Reads the escape that begins at the backslash; an empty string means it is broken, and why is in `why`.
    std::string escape(std::string& why);
    bool hex4(char32_t& unit);
    void skip_blanks();
    void skip_digits();
    [[nodiscard]] bool at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    [[nodiscard]] bool at_digit() const;
    [[nodiscard]] bool at_name() const;
    [[nodiscard]] Token make(TokenKind kind, std::size_t begin) const;
    [[nodiscard]] Token broken(std::size_t where, std::string_view why) const;

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t behind_last_ = 0;  // the end of the last token, where a text that ends too early lacks one
};

}  // namespace ql
