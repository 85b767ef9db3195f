#pragma once

#include "firmware/config.hpp"

namespace firmware {

// The "fire" section: the loop, the local reset, and whether this kind of lock can stay released. After the
// "lock" section.
void read_fire(ConfigSection fire, Config& config);

}  // namespace firmware
