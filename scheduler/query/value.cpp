#include "scheduler/query/value.hpp"

#include <string>

namespace ql {

Value::Value(base::JsonView view) {
    switch (view.type()) {
        case base::JsonView::Type::absent:
            break;
        case base::JsonView::Type::null:
            state_ = nullptr;
            break;
        case base::JsonView::Type::boolean:
            state_ = *view.as_bool();
            break;
        case base::JsonView::Type::number:
            state_ = *view.as_number();
            break;
        case base::JsonView::Type::string:
            state_ = *view.as_string();
            break;
        case base::JsonView::Type::array:
        case base::JsonView::Type::object:
            state_ = Structure{};
            break;
    }
}

Value::Value(const Constant& constant) {
    if (std::holds_alternative<std::nullptr_t>(constant.value)) {
        state_ = nullptr;
    } else if (const auto* flag = std::get_if<bool>(&constant.value)) {
        state_ = *flag;
    } else if (const auto* number = std::get_if<double>(&constant.value)) {
        state_ = *number;
    } else if (const auto* text = std::get_if<std::string>(&constant.value)) {
        state_ = std::string_view(*text);
    } else if (std::holds_alternative<Constant::List>(constant.value)) {
        state_ = Structure{};
    }
}

std::optional<std::partial_ordering> Value::compare(const Value& left, const Value& right) {
    if (left.state_.index() != right.state_.index()) return {};
    if (const auto* number = left.as_number()) return *number <=> *right.as_number();
    if (const auto* text = left.as_text()) return *text <=> *right.as_text();
    if (const auto* flag = left.as_bool()) return *flag <=> *right.as_bool();
    if (left.is_null()) return std::partial_ordering::equivalent;
    return {};
}

std::optional<bool> Value::equal(const Value& left, const Value& right) {
    if (!left.is_defined() || !right.is_defined()) return {};
    if (left.is_null() || right.is_null()) return left.is_null() && right.is_null();
    const auto order = compare(left, right);
    if (!order) return {};
    return std::is_eq(*order);
}

}  // namespace ql
