#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/twin_path.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// The query paths that have an index on the twins: a query that asks for certain values of one looks only at
// the twins that have them.
class TwinIndexes {
  public:
    static constexpr std::size_t most = 16;

    TwinIndexes(Database& database, const base::Clock& clock);

    struct Made {
        std::int64_t twins = 0;
        std::chrono::nanoseconds took{};  // for all of them
    };
    // Looks at every twin, in this turn: SQLite cannot make an index in steps, and what serves devices waits
    // so long, a second or two for 100,000 twins. ArgumentInvalid: no path of a twin, indexed already, `most`
    // are.
    [[nodiscard]] Outcome<Made> add(std::string_view path);
    [[nodiscard]] Outcome<void> remove(std::string_view path);
    [[nodiscard]] std::vector<std::string> list();

  private:
    Database& database_;
    const base::Clock& clock_;
};

}  // namespace hub
