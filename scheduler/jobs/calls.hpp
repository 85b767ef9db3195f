#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace jobs {

class ActiveJob;

// What has been begun and has not ended: method calls, from the moment their row is written as sent, and twin
// patches of a gateway that answers later. Each has a number of its own, so that an answer that comes twice
// or too late finds nothing.
class Calls {
  public:
    struct Call {
        ActiveJob* job = nullptr;
        std::string device_id;
        bool method = true;
        bool sent_before = false;  // an earlier call of this row had left
        std::optional<base::SteadyTime> give_up;
    };

    std::uint64_t begin_method(ActiveJob& job, std::string device_id, bool sent_before);
    std::uint64_t begin_patch(ActiveJob& job, std::string device_id);
    // The call has left; if nothing is heard until then it is given up.
    void set_give_up(std::uint64_t id, base::SteadyTime at);
    [[nodiscard]] const Call* find(std::uint64_t id) const;
    // Takes the call out; nothing if it is not there (any more).
    std::optional<Call> end(std::uint64_t id);
    // A call that is to be given up by now.
    [[nodiscard]] std::optional<std::uint64_t> overdue(base::SteadyTime now) const;

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    [[nodiscard]] std::size_t methods() const { return methods_; }
    [[nodiscard]] std::size_t patches() const { return calls_.size() - methods_; }

  private:
    std::unordered_map<std::uint64_t, Call> calls_;
    std::set<std::pair<base::SteadyTime, std::uint64_t>> give_ups_;
    std::uint64_t last_ = 0;
    std::size_t methods_ = 0;
};

}  // namespace jobs
