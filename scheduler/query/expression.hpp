#pragma once

#include "scheduler/query/constant.hpp"
#include "scheduler/query/path.hpp"

#include <variant>
#include <vector>

namespace ql {

struct Expression;

enum class Operator {
    logical_or,
    logical_and,
    logical_not,
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    add,
    subtract,
    multiply,
    divide,
    remainder,
    negate,
    plus,  // the unary one: a number as it is, anything else undefined
};

// logical_not, negate and plus have one operand; logical_or and logical_and two or more (a chain is one
// Operation, so that its length costs no depth); all others two.
struct Operation {
    Operator op;
    std::vector<Expression> operands;
};

// `operand IN [list]`, or NIN when `negated`.
struct Membership {
    bool negated = false;
    std::vector<Expression> operand;  // exactly one; a vector because an Expression cannot contain itself
    Constant::List list;
};

enum class Function {
    is_defined,   // one argument, a Path
    starts_with,  // two arguments
};

struct Call {
    Function function;
    std::vector<Expression> arguments;
};

struct Expression {
    std::variant<Constant, Path, Operation, Membership, Call> node;
};

// The same tree, node for node.
[[nodiscard]] bool operator==(const Expression& left, const Expression& right);
[[nodiscard]] bool operator==(const Operation& left, const Operation& right);
[[nodiscard]] bool operator==(const Membership& left, const Membership& right);
[[nodiscard]] bool operator==(const Call& left, const Call& right);

}  // namespace ql
