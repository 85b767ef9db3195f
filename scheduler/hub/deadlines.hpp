#pragma once

#include "base/clock.hpp"

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hub {

// Who is to be looked at when. A deadline that moves later, as a keep-alive does with every packet, costs
// nothing: the owner is looked at when the old one passes, and says its new one then. `Key` is a cheap,
// ordered value.
template <typename Key>
class Deadlines {
  public:
    // The key is looked at by `due`; an earlier look that is already planned stays.
    void at(Key key, base::SteadyTime due) {
        const auto [entry, added] = planned_.try_emplace(key, due);
        if (added) {
            order_.emplace(due, key);
        } else if (due < entry->second) {
            order_.erase({entry->second, key});
            order_.emplace(due, key);
            entry->second = due;
        }
    }

    void forget(Key key) {
        const auto entry = planned_.find(key);
        if (entry != planned_.end()) {
            order_.erase({entry->second, key});
            planned_.erase(entry);
        }
    }

    // Those whose time has come; they are no longer planned until at() is called again.
    [[nodiscard]] std::vector<Key> take_due(base::SteadyTime now) {
        std::vector<Key> due;
        while (!order_.empty() && order_.begin()->first <= now) {
            due.push_back(order_.begin()->second);
            planned_.erase(due.back());
            order_.erase(order_.begin());
        }
        return due;
    }

    [[nodiscard]] std::optional<base::SteadyTime> next() const {
        return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
    }
    [[nodiscard]] std::size_t size() const { return planned_.size(); }

  private:
    std::unordered_map<Key, base::SteadyTime> planned_;
    std::set<std::pair<base::SteadyTime, Key>> order_;
};

}  // namespace hub
