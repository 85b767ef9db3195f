#pragma once

#include "base/json.hpp"

#include <string>

namespace ql {

// A value that outlives its document and has a place among all others: undefined, null, false, true, numbers,
// texts by their bytes, then arrays and objects by their JSON text.
class SortKey {
  public:
    SortKey() = default;  // undefined
    explicit SortKey(base::JsonView view);

    [[nodiscard]] bool is_number() const { return rank_ == Rank::number; }
    [[nodiscard]] double number() const { return number_; }
    // Something that MIN and MAX look at: neither undefined nor null nor an array or object.
    [[nodiscard]] bool is_comparable() const { return rank_ > Rank::null && rank_ < Rank::structure; }
    // The value of a comparable key.
    [[nodiscard]] base::Json json() const;

    [[nodiscard]] bool operator<(const SortKey& other) const;

  private:
    enum class Rank { undefined, null, no, yes, number, text, structure };

    Rank rank_ = Rank::undefined;
    double number_ = 0;
    std::string text_;
};

}  // namespace ql
