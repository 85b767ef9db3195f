#include "scheduler/query/clauses.hpp"

#include "scheduler/query/expression_parser.hpp"

#include <cstddef>
#include <utility>

namespace query {

base::Result<Source> parse_source(TokenStream& tokens) {
    if (!tokens.take_word("devices")) return tokens.unexpected("devices, devices.modules or devices.jobs");
    if (!tokens.take_symbol(".")) return Source::devices;
    if (tokens.take_word("modules")) return Source::modules;
    if (tokens.take_word("jobs")) return Source::jobs;
    return tokens.unexpected("modules or jobs");
}

base::Result<std::string_view> parse_expression(TokenStream& tokens, Condition& condition) {
    const std::size_t begin = tokens.peek().offset;
    auto expression = ExpressionParser(tokens, condition.source).parse();
    if (!expression) return std::move(expression).error();
    condition.where = std::move(*expression);
    const std::string_view text = tokens.text().substr(begin, tokens.peek().offset - begin);
    return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

base::Result<std::string_view> parse_where(TokenStream& tokens, Condition& condition) {
    if (!tokens.take_word("WHERE")) return std::string_view();
    return parse_expression(tokens, condition);
}

}  // namespace query
