#include "scheduler/query/paths.hpp"

#include <variant>

namespace ql {
namespace {

void collect(const Expression& expression, std::vector<Path>& into);

void collect(const std::vector<Expression>& expressions, std::vector<Path>& into) {
    for (const Expression& expression : expressions)
        collect(expression, into);
}

void collect(const Expression& expression, std::vector<Path>& into) {
    if (const auto* path = std::get_if<Path>(&expression.node)) {
        into.push_back(*path);
    } else if (const auto* operation = std::get_if<Operation>(&expression.node)) {
        collect(operation->operands, into);
    } else if (const auto* membership = std::get_if<Membership>(&expression.node)) {
        collect(membership->operand, into);
    } else if (const auto* call = std::get_if<Call>(&expression.node)) {
        collect(call->arguments, into);
    }
}

}  // namespace

std::vector<Path> paths(const Condition& condition) {
    std::vector<Path> found;
    if (condition.where) collect(*condition.where, found);
    return found;
}

std::vector<Path> paths(const Query& query) {
    std::vector<Path> found;
    for (const Item& item : query.items) {
        if (item.path) found.push_back(*item.path);
    }
    if (query.condition.where) collect(*query.condition.where, found);
    found.insert(found.end(), query.group_by.begin(), query.group_by.end());
    return found;
}

}  // namespace ql
