#include "scheduler/query/candidates.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace ql {
namespace {

bool is_null(const Constant& constant) {
    return std::holds_alternative<std::nullptr_t>(constant.value);
}

// undefined and lists are equal to nothing; what remains is what an index can hold.
Constant::List usable(Constant::List values) {
    std::erase_if(values, [](const Constant& value) {
        return std::holds_alternative<Undefined>(value.value) ||
               std::holds_alternative<Constant::List>(value.value);
    });
    return values;
}

std::optional<Equality> equality_of(const Expression& expression);

std::optional<Equality> equality_of(const Expression& left, const Expression& right) {
    const auto* path = std::get_if<Path>(&left.node);
    const auto* constant = std::get_if<Constant>(&right.node);
    if (path == nullptr || constant == nullptr || is_null(*constant)) return {};
    return Equality{*path, usable({*constant})};
}

std::optional<Equality> equality_of(const Membership& membership) {
    const auto* path = std::get_if<Path>(&membership.operand.front().node);
    if (membership.negated || path == nullptr) return {};
    if (std::any_of(membership.list.begin(), membership.list.end(), is_null)) return {};
    return Equality{*path, usable(membership.list)};
}

std::optional<Equality> equality_of_any(const std::vector<Expression>& operands) {
    std::optional<Equality> all;
    for (const Expression& operand : operands) {
        auto one = equality_of(operand);
        if (!one || (all && all->path != one->path)) return {};
        if (!all) {
            all = std::move(one);
        } else {
            std::move(one->values.begin(), one->values.end(), std::back_inserter(all->values));
        }
    }
    return all;
}

std::optional<Equality> equality_of(const Expression& expression) {
    if (const auto* membership = std::get_if<Membership>(&expression.node)) return equality_of(*membership);
    const auto* operation = std::get_if<Operation>(&expression.node);
    if (operation == nullptr) return {};
    if (operation->op == Operator::logical_or) return equality_of_any(operation->operands);
    if (operation->op != Operator::equal) return {};
    auto found = equality_of(operation->operands[0], operation->operands[1]);
    return found ? std::move(found) : equality_of(operation->operands[1], operation->operands[0]);
}

void collect(const Expression& expression, std::vector<Equality>& out) {
    const auto* operation = std::get_if<Operation>(&expression.node);
    if (operation != nullptr && operation->op == Operator::logical_and) {
        for (const Expression& operand : operation->operands) {
            collect(operand, out);
        }
    } else if (auto equality = equality_of(expression)) {
        out.push_back(std::move(*equality));
    }
}

using Ids = std::vector<std::string>;

Ids texts_of(const Constant::List& values) {
    Ids ids;
    for (const Constant& value : values) {
        if (const auto* text = std::get_if<std::string>(&value.value)) ids.push_back(*text);
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

Ids intersection(const Ids& left, const Ids& right) {
    Ids both;
    std::set_intersection(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(both));
    return both;
}

Ids united(const Ids& left, const Ids& right) {
    Ids all;
    std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(all));
    return all;
}

std::optional<Ids> ids_at(const Expression& expression, std::string_view name);

// Of an AND every operand narrows the set; of an OR all must have one.
std::optional<Ids> ids_at(const Operation& operation, std::string_view name) {
    const bool any = operation.op == Operator::logical_or;
    std::optional<Ids> ids;
    for (const Expression& operand : operation.operands) {
        auto these = ids_at(operand, name);
        if (!these) {
            if (any) return {};
        } else if (!ids) {
            ids = std::move(these);
        } else {
            ids = any ? united(*ids, *these) : intersection(*ids, *these);
        }
    }
    return ids;
}

std::optional<Ids> ids_at(const Expression& expression, std::string_view name) {
    const auto* operation = std::get_if<Operation>(&expression.node);
    if (operation != nullptr &&
        (operation->op == Operator::logical_and || operation->op == Operator::logical_or)) {
        return ids_at(*operation, name);
    }
    const auto equality = equality_of(expression);
    if (!equality || equality->path.names.size() != 1 || equality->path.names.front() != name) return {};
    return texts_of(equality->values);
}

std::optional<Ids> ids_at(const Condition& condition, std::string_view name) {
    return condition.where ? ids_at(*condition.where, name) : std::nullopt;
}

}  // namespace

std::vector<Equality> required_equalities(const Condition& condition) {
    std::vector<Equality> out;
    if (condition.where) collect(*condition.where, out);
    return out;
}

std::optional<Ids> device_ids(const Condition& condition) {
    return ids_at(condition, "deviceId");
}

std::optional<Ids> job_ids(const Condition& condition) {
    return ids_at(condition, "jobId");
}

}  // namespace ql
