#pragma once

#include <string>

namespace hub {

// doorlockd's configuration file for a device with this connection string: complete but for the lines that
// are wired, for which it has an example.
[[nodiscard]] std::string install_snippet(const std::string& device_id, const std::string& connection_string);

}  // namespace hub
