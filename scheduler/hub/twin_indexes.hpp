#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/twin_path.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// The query paths that have an index on the twins: a query that asks for certain values of one looks only at
// the twins that have them. An index is a table of values and devices that triggers keep true; so it can be
// filled in slices, between which the hub serves, and queries use it when it is whole. (CREATE INDEX would
// look at all twins in one step. Indexes that it has made, in older files, serve as they are.)
class TwinIndexes {
  public:
    static constexpr std::size_t most = 16;
    static constexpr std::int64_t slice = 500;  // twins

    TwinIndexes(Database& database, const base::Clock& clock);
    TwinIndexes(const TwinIndexes&) = delete;
    TwinIndexes& operator=(const TwinIndexes&) = delete;

    struct Made {
        std::int64_t twins = 0;           // in the first slice
        std::chrono::nanoseconds took{};  // for it
    };
    // Begins one, and fills its first slice in this turn; tick() goes on. ArgumentInvalid: no path of a twin,
    // indexed already, `most` are.
    [[nodiscard]] Outcome<Made> add(std::string_view path);
    [[nodiscard]] Outcome<void> remove(std::string_view path);

    struct State {
        std::string path;
        std::string name;                    // of the table, or of SQLite's index
        std::optional<std::int64_t> filled;  // up to the twin in this row; nothing: it is whole
    };
    [[nodiscard]] std::vector<State> list();
    // How many twins it has looked at, and of how many.
    struct Progress {
        std::int64_t done = 0;
        std::int64_t twins = 0;
    };
    [[nodiscard]] Progress progress(const State& state);

    // While one is being made: the next slice. The owner commits between them.
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();

  private:
    [[nodiscard]] std::int64_t fill(const State& state);
    [[nodiscard]] std::optional<std::int64_t> number(const std::string& sql, std::int64_t parameter);

    Database& database_;
    const base::Clock& clock_;
    bool unfinished_ = true;  // perhaps; a hub may have ended while it made one
    base::SteadyTime due_{};
};

}  // namespace hub
