#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct sqlite3_stmt;

namespace hub {

class Database;

// A prepared statement, used again and again: start(), bind the parameters in order, then run() it, or step()
// through its rows and read their columns in order. Owned by one store; ends before its Database.
class Statement {
  public:
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) noexcept;
    ~Statement();

    // Forgets the last use.
    Statement& start();
    // The next parameter. Text is copied.
    Statement& bind(std::string_view text);
    Statement& bind(std::int64_t number);
    Statement& bind(base::SystemTime time);
    Statement& bind_null();
    template <typename T>
    Statement& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bind_null();
    }

    // Executes a statement that writes; the number of rows it changed, 0 in a spoilt turn.
    std::int64_t run();
    // The next row; false at the end, and when reading fails, which spoils the turn.
    bool step();
    // Ends reading before the last row; a statement left in the middle would keep its snapshot open.
    void finish();

    // The next column of the row. Text lives until the next step.
    [[nodiscard]] std::string_view text();
    [[nodiscard]] std::int64_t number();
    [[nodiscard]] base::SystemTime time();
    [[nodiscard]] std::optional<base::SystemTime> maybe_time();

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    Statement(Database& database, std::unique_ptr<sqlite3_stmt, Finalize> statement);

    Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int parameter_ = 0;
    int column_ = 0;
};

}  // namespace hub
