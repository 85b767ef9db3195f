#pragma once

#include "base/log.hpp"
#include "firmware/fire_mark_file.hpp"
#include "firmware/state.hpp"
#include "firmware/state_file.hpp"
#include "firmware/telemetry_log.hpp"

#include <string>

namespace firmware {

// What a door finds of its earlier life when it starts.
struct Remembered {
    State state;
    std::string boot_reason;  // why the last run ended; "first_start", "crash", "state_lost"
    TelemetryContent telemetry;
};

// Reads all of it; what cannot be read is told in the log and must not keep a door from working. With a fire
// input (`has_fire`) the place for its mark is made ready, and damage that may have taken the word of a fire
// counts as one. Blocks on the disk.
[[nodiscard]] Remembered remember(StateFile& file, FireMarkFile& fire_file, TelemetryFile& telemetry_file,
                                  bool has_fire, const base::Log& log);

}  // namespace firmware
