#pragma once

#include "scheduler/hub/statement.hpp"
#include "scheduler/query/query.hpp"

#include <cstdint>
#include <set>
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

    // For the end of a WHERE over `twins t` that has one parameter before: empty, or " AND …" with one
    // parameter for each value. What `tables` holds (twin_values_table()) is looked up there.
    [[nodiscard]] std::string sql(const std::set<std::string>& tables) const;
    void bind(Statement& statement) const;

  private:
    using Value = std::variant<std::int64_t, std::string>;

    struct Required {
        std::string expression;  // in SQL
        std::string table;       // of its values, if there is one
        std::vector<Value> values;
    };
    std::vector<Required> required_;
};

}  // namespace hub
