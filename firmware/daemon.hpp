#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/config.hpp"
#include "firmware/door_hardware.hpp"

#include <optional>

namespace firmware {

// The exit status with which the service asks to be started again (reboot). Any other than 0 would do for
// Restart=on-failure; this one says that nothing has failed.
inline constexpr int exit_restart = 75;

// Runs the door until SIGTERM, SIGINT or a reboot; returns the exit status of the process. An error means
// that it could not start.
[[nodiscard]] base::Result<int> run_door(const Config& config, const base::Log& log,
                                         const std::optional<SimulationFiles>& simulation);

}  // namespace firmware
