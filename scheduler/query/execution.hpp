#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "scheduler/query/query.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ql {

// What the rows are, in the words of the x-ms-item-type header (§2.6): Twin, DeviceJob, or Raw for
// projections and aggregates.
[[nodiscard]] std::string_view item_type(const Query& query);

// SELECT *: rows are the matching documents themselves; whoever has their text can pass it on unparsed.
[[nodiscard]] bool selects_documents(const Query& query);

// One row for all matching documents, or one per group: rows exist only after the last document.
[[nodiscard]] bool is_aggregate(const Query& query);

// The row of one document that matches: its SELECT list; an item that leads nowhere is left out. For queries
// that are no aggregate.
[[nodiscard]] base::Json project(const Query& query, base::JsonView document);

struct ExecutionLimits {
    std::size_t groups = 10'000;  // of a GROUP BY
};

// A query at work over a stream of documents. The query must outlive it.
class Execution {
  public:
    // `rows_before` are the rows that earlier pages of the same query gave; they count towards TOP.
    explicit Execution(const Query& query, ExecutionLimits limits = {}, std::uint64_t rows_before = 0);
    ~Execution();
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;

    // True when further documents can add nothing: TOP is reached.
    [[nodiscard]] bool done() const;

    // Takes the next document and gives its row, if it has one now: it matches, TOP is not reached, and this
    // is no aggregate. Error: too_large, when a GROUP BY makes more groups than the limit.
    [[nodiscard]] base::Result<std::optional<base::Json>> add(base::JsonView document);

    // The rows of an aggregate, at most TOP of them, ordered by their groups (undefined, null, false, true,
    // numbers, strings, then objects and arrays by their text): the order does not depend on that of the
    // documents. Empty for other queries. Call it once, after the last document.
    [[nodiscard]] std::vector<base::Json> finish();

  private:
    class Groups;

    const Query& query_;
    std::uint64_t rows_;
    std::unique_ptr<Groups> groups_;  // of an aggregate
};

}  // namespace ql
