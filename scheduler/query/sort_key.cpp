#include "scheduler/query/sort_key.hpp"

#include <tuple>

namespace ql {

SortKey::SortKey(base::JsonView view) {
    switch (view.type()) {
        case base::JsonView::Type::absent:
            break;
        case base::JsonView::Type::null:
            rank_ = Rank::null;
            break;
        case base::JsonView::Type::boolean:
            rank_ = *view.as_bool() ? Rank::yes : Rank::no;
            break;
        case base::JsonView::Type::number:
            rank_ = Rank::number;
            number_ = *view.as_number();
            break;
        case base::JsonView::Type::string:
            rank_ = Rank::text;
            text_ = *view.as_string();
            break;
        case base::JsonView::Type::array:
        case base::JsonView::Type::object:
            rank_ = Rank::structure;
            text_ = view.dump();
            break;
    }
}

bool SortKey::operator<(const SortKey& other) const {
    return std::tie(rank_, number_, text_) < std::tie(other.rank_, other.number_, other.text_);
}

base::Json SortKey::json() const {
    switch (rank_) {
        case Rank::no:
            return false;
        case Rank::yes:
            return true;
        case Rank::number:
            return number_;
        case Rank::text:
            return text_;
        default:
            return nullptr;
    }
}

}  // namespace ql
