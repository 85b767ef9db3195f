#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "scheduler/cli/service.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The devices of lockctl simulate at the hub. Their keys are derived from the policy's, so that a later run
// knows them without having kept them, and knows from its own devices those that only have a similar name.
namespace cli {

inline constexpr std::size_t most_simulated = 20'000;

struct SimulatedDevice {
    std::string id;
    std::string key;  // base64
};

// "sim-00001" to "sim-01000".
[[nodiscard]] std::vector<SimulatedDevice> simulated_devices(std::string_view prefix, std::size_t count,
                                                             std::string_view policy_key);

// Registers those that are not there, with these tags, a hundred at a time. One that is there and has another
// key is not ours: Errc::already_exists names it, and nothing is done to it.
[[nodiscard]] base::Result<void> register_devices(const std::vector<SimulatedDevice>& devices,
                                                  base::JsonView tags, Service& service);

// Removes them again; those that are gone already are no error.
[[nodiscard]] base::Result<void> remove_devices(const std::vector<SimulatedDevice>& devices,
                                                Service& service);

}  // namespace cli
