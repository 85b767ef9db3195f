#pragma once

#include "base/result.hpp"
#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/drafts.hpp"

#include <chrono>
#include <cstdint>
#include <string>

// Values that several commands have among their options. Errors name the option.
namespace cli {

[[nodiscard]] base::Error wrong(std::string message);

// A duration in whole seconds within a range; `fallback` if it was not given.
[[nodiscard]] base::Result<std::chrono::seconds> read_seconds(const std::string& text, const char* option,
                                                              std::chrono::seconds least,
                                                              std::chrono::seconds most,
                                                              std::chrono::seconds fallback);
// A whole number from 1.
[[nodiscard]] base::Result<std::uint64_t> read_count(const std::string& text, const char* option,
                                                     std::uint64_t most);
[[nodiscard]] base::Result<CallTimes> read_times(const TimesDraft& draft);
// JSON that is not too long for a direct method; empty is none.
[[nodiscard]] base::Result<void> check_payload(const std::string& payload);

}  // namespace cli
