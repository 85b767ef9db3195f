#pragma once

#include "base/json.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/sort_key.hpp"

#include <cstdint>
#include <optional>

namespace ql {

// One aggregate over the documents of one group. COUNT counts documents. AVG and SUM see the numbers at their
// path and pass over everything else; MIN and MAX see numbers, texts (dates are texts) and booleans, in the
// order of SortKey.
class Accumulator {
  public:
    // `item` must be an aggregate and outlive this.
    explicit Accumulator(const Item& item) : item_(&item) {}

    void add(base::JsonView document);
    // Nothing if there was nothing to see (but COUNT is 0 then), or no finite number comes out.
    [[nodiscard]] std::optional<base::Json> result() const;

  private:
    void add_number(double number);

    const Item* item_;
    std::int64_t count_ = 0;  // of the values that were seen
    double sum_ = 0;
    double lost_ = 0;  // what sum_ has lost to rounding: a million small values must not drown (Neumaier)
    SortKey best_;
};

}  // namespace ql
