#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace base {

// A queue with a bound: when it is full the oldest goes, and is counted.
template <typename T>
class Ring {
  public:
    explicit Ring(std::size_t most) : most_(most) { assert(most > 0); }

    void push(T value) {
        if (items_.size() == most_) {
            items_.pop_front();
            ++dropped_;
        }
        items_.push_back(std::move(value));
    }
    [[nodiscard]] T pop() {
        assert(!empty());
        T value = std::move(items_.front());
        items_.pop_front();
        return value;
    }
    [[nodiscard]] const T& front() const {
        assert(!empty());
        return items_.front();
    }
    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    [[nodiscard]] auto begin() const { return items_.begin(); }
    [[nodiscard]] auto end() const { return items_.end(); }

  private:
    std::size_t most_;
    std::deque<T> items_;
    std::uint64_t dropped_ = 0;
};

}  // namespace base
