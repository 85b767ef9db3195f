#include "hal/mock/control_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <utility>

namespace hal {

namespace {

constexpr std::size_t longest_line = 1024;
constexpr std::size_t most_clients = 16;
constexpr int backlog = 16;

base::Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return base::Error{base::Errc::invalid_argument,
                           "control socket '" + path + "': the path must have 1 to " +
                               std::to_string(sizeof address.sun_path - 1) + " bytes"};
    std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
    return address;
}

Descriptor open_socket() {
    return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

// A socket file that a process left when it was killed is in the way; one that somebody listens on is not
// ours.
base::Result<void> clear_the_way(const std::string& path, const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return {};
    if (!S_ISSOCK(status.st_mode))
        return base::Error{base::Errc::already_exists,
                           "control socket '" + path + "': there is a file that is no socket"};
    const Descriptor probe = open_socket();
    if (!probe) return system_error("socket");
    if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
        return base::Error{base::Errc::busy, "control socket '" + path + "': another process listens there"};
    if (::unlink(path.c_str()) != 0) return system_error("control socket '" + path + "'");
    return {};
}

}  // namespace

struct ControlSocket::Client {
    Descriptor fd;
    std::string received;
    EventLoop::Registration readable;
};

base::Result<std::unique_ptr<ControlSocket>> ControlSocket::listen(EventLoop& loop, const std::string& path,
                                                                   Handler handler) {
    const auto address = address_of(path);
    if (!address) return address.error();
    if (auto clear = clear_the_way(path, *address); !clear) return clear.error();
    Descriptor fd = open_socket();
    if (!fd) return system_error("socket");
    // Before bind(2) makes the file: nobody else may open it, not even for a moment.
    const mode_t before = ::umask(0177);
    const int bound = ::bind(fd.get(), generic(*address), sizeof *address);
    const int error = errno;
    ::umask(before);
    if (bound != 0) return system_error("control socket '" + path + "'", error);
    if (::listen(fd.get(), backlog) != 0) return system_error("control socket '" + path + "'");
    return std::unique_ptr<ControlSocket>(new ControlSocket(loop, path, std::move(fd), std::move(handler)));
}

ControlSocket::ControlSocket(EventLoop& loop, std::string path, Descriptor fd, Handler handler)
    : loop_(loop), path_(std::move(path)), fd_(std::move(fd)), handler_(std::move(handler)) {
    readable_ = loop_.on_readable(fd_.get(), [this] { accept(); });
}

ControlSocket::~ControlSocket() {
    // If it is gone already, somebody has tidied up before us.
    (void)::unlink(path_.c_str());
}

void ControlSocket::accept() {
    auto client = std::make_unique<Client>();
    client->fd = Descriptor(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client->fd || clients_.size() >= most_clients) return;
    const int fd = client->fd.get();
    client->readable = loop_.on_readable(fd, [this, fd] {
        if (!serve(*clients_.at(fd))) clients_.erase(fd);
    });
    clients_.emplace(fd, std::move(client));
}

// Takes what has come and answers each whole line; false when the connection has ended.
bool ControlSocket::serve(Client& client) {
    char bytes[longest_line];
    const auto size = ::read(client.fd.get(), static_cast<char*>(bytes), sizeof bytes);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (size == 0) return false;
    client.received.append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    std::string answers;
    for (std::size_t end = 0; (end = client.received.find('\n')) != std::string::npos;) {
        answers += answer(client.received.substr(0, end));
        client.received.erase(0, end + 1);
    }
    const bool too_long = client.received.size() >= longest_line;
    if (too_long) answers += "error a command has at most " + std::to_string(longest_line) + " bytes\n";
    // A client that does not read its answers, or has gone, is not waited for.
    const auto sent = ::send(client.fd.get(), answers.data(), answers.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(answers.size()) && !too_long;
}

std::string ControlSocket::answer(std::string_view line) const {
    const auto result = handler_(line);
    if (!result) return "error " + result.error().message + "\n";
    return result->empty() ? "ok\n" : "ok " + *result + "\n";
}

}  // namespace hal
