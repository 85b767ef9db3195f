#include "scheduler/query/execution.hpp"

#include "scheduler/query/accumulator.hpp"
#include "scheduler/query/evaluate.hpp"
#include "scheduler/query/sort_key.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace ql {
namespace {

// The members of the row that come from the document itself.
base::Json plain_items(const Query& query, base::JsonView document) {
    base::Json row = base::Json::object();
    for (const Item& item : query.items) {
        if (item.aggregate) continue;
        const base::JsonView value = find(*item.path, document);
        if (value.exists()) row.set(item.name, base::Json(value));
    }
    return row;
}

}  // namespace

std::string_view item_type(const Query& query) {
    if (!selects_documents(query)) return "Raw";
    return query.condition.source == Source::jobs ? "DeviceJob" : "Twin";
}

bool selects_documents(const Query& query) {
    return query.items.empty();
}

bool is_aggregate(const Query& query) {
    return !query.group_by.empty() ||
           std::any_of(query.items.begin(), query.items.end(),
                       [](const Item& item) { return item.aggregate.has_value(); });
}

base::Json project(const Query& query, base::JsonView document) {
    return selects_documents(query) ? base::Json(document) : plain_items(query, document);
}

class Execution::Groups {
  public:
    Groups(const Query& query, std::size_t most) : query_(query), most_(most) {
        if (query_.group_by.empty()) groups_.emplace(Key{}, make_group(base::JsonView()));
    }

    base::Result<void> add(base::JsonView document) {
        Key key;
        key.reserve(query_.group_by.size());
        for (const Path& path : query_.group_by) {
            key.emplace_back(find(path, document));
        }
        auto group = groups_.find(key);
        if (group == groups_.end()) {
            if (groups_.size() == most_) {
                return base::Error{base::Errc::too_large, "this GROUP BY makes more than " +
                                                              std::to_string(most_) +
                                                              " groups; group by something coarser"};
            }
            group = groups_.emplace(std::move(key), make_group(document)).first;
        }
        for (Accumulator& accumulator : group->second.accumulators) {
            accumulator.add(document);
        }
        return {};
    }

    [[nodiscard]] std::vector<base::Json> rows(std::uint64_t most) const {
        std::vector<base::Json> out;
        for (const auto& [key, group] : groups_) {
            if (out.size() == most) break;
            out.push_back(row(group));
        }
        return out;
    }

  private:
    using Key = std::vector<SortKey>;
    struct Group {
        base::Json plain;  // the same for all documents of the group
        std::vector<Accumulator> accumulators;
    };

    [[nodiscard]] Group make_group(base::JsonView document) const {
        Group group{.plain = plain_items(query_, document), .accumulators = {}};
        for (const Item& item : query_.items) {
            if (item.aggregate) group.accumulators.emplace_back(item);
        }
        return group;
    }

    [[nodiscard]] base::Json row(const Group& group) const {
        base::Json out = base::Json::object();
        auto accumulator = group.accumulators.begin();
        for (const Item& item : query_.items) {
            if (item.aggregate) {
                if (auto result = (accumulator++)->result()) out.set(item.name, std::move(*result));
            } else if (const base::JsonView value = group.plain.find(item.name); value.exists()) {
                out.set(item.name, base::Json(value));
            }
        }
        return out;
    }

    const Query& query_;
    std::size_t most_;
    std::map<Key, Group> groups_;
};

Execution::Execution(const Query& query, ExecutionLimits limits, std::uint64_t rows_before)
    : query_(query),
      rows_(rows_before),
      groups_(is_aggregate(query) ? std::make_unique<Groups>(query, limits.groups) : nullptr) {}

Execution::~Execution() = default;

bool Execution::done() const {
    return !groups_ && query_.top && rows_ >= *query_.top;
}

base::Result<std::optional<base::Json>> Execution::add(base::JsonView document) {
    if (done() || !matches(query_.condition, document)) return std::optional<base::Json>();
    if (groups_) {
        if (auto added = groups_->add(document); !added) return std::move(added).error();
        return std::optional<base::Json>();
    }
    ++rows_;
    return std::optional<base::Json>(project(query_, document));
}

std::vector<base::Json> Execution::finish() {
    if (!groups_) return {};
    return groups_->rows(query_.top.value_or(std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace ql
