#include "scheduler/query/to_text.hpp"

#include "scheduler/query/token.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace ql {
namespace {

// How tightly an expression holds together; a looser one inside a tighter one needs parentheses.
enum class Strength { logical_or, logical_and, logical_not, comparison, sum, product, sign, primary };

struct Spelling {
    std::string_view text;
    Strength strength;
};

Spelling spelling_of(Operator op) {
    switch (op) {
        case Operator::logical_or:
            return {" OR ", Strength::logical_or};
        case Operator::logical_and:
            return {" AND ", Strength::logical_and};
        case Operator::logical_not:
            return {"NOT ", Strength::logical_not};
        case Operator::equal:
            return {" = ", Strength::comparison};
        case Operator::not_equal:
            return {" != ", Strength::comparison};
        case Operator::less:
            return {" < ", Strength::comparison};
        case Operator::less_or_equal:
            return {" <= ", Strength::comparison};
        case Operator::greater:
            return {" > ", Strength::comparison};
        case Operator::greater_or_equal:
            return {" >= ", Strength::comparison};
        case Operator::add:
            return {" + ", Strength::sum};
        case Operator::subtract:
            return {" - ", Strength::sum};
        case Operator::multiply:
            return {" * ", Strength::product};
        case Operator::divide:
            return {" / ", Strength::product};
        case Operator::remainder:
            return {" % ", Strength::product};
        case Operator::negate:
            return {"-", Strength::sign};
        case Operator::plus:
            break;
    }
    return {"+", Strength::sign};
}

bool is_number(const Expression& expression) {
    const auto* constant = std::get_if<Constant>(&expression.node);
    return constant != nullptr && std::holds_alternative<double>(constant->value);
}

Strength strength_of(const Expression& expression) {
    if (const auto* operation = std::get_if<Operation>(&expression.node)) {
        return spelling_of(operation->op).strength;
    }
    if (std::holds_alternative<Membership>(expression.node)) return Strength::comparison;
    return Strength::primary;
}

std::string in_parentheses_if(bool needed, const Expression& expression) {
    std::string text = to_text(expression);
    return needed ? std::string("(").append(text).append(")") : text;
}

std::string text_of(const Operation& operation) {
    const Spelling spelling = spelling_of(operation.op);
    if (operation.operands.size() == 1) {
        const Expression& operand = operation.operands.front();
        // A sign right before a number is part of the number.
        const bool apart = operation.op == Operator::negate && is_number(operand);
        return std::string(spelling.text) +
               in_parentheses_if(apart || strength_of(operand) < spelling.strength, operand);
    }
    const bool chain = operation.op == Operator::logical_or || operation.op == Operator::logical_and;
    std::string out;
    for (std::size_t i = 0; i < operation.operands.size(); ++i) {
        const Expression& operand = operation.operands[i];
        const bool may_be_equal = i == 0 && !chain;  // a - b - c is (a - b) - c
        const Strength own = strength_of(operand);
        if (i > 0) out += spelling.text;
        out += in_parentheses_if(may_be_equal ? own < spelling.strength : own <= spelling.strength, operand);
    }
    return out;
}

std::string list_text(const Constant::List& list) {
    std::string out = "[";
    for (const Constant& element : list) {
        if (out.size() > 1) out += ", ";
        out += to_text(element);
    }
    return out + "]";
}

std::string text_constant(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = "'";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 0xF];
            continue;
        }
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string number_text(double number) {
    std::array<char, 32> digits{};
    return {digits.begin(), std::to_chars(digits.begin(), digits.end(), number).ptr};
}

std::string name_text(std::string_view name) {
    return is_plain_name(name) ? std::string(name) : std::string("[[").append(name).append("]]");
}

std::string text_of(const Item& item) {
    std::string out = item.path ? to_text(*item.path) : "";
    const std::string_view name_without_as =
        item.aggregate ? to_text(*item.aggregate) : item.path->names.back();
    if (item.aggregate) out = std::string(to_text(*item.aggregate)) + "(" + out + ")";
    return item.name == name_without_as ? out : out + " AS " + name_text(item.name);
}

std::string text_of_where(const Condition& condition) {
    return condition.where ? " WHERE " + to_text(*condition.where) : "";
}

}  // namespace

std::string to_text(const Constant& constant) {
    struct Writer {
        std::string operator()(Undefined /*unused*/) const { return "undefined"; }
        std::string operator()(std::nullptr_t) const { return "null"; }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(double number) const { return number_text(number); }
        std::string operator()(const std::string& text) const { return text_constant(text); }
        std::string operator()(const Constant::List& list) const { return list_text(list); }
    };
    return std::visit(Writer{}, constant.value);
}

std::string to_text(const Path& path) {
    // A name that looks like the source prefix needs the prefix in front, or it would be taken for it.
    std::string out = path.names.size() > 1 && same_word(path.names.front(), "devices") ? "devices." : "";
    for (std::size_t i = 0; i < path.names.size(); ++i) {
        if (i > 0) out += '.';
        out += name_text(path.names[i]);
    }
    return out;
}

std::string to_text(const Expression& expression) {
    struct Writer {
        std::string operator()(const Constant& constant) const { return to_text(constant); }
        std::string operator()(const Path& path) const { return to_text(path); }
        std::string operator()(const Operation& operation) const { return text_of(operation); }
        std::string operator()(const Membership& membership) const {
            const Expression& operand = membership.operand.front();
            return in_parentheses_if(strength_of(operand) < Strength::comparison, operand) +
                   (membership.negated ? " NIN " : " IN ") + list_text(membership.list);
        }
        std::string operator()(const Call& call) const {
            std::string out = call.function == Function::is_defined ? "IS_DEFINED(" : "STARTSWITH(";
            for (std::size_t i = 0; i < call.arguments.size(); ++i) {
                out += (i > 0 ? ", " : "") + to_text(call.arguments[i]);
            }
            return out + ")";
        }
    };
    return std::visit(Writer{}, expression.node);
}

std::string_view to_text(Aggregate aggregate) {
    switch (aggregate) {
        case Aggregate::count:
            return "COUNT";
        case Aggregate::avg:
            return "AVG";
        case Aggregate::sum:
            return "SUM";
        case Aggregate::min:
            return "MIN";
        case Aggregate::max:
            break;
    }
    return "MAX";
}

std::string_view to_text(Source source) {
    switch (source) {
        case Source::devices:
            return "devices";
        case Source::modules:
            return "devices.modules";
        case Source::jobs:
            break;
    }
    return "devices.jobs";
}

std::string to_text(const Condition& condition) {
    if (condition.source == Source::devices) return condition.where ? to_text(*condition.where) : "*";
    return "FROM " + std::string(to_text(condition.source)) + text_of_where(condition);
}

std::string to_text(const Query& query) {
    std::string out = "SELECT ";
    if (query.top) out += "TOP " + std::to_string(*query.top) + " ";
    if (query.items.empty()) out += "*";
    for (std::size_t i = 0; i < query.items.size(); ++i) {
        out += (i > 0 ? ", " : "") + text_of(query.items[i]);
    }
    out += " FROM " + std::string(to_text(query.condition.source)) + text_of_where(query.condition);
    for (std::size_t i = 0; i < query.group_by.size(); ++i) {
        out += (i > 0 ? ", " : " GROUP BY ") + to_text(query.group_by[i]);
    }
    return out;
}

}  // namespace ql
