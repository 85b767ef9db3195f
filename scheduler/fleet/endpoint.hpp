#pragma once

#include "base/result.hpp"

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace fleet {

// Where a hub listens for devices.
struct Endpoint {
    sockaddr_storage address{};
    socklen_t size = 0;

    [[nodiscard]] bool is_loopback() const;
};

// The first address of the host. Asks the resolver, and waits for it.
[[nodiscard]] base::Result<Endpoint> resolve(const std::string& host, std::uint16_t port);

// A non-blocking socket that is on its way to the endpoint; who owns it closes it. At 127.0.0.0/8 device
// `index` comes from 127.0.0.(2 + index / 4000): one source address has too few free ports for twenty
// thousand.
[[nodiscard]] base::Result<int> begin_connection(const Endpoint& endpoint, std::size_t index);

// What became of it: an error, or nothing.
[[nodiscard]] base::Result<void> connection_error(int socket);

}  // namespace fleet
