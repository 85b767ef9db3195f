#include "scheduler/query/expression_parser.hpp"

#include "scheduler/query/attribute.hpp"
#include "scheduler/query/syntax_error.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace ql {
namespace {

constexpr std::string_view value_expected = "an attribute, a constant, a function or '('";

// Counts a level of nesting as long as it lives.
class Nesting {
  public:
    explicit Nesting(std::size_t& depth) : depth_(depth) { ++depth_; }
    ~Nesting() { --depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

  private:
    std::size_t& depth_;
};

struct Symbol {
    std::string_view text;
    Operator op;
};
constexpr std::array<Symbol, 7> comparisons = {{{"=", Operator::equal},
                                                {"!=", Operator::not_equal},
                                                {"<>", Operator::not_equal},
                                                {"<", Operator::less},
                                                {"<=", Operator::less_or_equal},
                                                {">", Operator::greater},
                                                {">=", Operator::greater_or_equal}}};
constexpr std::array<Symbol, 2> sums = {{{"+", Operator::add}, {"-", Operator::subtract}}};
constexpr std::array<Symbol, 3> products = {
    {{"*", Operator::multiply}, {"/", Operator::divide}, {"%", Operator::remainder}}};

template <std::size_t N>
std::optional<Operator> find_operator(const std::array<Symbol, N>& symbols, const Token& token) {
    const auto* const found = std::find_if(
        symbols.begin(), symbols.end(), [&](const Symbol& symbol) { return token.is_symbol(symbol.text); });
    return found == symbols.end() ? std::nullopt : std::optional(found->op);
}

bool begins_constant(const Token& token) {
    return token.kind == TokenKind::number || token.kind == TokenKind::text || token.is_symbol("[") ||
           token.is_word("UNDEFINED") || token.is_word("NULL") || token.is_word("TRUE") ||
           token.is_word("FALSE");
}

}  // namespace

base::Result<Expression> ExpressionParser::parse() {
    auto tree = chain(Operator::logical_or);
    if (!tree) return std::move(tree).error();
    return std::move(tree->expression);
}

base::Result<void> ExpressionParser::check_depth(std::size_t depth) const {
    const std::size_t most = tokens_.limits().depth;
    if (depth <= most) return {};
    return tokens_.error_at(
        tokens_.peek().offset,
        "found an expression nested too deeply, expected at most " + std::to_string(most) + " levels",
        base::Errc::too_large);
}

base::Result<ExpressionParser::Tree> ExpressionParser::combine(Operator op,
                                                               std::vector<Tree> operands) const {
    Tree tree;
    Operation operation{.op = op, .operands = {}};
    for (Tree& operand : operands) {
        tree.depth = std::max(tree.depth, operand.depth + 1);
        operation.operands.push_back(std::move(operand.expression));
    }
    if (auto fits = check_depth(tree.depth); !fits) return std::move(fits).error();
    tree.expression.node = std::move(operation);
    return tree;
}

base::Result<ExpressionParser::Tree> ExpressionParser::chain(Operator op) {
    const bool is_or = op == Operator::logical_or;
    std::vector<Tree> operands;
    do {
        auto operand = is_or ? chain(Operator::logical_and) : logical_not();
        if (!operand) return operand;
        operands.push_back(std::move(*operand));
    } while (tokens_.take_word(is_or ? "OR" : "AND"));
    if (operands.size() == 1) return std::move(operands.front());
    return combine(op, std::move(operands));
}

base::Result<ExpressionParser::Tree> ExpressionParser::logical_not() {
    if (!tokens_.take_word("NOT")) return binary(Level::comparison);
    const Nesting nesting(nesting_);
    if (auto fits = check_depth(nesting_); !fits) return std::move(fits).error();
    auto operand = logical_not();
    if (!operand) return operand;
    return combine(Operator::logical_not, {std::move(*operand)});
}

std::optional<Operator> ExpressionParser::operator_at(Level level) const {
    switch (level) {
        case Level::comparison:
            return find_operator(comparisons, tokens_.peek());
        case Level::sum:
            return find_operator(sums, tokens_.peek());
        case Level::product:
            break;
    }
    return find_operator(products, tokens_.peek());
}

base::Result<ExpressionParser::Tree> ExpressionParser::binary(Level level) {
    const auto operand = [this, level] {
        if (level == Level::product) return sign();
        return binary(level == Level::comparison ? Level::sum : Level::product);
    };
    auto left = operand();
    while (left) {
        if (level == Level::comparison && (tokens_.peek().is_word("IN") || tokens_.peek().is_word("NIN"))) {
            left = membership(std::move(*left));
            continue;
        }
        const auto op = operator_at(level);
        if (!op) break;
        tokens_.take();
        auto right = operand();
        if (!right) return right;
        left = combine(*op, {std::move(*left), std::move(*right)});
    }
    return left;
}

base::Result<ExpressionParser::Tree> ExpressionParser::membership(Tree operand) {
    const bool negated = tokens_.take().is_word("NIN");
    if (!tokens_.peek().is_symbol("[")) {
        return tokens_.unexpected("'[' and a list of constants, such as ['a', 'b']");
    }
    auto elements = list();
    if (!elements) return std::move(elements).error();
    Tree tree{.expression = {}, .depth = operand.depth + 1};
    if (auto fits = check_depth(tree.depth); !fits) return std::move(fits).error();
    Membership membership{.negated = negated, .operand = {}, .list = std::move(*elements)};
    membership.operand.push_back(std::move(operand.expression));
    tree.expression.node = std::move(membership);
    return tree;
}

base::Result<ExpressionParser::Tree> ExpressionParser::sign() {
    const bool minus = tokens_.peek().is_symbol("-");
    if (!minus && !tokens_.peek().is_symbol("+")) return primary();
    if (minus && tokens_.peek_behind().kind == TokenKind::number) return primary();
    tokens_.take();
    const Nesting nesting(nesting_);
    if (auto fits = check_depth(nesting_); !fits) return std::move(fits).error();
    auto operand = sign();
    if (!operand) return operand;
    return combine(minus ? Operator::negate : Operator::plus, {std::move(*operand)});
}

base::Result<ExpressionParser::Tree> ExpressionParser::primary() {
    const Token& token = tokens_.peek();
    if (token.is_symbol("(")) return nested();
    if (begins_constant(token) || token.is_symbol("-")) {
        auto value = constant();
        if (!value) return std::move(value).error();
        return Tree{.expression = {std::move(*value)}, .depth = 1};
    }
    if (begins_attribute(token) && tokens_.peek_behind().is_symbol("(")) return call();
    return attribute();
}

base::Result<ExpressionParser::Tree> ExpressionParser::nested() {
    tokens_.take();
    const Nesting nesting(nesting_);
    if (auto fits = check_depth(nesting_); !fits) return std::move(fits).error();
    auto inner = chain(Operator::logical_or);
    if (inner && !tokens_.take_symbol(")")) return tokens_.unexpected("an operator or ')'");
    return inner;
}

base::Result<ExpressionParser::Tree> ExpressionParser::attribute() {
    const auto written = parse_attribute(tokens_, value_expected);
    if (!written) return written.error();
    auto path = resolve(*written, source_, tokens_);
    if (!path) return std::move(path).error();
    return Tree{.expression = {std::move(*path)}, .depth = 1};
}

base::Result<ExpressionParser::Tree> ExpressionParser::call() {
    const Token& name = tokens_.peek();
    const bool is_defined = name.is_word("IS_DEFINED");
    if (!is_defined && !name.is_word("STARTSWITH")) {
        return tokens_.error_at(name.offset,
                                "found the function " + quoted(name.source) +
                                    ", expected one that queries over twins and jobs know: "
                                    "IS_DEFINED(attribute) or STARTSWITH(attribute, 'beginning')");
    }
    tokens_.take();
    tokens_.take();
    const Nesting nesting(nesting_);
    if (auto fits = check_depth(nesting_ + 1); !fits) return std::move(fits).error();
    auto found = is_defined ? arguments(1, "IS_DEFINED(attribute)")
                            : arguments(2, "STARTSWITH(attribute, 'beginning')");
    if (!found) return std::move(found).error();
    Call call{.function = is_defined ? Function::is_defined : Function::starts_with, .arguments = {}};
    Tree tree;
    for (Tree& argument : *found) {
        tree.depth = std::max(tree.depth, argument.depth + 1);
        call.arguments.push_back(std::move(argument.expression));
    }
    if (auto fits = check_depth(tree.depth); !fits) return std::move(fits).error();
    tree.expression.node = std::move(call);
    return tree;
}

base::Result<std::vector<ExpressionParser::Tree>> ExpressionParser::arguments(std::size_t count,
                                                                              std::string_view usage) {
    const std::string as_in = ", as in " + std::string(usage);
    std::vector<Tree> found;
    while (found.size() < count) {
        if (!found.empty() && !tokens_.take_symbol(",")) return tokens_.unexpected("','" + as_in);
        if (count == 1 && !begins_attribute(tokens_.peek())) {
            return tokens_.unexpected("an attribute" + as_in);
        }
        auto argument = count == 1 ? attribute() : chain(Operator::logical_or);
        if (!argument) return std::move(argument).error();
        found.push_back(std::move(*argument));
    }
    if (!tokens_.take_symbol(")")) return tokens_.unexpected("')'" + as_in);
    return found;
}

base::Result<Constant> ExpressionParser::constant() {
    if (tokens_.peek().is_symbol("[")) {
        auto elements = list();
        if (!elements) return std::move(elements).error();
        return Constant{std::move(*elements)};
    }
    const bool minus = tokens_.take_symbol("-");
    const Token& token = tokens_.peek();
    if (minus ? token.kind != TokenKind::number : !begins_constant(token)) {
        return tokens_.unexpected(minus ? "a number" : "a constant: 'text', a number, true, false or null");
    }
    tokens_.take();
    if (token.kind == TokenKind::number) return Constant{minus ? -token.number : token.number};
    if (token.kind == TokenKind::text) return Constant{token.text};
    if (token.is_word("NULL")) return Constant{nullptr};
    if (token.is_word("UNDEFINED")) return Constant{Undefined{}};
    return Constant{token.is_word("TRUE")};
}

base::Result<Constant::List> ExpressionParser::list() {
    tokens_.take();
    const Nesting nesting(nesting_);
    if (auto fits = check_depth(nesting_); !fits) return std::move(fits).error();
    Constant::List elements;
    do {
        if (auto fits = tokens_.check_list(elements.size(), "list"); !fits) {
            return std::move(fits).error();
        }
        auto element = constant();
        if (!element) return std::move(element).error();
        elements.push_back(std::move(*element));
    } while (tokens_.take_symbol(","));
    if (!tokens_.take_symbol("]")) return tokens_.unexpected("',' or ']'");
    return elements;
}

}  // namespace ql
