#include "firmware/backoff.hpp"

#include <algorithm>

namespace firmware {

namespace {

constexpr std::int64_t after_loss_ms = 500;
constexpr std::int64_t first_ms = 1000;
constexpr std::int64_t longest_ms = 60000;
constexpr unsigned doublings_most = 6;  // 2^6 s is beyond the longest

}  // namespace

std::chrono::milliseconds Backoff::after_loss() {
    return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, after_loss_ms)(random_));
}

std::chrono::milliseconds Backoff::next() {
    const std::int64_t most = std::min(first_ms << attempt_, longest_ms);
    attempt_ = std::min(attempt_ + 1, doublings_most);
    return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, most)(random_));
}

std::chrono::milliseconds Backoff::slow() {
    return std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(longest_ms / 2, longest_ms)(random_));
}

}  // namespace firmware
