#pragma once

#include "base/clock.hpp"

#include <string>

namespace hub {

// A new tracking id for an error body (iothub-protocol.md §2.2); it stands in the log too.
[[nodiscard]] std::string new_tracking_id(base::SystemTime now);

}  // namespace hub
