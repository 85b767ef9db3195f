#include "scheduler/fleet/endpoint.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace fleet {

namespace {

using base::Errc;
using base::Error;

constexpr std::size_t devices_per_source = 4000;

Error unreachable(int code) {
    return {Errc::unavailable, std::string("no connection to the hub: ") + std::strerror(code)};
}

base::Result<void> choose_source(int socket, std::size_t index) {
    const int on = 1;
    // The port is chosen at connect(2), where the destination tells which are free.
    (void)setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(index / devices_per_source));
    if (bind(socket, reinterpret_cast<const sockaddr*>(&source), sizeof source) == 0) return {};
    return unreachable(errno);
}

}  // namespace

bool Endpoint::is_loopback() const {
    if (address.ss_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(&address);
        return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    const auto* six = reinterpret_cast<const sockaddr_in6*>(&address);
    return address.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

base::Result<Endpoint> resolve(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw);
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, &freeaddrinfo);
    if (failed != 0 || !found) {
        return Error{Errc::unavailable,
                     "the host name '" + host + "' has no address: " + gai_strerror(failed)};
    }
    // lockhub listens on IPv4 unless it is told otherwise, and "localhost" is often ::1 first.
    const addrinfo* best = found.get();
    for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
        if (one->ai_family == AF_INET) {
            best = one;
            break;
        }
    }
    Endpoint endpoint;
    std::memcpy(&endpoint.address, best->ai_addr, best->ai_addrlen);
    endpoint.size = best->ai_addrlen;
    return endpoint;
}

base::Result<int> begin_connection(const Endpoint& endpoint, std::size_t index) {
    const int socket =
        ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (socket < 0) return unreachable(errno);
    const int on = 1;
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (endpoint.is_loopback() && endpoint.address.ss_family == AF_INET) {
        if (auto chosen = choose_source(socket, index); !chosen) {
            close(socket);
            return chosen.error();
        }
    }
    const int done = connect(socket, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size);
    if (done != 0 && errno != EINPROGRESS) {
        const int code = errno;
        close(socket);
        return unreachable(code);
    }
    return socket;
}

base::Result<void> connection_error(int socket) {
    int code = 0;
    socklen_t size = sizeof code;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
    if (code == 0) return {};
    return unreachable(code);
}

}  // namespace fleet
