#pragma once

#include <algorithm>
#include <deque>
#include <unordered_set>

namespace jobs {

class ActiveJob;

// Whose turn it is: each job that has something to do stands here once, and goes to the back after one row,
// so that a job on ten thousand doors does not hold up a job on one.
class Rotation {
  public:
    // To the back; nothing happens if it stands here.
    void push(ActiveJob& job) {
        if (members_.insert(&job).second) order_.push_back(&job);
    }
    ActiveJob& pop() {
        ActiveJob* job = order_.front();
        order_.pop_front();
        members_.erase(job);
        return *job;
    }
    void remove(ActiveJob& job) {
        if (members_.erase(&job) != 0) order_.erase(std::ranges::find(order_, &job));
    }
    [[nodiscard]] bool empty() const { return order_.empty(); }

  private:
    std::deque<ActiveJob*> order_;
    std::unordered_set<const ActiveJob*> members_;
};

}  // namespace jobs
