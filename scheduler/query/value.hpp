#pragma once

#include "base/json.hpp"
#include "scheduler/query/constant.hpp"

#include <compare>
#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

namespace ql {

// What an expression is for one document. Texts look into the document or the query.
class Value {
  public:
    // Objects, arrays and list constants: defined, and comparable with nothing.
    struct Structure {};

    Value() = default;                                // undefined
    Value(bool value) : state_(value) {}              // NOLINT(google-explicit-constructor)
    Value(double value) : state_(value) {}            // NOLINT(google-explicit-constructor)
    Value(std::string_view value) : state_(value) {}  // NOLINT(google-explicit-constructor)
    explicit Value(base::JsonView view);
    explicit Value(const Constant& constant);

    [[nodiscard]] bool is_defined() const { return state_.index() != 0; }
    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(state_); }
    [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&state_); }
    [[nodiscard]] const double* as_number() const { return std::get_if<double>(&state_); }
    [[nodiscard]] const std::string_view* as_text() const { return std::get_if<std::string_view>(&state_); }
    [[nodiscard]] bool is_true() const { return as_bool() != nullptr && *as_bool(); }

    // Of primitives of one type: nulls are equal, false is less than true, texts compare by their bytes.
    // Nothing if the two cannot be compared.
    [[nodiscard]] static std::optional<std::partial_ordering> compare(const Value& left, const Value& right);
    // As compare, except that null differs from every other defined value.
    [[nodiscard]] static std::optional<bool> equal(const Value& left, const Value& right);

  private:
    std::variant<std::monostate, std::nullptr_t, bool, double, std::string_view, Structure> state_;
};

}  // namespace ql
