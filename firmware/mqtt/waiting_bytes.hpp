#pragma once

#include <atomic>
#include <cstddef>

namespace firmware {

// What has come from the hub and waits for the loop. Paho reads on, however fast the hub sends, so there is a
// bound. Any thread adds, any removes.
class WaitingBytes {
  public:
    static constexpr std::size_t most = std::size_t{8} * 1024 * 1024;

    // False: there is no room for so many more, and they are not counted.
    [[nodiscard]] bool add(std::size_t bytes) {
        const std::size_t before = bytes_.fetch_add(bytes);
        if (bytes <= most && before <= most - bytes) return true;
        bytes_ -= bytes;
        return false;
    }
    void remove(std::size_t bytes) { bytes_ -= bytes; }

  private:
    std::atomic<std::size_t> bytes_{0};
};

}  // namespace firmware
