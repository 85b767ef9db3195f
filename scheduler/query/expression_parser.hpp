#pragma once

#include "base/result.hpp"
#include "scheduler/query/expression.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/token_stream.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace ql {

// Reads one expression. Loosest first: OR; AND; NOT; comparisons, IN and NIN; + and -; *, / and %; signs. All
// chains are read from the left.
class ExpressionParser {
  public:
    // The stream must outlive the parser. Attributes are those of the source.
    ExpressionParser(TokenStream& tokens, Source source) : tokens_(tokens), source_(source) {}

    // Stops before the first token that cannot go on the expression.
    [[nodiscard]] base::Result<Expression> parse();

  private:
    // An expression and how deep its tree is.
    struct Tree {
        Expression expression;
        std::size_t depth = 1;
    };
    enum class Level { comparison, sum, product };

    base::Result<Tree> chain(Operator op);
    base::Result<Tree> logical_not();
    base::Result<Tree> binary(Level level);
    base::Result<Tree> membership(Tree operand);
    base::Result<Tree> sign();
    base::Result<Tree> primary();
    base::Result<Tree> nested();
    base::Result<Tree> call();
    base::Result<Tree> attribute();
    base::Result<std::vector<Tree>> arguments(std::size_t count, std::string_view usage);
    base::Result<Constant> constant();
    base::Result<Constant::List> list();

    [[nodiscard]] std::optional<Operator> operator_at(Level level) const;
    base::Result<Tree> combine(Operator op, std::vector<Tree> operands) const;
    [[nodiscard]] base::Result<void> check_depth(std::size_t depth) const;

    TokenStream& tokens_;
    Source source_;
    std::size_t nesting_ = 0;  // of the calls that are open: the stack this parser uses
};

}  // namespace ql
