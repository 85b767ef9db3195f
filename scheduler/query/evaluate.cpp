#include "scheduler/query/evaluate.hpp"

#include "scheduler/query/value.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <compare>
#include <cstddef>
#include <optional>
#include <vector>

namespace ql {
namespace {

Value evaluate(const Expression& expression, base::JsonView document);

Value from(std::optional<bool> flag) {
    return flag ? Value(*flag) : Value();
}

// AND and OR: `decisive` is the value that decides whatever the others are. Only once nothing has decided
// does an undefined operand make the whole undefined.
Value connect(const std::vector<Expression>& operands, bool decisive, base::JsonView document) {
    bool all_known = true;
    for (const Expression& operand : operands) {
        const Value value = evaluate(operand, document);
        const bool* const flag = value.as_bool();
        if (flag == nullptr) {
            all_known = false;
        } else if (*flag == decisive) {
            return decisive;
        }
    }
    return all_known ? Value(!decisive) : Value();
}

Value negation(const Value& value) {
    const bool* const flag = value.as_bool();
    return flag != nullptr ? Value(!*flag) : Value();
}

Value compare(Operator op, const Value& left, const Value& right) {
    if (op == Operator::equal) return from(Value::equal(left, right));
    if (op == Operator::not_equal) return negation(from(Value::equal(left, right)));
    const auto order = Value::compare(left, right);
    if (!order) return {};
    switch (op) {
        case Operator::less:
            return std::is_lt(*order);
        case Operator::less_or_equal:
            return std::is_lteq(*order);
        case Operator::greater:
            return std::is_gt(*order);
        default:
            return std::is_gteq(*order);
    }
}

Value compute(Operator op, const Value& left, const Value& right) {
    const double* const a = left.as_number();
    const double* const b = right.as_number();
    if (a == nullptr || b == nullptr) return {};
    double result = 0;
    switch (op) {
        case Operator::add:
            result = *a + *b;
            break;
        case Operator::subtract:
            result = *a - *b;
            break;
        case Operator::multiply:
            result = *a * *b;
            break;
        case Operator::divide:
            result = *b == 0 ? std::nan("") : *a / *b;
            break;
        default:
            result = *b == 0 ? std::nan("") : std::fmod(*a, *b);
            break;
    }
    return std::isfinite(result) ? Value(result) : Value();
}

Value evaluate(const Operation& operation, base::JsonView document) {
    const auto operand = [&](std::size_t i) { return evaluate(operation.operands[i], document); };
    switch (operation.op) {
        case Operator::logical_or:
            return connect(operation.operands, true, document);
        case Operator::logical_and:
            return connect(operation.operands, false, document);
        case Operator::logical_not:
            return negation(operand(0));
        case Operator::negate:
            return compute(Operator::subtract, Value(0.0), operand(0));
        case Operator::plus:
            return compute(Operator::add, Value(0.0), operand(0));
        case Operator::add:
        case Operator::subtract:
        case Operator::multiply:
        case Operator::divide:
        case Operator::remainder:
            return compute(operation.op, operand(0), operand(1));
        default:
            return compare(operation.op, operand(0), operand(1));
    }
}

// IN is an OR of equalities and NIN its negation: an element that cannot be compared leaves it undefined
// unless another one is equal.
Value evaluate(const Membership& membership, base::JsonView document) {
    const Value value = evaluate(membership.operand.front(), document);
    if (!value.is_defined()) return {};
    bool all_known = true;
    for (const Constant& element : membership.list) {
        const auto equal = Value::equal(value, Value(element));
        if (!equal) {
            all_known = false;
        } else if (*equal) {
            return !membership.negated;
        }
    }
    return all_known ? Value(membership.negated) : Value();
}

Value evaluate(const Call& call, base::JsonView document) {
    const Value first = evaluate(call.arguments.front(), document);
    if (call.function == Function::is_defined) return first.is_defined();
    const Value second = evaluate(call.arguments.back(), document);
    if (first.as_text() == nullptr || second.as_text() == nullptr) return {};
    return first.as_text()->starts_with(*second.as_text());
}

Value evaluate(const Expression& expression, base::JsonView document) {
    if (const auto* path = std::get_if<Path>(&expression.node)) return Value(find(*path, document));
    if (const auto* constant = std::get_if<Constant>(&expression.node)) return Value(*constant);
    if (const auto* operation = std::get_if<Operation>(&expression.node)) {
        return evaluate(*operation, document);
    }
    if (const auto* membership = std::get_if<Membership>(&expression.node)) {
        return evaluate(*membership, document);
    }
    return evaluate(std::get<Call>(expression.node), document);
}

}  // namespace

base::JsonView find(const Path& path, base::JsonView document) {
    for (const std::string& name : path.names) {
        document = document.find(name);
    }
    return document;
}

bool matches(const Expression& where, base::JsonView document) {
    return evaluate(where, document).is_true();
}

bool matches(const Condition& condition, base::JsonView document) {
    return !condition.where || matches(*condition.where, document);
}

}  // namespace ql
