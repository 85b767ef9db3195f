#pragma once

#include "scheduler/hub/statement.hpp"
#include "scheduler/query/query.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace hub {

// What SQLite itself can say about a condition, so that most twins that do not match are never put together:
// tags and properties that must equal an integer, a boolean or a text. It lets too many through, never too
// few.
class TwinFilter {
  public:
    TwinFilter() = default;  // lets everything through
    explicit TwinFilter(const ql::Condition& condition);

    // For the end of a WHERE over `twins t`: empty, or " AND …" with one parameter for each value.
    [[nodiscard]] const std::string& sql() const { return sql_; }
    void bind(Statement& statement) const;

  private:
    using Value = std::variant<std::int64_t, std::string>;

    std::string sql_;
    std::vector<Value> parameters_;
};

}  // namespace hub
