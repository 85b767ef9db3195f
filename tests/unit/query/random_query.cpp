#include "tests/unit/query/random_query.hpp"

#include <utility>

namespace query_test {

using ql::Constant;
using ql::Expression;
using ql::Operator;

ql::Path RandomQuery::path() {
    static const std::array<std::string, 8> first = {"deviceId", "tags", "properties", "devices",
                                                     "jobs",     "x",    "$odd",       "größe"};
    static const std::array<std::string, 9> others = {"building", "select", "my-key", "3d",     "a b",
                                                      "null",     "x]",     "'",      "devices"};
    ql::Path path{{any(first)}};
    while (chance(2) && path.names.size() < 5) {
        path.names.push_back(any(others));
    }
    return path;
}

Constant RandomQuery::constant(std::size_t depth) {
    static const std::array<double, 9> numbers = {0,     1, -1, 43, 0.1, -2.5e-7, 1e300, 9007199254740993.0,
                                                  5e-324};
    static const std::array<std::string, 8> texts = {"",     "door-1", "it's",   "\"", "back\\slash",
                                                     "\n\t", "Süd 😀",  "\\u0041"};
    switch (below(depth > 0 ? 6 : 5)) {
        case 0:
            return {ql::Undefined{}};
        case 1:
            return {nullptr};
        case 2:
            return {chance(2)};
        case 3:
            return {any(numbers)};
        case 4:
            return {any(texts)};
        default:
            return {list(depth - 1)};
    }
}

Constant::List RandomQuery::list(std::size_t depth) {
    Constant::List out;
    do {
        out.push_back(constant(depth));
    } while (!chance(3));
    return out;
}

Expression RandomQuery::operation(std::size_t depth) {
    static const std::array<Operator, 16> operators = {Operator::logical_or,    Operator::logical_and,
                                                       Operator::logical_not,   Operator::equal,
                                                       Operator::not_equal,     Operator::less,
                                                       Operator::less_or_equal, Operator::greater,
                                                       Operator::add,           Operator::greater_or_equal,
                                                       Operator::subtract,      Operator::multiply,
                                                       Operator::divide,        Operator::remainder,
                                                       Operator::negate,        Operator::plus};
    ql::Operation operation{.op = any(operators), .operands = {}};
    const bool unary = operation.op == Operator::logical_not || operation.op == Operator::negate ||
                       operation.op == Operator::plus;
    const bool chain = operation.op == Operator::logical_or || operation.op == Operator::logical_and;
    const std::size_t count = unary ? 1 : chain ? 2 + below(3) : 2;
    for (std::size_t i = 0; i < count; ++i) {
        operation.operands.push_back(expression(depth - 1));
    }
    return {std::move(operation)};
}

Expression RandomQuery::expression(std::size_t depth) {
    if (depth == 0) return chance(2) ? Expression{path()} : Expression{constant(1)};
    switch (below(6)) {
        case 0:
            return {path()};
        case 1:
            return {constant(2)};
        case 2:
            return {
                ql::Membership{.negated = chance(2), .operand = {expression(depth - 1)}, .list = list(1)}};
        case 3:
            if (chance(2)) return {ql::Call{ql::Function::is_defined, {Expression{path()}}}};
            return {ql::Call{ql::Function::starts_with, {expression(depth - 1), expression(depth - 1)}}};
        default:
            return operation(depth);
    }
}

void RandomQuery::add_items(ql::Query& query) {
    static const std::array<ql::Aggregate, 5> aggregates = {
        ql::Aggregate::count, ql::Aggregate::avg, ql::Aggregate::sum, ql::Aggregate::min, ql::Aggregate::max};
    const bool grouped = chance(2);
    const std::size_t count = 1 + below(4);
    for (std::size_t i = 0; i < count; ++i) {
        ql::Item item{.aggregate = {}, .path = path(), .name = {}};
        if (grouped && chance(2)) {
            item.aggregate = any(aggregates);
            if (item.aggregate == ql::Aggregate::count) item.path.reset();
        } else if (grouped) {
            query.group_by.push_back(*item.path);
        }
        item.name = chance(3) ? "odd name " + std::to_string(i) : "item" + std::to_string(i);
        query.items.push_back(std::move(item));
    }
    if (grouped && query.group_by.empty()) query.group_by.push_back(path());
}

ql::Query RandomQuery::query() {
    ql::Query query;
    static const std::array<ql::Source, 3> sources = {ql::Source::devices, ql::Source::modules,
                                                      ql::Source::jobs};
    query.condition.source = any(sources);
    if (chance(3)) query.top = 1 + below(1000);
    if (query.condition.source != ql::Source::jobs && chance(2)) add_items(query);
    if (!chance(5)) query.condition.where = expression(5);
    return query;
}

}  // namespace query_test
