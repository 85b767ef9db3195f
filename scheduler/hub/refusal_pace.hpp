#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace hub {

// Slows down who guesses keys: after a few wrong keys, signatures or policies from one address in a while,
// the further refusals of such wait. Good tokens never do, whoever else calls from that address; nor do
// refusals that tell a guesser nothing: no token, one that has ended, one whose policy lacks the right.
class RefusalPace {
  public:
    static constexpr int at_once = 10;  // refusals of an address in each period
    static constexpr std::chrono::seconds period{60};
    static constexpr std::chrono::milliseconds pause{1000};
    static constexpr std::size_t most_addresses = 1024;

    explicit RefusalPace(const base::Clock& clock) : clock_(clock) {}  // outlives it

    // Counts one more wrong proof of this peer ("192.0.2.7:4711"); for how long it has to wait.
    [[nodiscard]] std::chrono::milliseconds refused(std::string_view peer);

    [[nodiscard]] std::size_t addresses() const { return counts_.size(); }

  private:
    struct Count {
        base::SteadyTime began{};
        int refusals = 0;
    };
    void make_room();

    const base::Clock& clock_;
    std::map<std::string, Count, std::less<>> counts_;
};

}  // namespace hub
