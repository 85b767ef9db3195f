#include "scheduler/query/expression.hpp"

namespace ql {

bool operator==(const Constant& left, const Constant& right) {
    return left.value == right.value;
}

bool operator==(const Expression& left, const Expression& right) {
    return left.node == right.node;
}

bool operator==(const Operation& left, const Operation& right) {
    return left.op == right.op && left.operands == right.operands;
}

bool operator==(const Membership& left, const Membership& right) {
    return left.negated == right.negated && left.operand == right.operand && left.list == right.list;
}

bool operator==(const Call& left, const Call& right) {
    return left.function == right.function && left.arguments == right.arguments;
}

}  // namespace ql
