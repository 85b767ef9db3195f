#pragma once

#include "scheduler/fleet/figures.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace cli {

// What lockctl simulate shows once a second.
struct FleetState {
    std::size_t devices = 0;
    std::size_t connected = 0;
    std::size_t ready = 0;
    std::uint64_t answers = 0;   // since the beginning
    std::uint64_t refusals = 0;  // of these
    std::uint64_t desired = 0;
    std::uint64_t rejected = 0;  // connections that the hub refused
    double answers_a_second = 0;
    std::string last_failure = {};
};

// One line for a terminal, without an end.
[[nodiscard]] std::string fleet_line(const FleetState& state);
// One JSON object, without an end.
[[nodiscard]] std::string fleet_json(const FleetState& state);

}  // namespace cli
