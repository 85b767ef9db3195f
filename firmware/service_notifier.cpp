#include "firmware/service_notifier.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace firmware {

namespace {

constexpr int barrier_ms = 500;

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<long long> number(std::string_view text) {
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// A connected datagram socket, or -1. A leading '@' stands for the abstract name space.
int connect_to(std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return -1;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@') address.sun_path[0] = '\0';
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0) return fd;
    ::close(fd);
    return -1;
}

}  // namespace

ServiceNotifier::ServiceNotifier() : fd_(connect_to(environment("NOTIFY_SOCKET"))) {
    const auto microseconds = number(environment("WATCHDOG_USEC"));
    const auto pid = number(environment("WATCHDOG_PID"));
    if (fd_ >= 0 && microseconds && *microseconds > 0 && (!pid || *pid == ::getpid())) {
        watchdog_ = std::chrono::microseconds(*microseconds);
    }
}

ServiceNotifier::~ServiceNotifier() {
    if (fd_ >= 0) ::close(fd_);
}

void ServiceNotifier::status(const std::string& text) {
    if (text == status_) return;
    status_ = text;
    send("STATUS=" + text);
}

bool ServiceNotifier::store(const std::string& name, int descriptor) const {
    if (!send_with("FDSTORE=1\nFDNAME=" + name, descriptor)) return false;
    // systemd closes its end of this pipe when it has dealt with everything before it (sd_notify_barrier(3)).
    int ends[2];
    if (::pipe2(static_cast<int*>(ends), O_CLOEXEC) != 0) return false;
    const bool sent = send_with("BARRIER=1", ends[1]);
    ::close(ends[1]);
    pollfd closed{ends[0], 0, 0};
    const bool done = sent && ::poll(&closed, 1, barrier_ms) == 1 && (closed.revents & POLLHUP) != 0;
    ::close(ends[0]);
    return done;
}

void ServiceNotifier::forget(const std::string& name) const {
    send("FDSTOREREMOVE=1\nFDNAME=" + name);
}

bool ServiceNotifier::send_with(std::string_view message, int descriptor) const {
    if (fd_ < 0) return false;
    iovec text{const_cast<char*>(message.data()), message.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr header{};
    header.msg_iov = &text;
    header.msg_iovlen = 1;
    header.msg_control = static_cast<char*>(control);
    header.msg_controllen = sizeof control;
    cmsghdr* passed = CMSG_FIRSTHDR(&header);
    passed->cmsg_level = SOL_SOCKET;
    passed->cmsg_type = SCM_RIGHTS;
    passed->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(passed), &descriptor, sizeof descriptor);
    return ::sendmsg(fd_, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(message.size());
}

void ServiceNotifier::send(std::string_view message) const {
    // A service manager that does not listen is no reason to do anything else.
    if (fd_ >= 0) (void)::send(fd_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace firmware
