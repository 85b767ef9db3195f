#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/config.hpp"
#include "firmware/door_hardware.hpp"
#include "firmware/stored_lines.hpp"

#include <optional>
#include <vector>

namespace firmware {

// The exit status with which the service asks to be started again (reboot). Any other than 0 would do for
// Restart=on-failure; this one says that nothing has failed.
inline constexpr int exit_restart = 75;

// Runs the door until SIGTERM, SIGINT, SIGUSR1 or a reboot; returns the exit status of the process. An error
// means that it could not start. SIGUSR1 and a reboot are planned restarts: a bolt that power holds stays
// held, by a line that is left to the next process, which finds it in `stored`.
[[nodiscard]] base::Result<int> run_door(const Config& config, const base::Log& log,
                                         const std::optional<SimulationFiles>& simulation,
                                         std::vector<StoredDescriptor> stored = {});

}  // namespace firmware
