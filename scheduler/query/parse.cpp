#include "scheduler/query/clauses.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/query_parser.hpp"
#include "scheduler/query/to_text.hpp"
#include "scheduler/query/token_stream.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace ql {
namespace {

base::Result<void> check_size(std::string_view text, const ParseLimits& limits, std::string_view what) {
    if (text.size() <= limits.text) return {};
    return base::Error{base::Errc::too_large, "the " + std::string(what) + " has " +
                                                  std::to_string(text.size()) + " bytes; at most " +
                                                  std::to_string(limits.text) + " are allowed"};
}

// What to write instead of a query or WHERE clause that selects this.
std::string advice(const Condition& condition) {
    constexpr std::size_t longest = 200;  // bytes of somebody's query that an error repeats
    const std::string text = to_text(condition);
    if (text.size() > longest) return "write only what stands behind WHERE";
    return "write " + (text == "*" ? "* for all devices" : text);
}

base::Error jobs_found(const TokenStream& tokens, std::size_t offset) {
    return tokens.error_at(offset,
                           "found devices.jobs, expected a condition on devices or devices.modules: a job "
                           "cannot be sent to the rows of other jobs");
}

// The text begins with SELECT.
base::Error whole_query_found(const TokenStream& tokens) {
    const std::size_t offset = tokens.peek().offset;
    TokenStream again = tokens;
    const auto query = QueryParser(again).query();
    if (!query) {
        return tokens.error_at(
            offset,
            "found a whole query, expected a condition: only what stands behind WHERE, such "
            "as tags.building = 43");
    }
    if (query->condition.source == Source::jobs) return jobs_found(tokens, offset);
    return tokens.error_at(offset, "found a whole query, expected a condition: " + advice(query->condition));
}

base::Result<void> expect_end(const TokenStream& tokens) {
    if (tokens.at_end()) return {};
    return tokens.unexpected(tokens.peek().is_word("GROUP")
                                 ? "the end of the condition: only queries can be grouped"
                                 : "an operator or the end of the condition");
}

base::Result<Condition> condition_with_source(TokenStream& tokens) {
    const std::size_t offset = tokens.peek().offset;
    tokens.take();
    const auto source = parse_source(tokens);
    if (!source) return source.error();
    if (*source == Source::jobs) return jobs_found(tokens, offset);
    Condition condition{.source = *source, .where = {}};
    if (!tokens.at_end() && !tokens.peek().is_word("WHERE")) {
        return tokens.unexpected("WHERE or the end of the condition");
    }
    if (auto read = parse_where(tokens, condition); !read) return std::move(read).error();
    if (auto end = expect_end(tokens); !end) return std::move(end).error();
    return condition;
}

base::Result<Condition> condition_of(TokenStream& tokens) {
    if (tokens.at_end()) {
        return tokens.unexpected("a condition, such as deviceId = 'door-1', or * for all devices");
    }
    if (tokens.peek().is_word("SELECT")) return whole_query_found(tokens);
    if (tokens.peek().is_word("FROM")) return condition_with_source(tokens);
    if (tokens.take_symbol("*")) {
        if (!tokens.at_end()) return tokens.unexpected("the end: * stands alone, for all devices");
        return Condition{};
    }
    Condition condition;
    const std::size_t offset = tokens.peek().offset;
    const bool behind_where = tokens.take_word("WHERE");
    if (auto read = parse_expression(tokens, condition); !read) return std::move(read).error();
    if (auto end = expect_end(tokens); !end) return std::move(end).error();
    if (behind_where) {
        return tokens.error_at(offset,
                               "found WHERE, expected the condition without it: " + advice(condition));
    }
    return condition;
}

}  // namespace

base::Result<Query> parse_query(std::string_view text, const ParseLimits& limits) {
    if (auto fits = check_size(text, limits, "query"); !fits) return std::move(fits).error();
    TokenStream tokens(text, limits);
    return QueryParser(tokens).query();
}

base::Result<Condition> parse_condition(std::string_view text, const ParseLimits& limits) {
    if (auto fits = check_size(text, limits, "condition"); !fits) return std::move(fits).error();
    TokenStream tokens(text, limits);
    return condition_of(tokens);
}

}  // namespace ql
