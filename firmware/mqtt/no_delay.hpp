#pragma once

#include <cstdint>

namespace firmware {

// Sets TCP_NODELAY on this process's connections to `port`. Paho sets it never and tells no descriptor; with
// Nagle's algorithm an answer that follows a report waits 40 ms for the hub's delayed acknowledgement.
void set_no_delay(std::uint16_t port);

}  // namespace firmware
