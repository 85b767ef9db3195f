#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace firmware {

// Delays between attempts to connect: exponential from 1 s to 60 s with full jitter, so that doors that were
// dropped together do not come back together.
class Backoff {
  public:
    explicit Backoff(std::uint64_t seed) : random_(seed) {}

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
