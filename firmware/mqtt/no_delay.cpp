#include "firmware/mqtt/no_delay.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace firmware {

namespace {

constexpr int descriptors_looked_at = 256;  // a door has about twenty

std::uint16_t peer_port(int fd) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    auto* address = reinterpret_cast<sockaddr*>(&peer);
    if (getpeername(fd, address, &length) != 0) return 0;
    if (peer.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&peer)->sin_port);
    if (peer.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&peer)->sin6_port);
    return 0;
}

}  // namespace

void set_no_delay(std::uint16_t port) {
    for (int fd = 0; fd < descriptors_looked_at; ++fd) {
        if (peer_port(fd) != port) continue;
        const int on = 1;
        // Without it everything works, more slowly.
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

}  // namespace firmware
