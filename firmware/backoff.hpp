#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace firmware {

// Delays between attempts to connect, with full jitter, so that doors that were dropped together do not come
// back together: half a second at most after a connection that had stood, for most losses are short; after an
// attempt that has failed exponential, from 1 s to 60 s.
class Backoff {
  public:
    explicit Backoff(std::uint64_t seed) : random_(static_cast<decltype(random_)::result_type>(seed)) {}

    // Somewhere between nothing and half a second.
    [[nodiscard]] std::chrono::milliseconds after_loss();
    // Somewhere between nothing and 1, 2, 4 … 60 s.
    [[nodiscard]] std::chrono::milliseconds next();
    // For what will not mend by itself soon, such as a wrong key: 30 to 60 s.
    [[nodiscard]] std::chrono::milliseconds slow();
    void reset() { attempt_ = 0; }

  private:
    std::minstd_rand random_;
    unsigned attempt_ = 0;
};

}  // namespace firmware
