#pragma once

#include <string>

namespace cli {

// A version 4 UUID (RFC 9562) from the system's random numbers.
[[nodiscard]] std::string random_uuid();

}  // namespace cli
