#include "scheduler/query/accumulator.hpp"

#include "scheduler/query/evaluate.hpp"

#include <cmath>
#include <utility>

namespace ql {

void Accumulator::add(base::JsonView document) {
    const Aggregate aggregate = *item_->aggregate;
    if (aggregate == Aggregate::count) {
        ++count_;
        return;
    }
    SortKey value(find(*item_->path, document));
    if (aggregate == Aggregate::avg || aggregate == Aggregate::sum) {
        if (value.is_number()) add_number(value.number());
        return;
    }
    if (!value.is_comparable()) return;
    const bool better = aggregate == Aggregate::min ? value < best_ : best_ < value;
    if (count_ == 0 || better) best_ = std::move(value);
    ++count_;
}

void Accumulator::add_number(double number) {
    const double sum = sum_ + number;
    lost_ += std::abs(sum_) >= std::abs(number) ? (sum_ - sum) + number : (number - sum) + sum_;
    sum_ = sum;
    ++count_;
}

std::optional<base::Json> Accumulator::result() const {
    if (*item_->aggregate == Aggregate::count) return base::Json(count_);
    if (count_ == 0) return {};
    if (*item_->aggregate == Aggregate::min || *item_->aggregate == Aggregate::max) return best_.json();
    const double sum = sum_ + lost_;
    if (!std::isfinite(sum)) return {};
    return base::Json(*item_->aggregate == Aggregate::sum ? sum : sum / static_cast<double>(count_));
}

}  // namespace ql
