#include "scheduler/query/clauses.hpp"

#include "scheduler/query/expression_parser.hpp"

#include <utility>

namespace ql {

base::Result<Source> parse_source(TokenStream& tokens) {
    if (!tokens.take_word("devices")) return tokens.unexpected("devices, devices.modules or devices.jobs");
    if (!tokens.take_symbol(".")) return Source::devices;
    if (tokens.take_word("modules")) return Source::modules;
    if (tokens.take_word("jobs")) return Source::jobs;
    return tokens.unexpected("modules or jobs");
}

base::Result<void> parse_expression(TokenStream& tokens, Condition& condition) {
    auto expression = ExpressionParser(tokens, condition.source).parse();
    if (!expression) return std::move(expression).error();
    condition.where = std::move(*expression);
    return {};
}

base::Result<void> parse_where(TokenStream& tokens, Condition& condition) {
    if (!tokens.take_word("WHERE")) return {};
    return parse_expression(tokens, condition);
}

}  // namespace ql
