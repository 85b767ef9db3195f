#pragma once

#include "protocol/connection_string.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace firmware {

// How a door reaches its hub, and what it proves itself with.
struct HubSettings {
    protocol::DeviceConnectionString identity;  // the key in shared_access_key, wherever it came from
    std::uint16_t port = 8883;
    std::string ca_file;
    std::string certificate_file;
    std::string key_file;
    std::string model_id;
    std::chrono::seconds keep_alive{240};
    std::chrono::seconds token_life{3600};
    std::chrono::seconds liveness{300};  // a twin round trip at least so often
};

}  // namespace firmware
