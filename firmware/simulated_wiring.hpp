#pragma once

#include "firmware/config.hpp"
#include "hal/mock/wiring.hpp"

namespace firmware {

// Puts at the end of every line of the configuration the part that a real door would have there: parts
// "bolt", "door", "exit", "tamper", "fire", "reset" for the commands of --control.
void build_simulated_door(const Config& config, hal::Wiring& wiring);

}  // namespace firmware
