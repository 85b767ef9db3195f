#pragma once

#include "base/clock.hpp"

#include <string>

namespace cli {

// "20261120-163000-3f9a": sorts by time and can be typed.
[[nodiscard]] std::string new_job_id(base::SystemTime now, const std::string& uuid);

}  // namespace cli
