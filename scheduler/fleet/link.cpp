#include "scheduler/fleet/link.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace fleet {

namespace {

using base::Errc;
using base::Error;
using base::Result;

Error ended(const std::string& why) {
    return {Errc::io, "the connection ended: " + why};
}

bool is_temporary(int code) {
    return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

}  // namespace

Result<std::unique_ptr<Link>> Link::begin(const Endpoint& endpoint, std::size_t index, const Tls* tls,
                                          const TlsTicket& ticket, TlsTicket* keep) {
    const auto socket = begin_connection(endpoint, index);
    if (!socket) return socket.error();
    std::unique_ptr<Link> link(new Link(*socket, tls));
    link->ticket_ = &ticket;
    link->keep_ = keep;
    return link;
}

Link::~Link() {
    connection_.reset();
    close(socket_);
}

Result<void> Link::advance() {
    if (stage_ == Stage::tcp) {
        if (auto connected = connection_error(socket_); !connected) return connected;
        wants_write_ = false;
        if (tls_ == nullptr) {
            stage_ = Stage::open;
            return {};
        }
        auto connection = tls_->begin(socket_, *ticket_, keep_);
        if (!connection) return connection.error();
        connection_ = std::move(*connection);
        stage_ = Stage::tls;
    }
    if (stage_ == Stage::open) return {};
    ERR_clear_error();
    const int code = SSL_do_handshake(connection_.get());
    if (code == 1) {
        wants_write_ = false;
        stage_ = Stage::open;
        return {};
    }
    const auto final = failed(code);
    if (final) return {};
    return Error{Errc::unauthorized, "no TLS connection to the hub: " + final.error().message};
}

Result<bool> Link::failed(int code) {
    const int cause = errno;
    switch (SSL_get_error(connection_.get(), code)) {
        case SSL_ERROR_WANT_READ:
            wants_write_ = false;
            return false;
        case SSL_ERROR_WANT_WRITE:
            wants_write_ = true;
            return false;
        case SSL_ERROR_ZERO_RETURN:
            return ended("the hub closed it");
        case SSL_ERROR_SYSCALL:
            return ended(cause == 0 ? "the hub closed it" : std::strerror(cause));
        default:
            return ended(tls_error_text(*connection_));
    }
}

Result<std::size_t> Link::read(std::span<char> into) {
    if (!connection_) {
        const ssize_t got = recv(socket_, into.data(), into.size(), 0);
        if (got > 0) return static_cast<std::size_t>(got);
        if (got == 0) return ended("the hub closed it");
        if (is_temporary(errno)) return std::size_t{0};
        return ended(std::strerror(errno));
    }
    ERR_clear_error();
    std::size_t got = 0;
    const int code = SSL_read_ex(connection_.get(), into.data(), into.size(), &got);
    if (code == 1) return got;
    const auto final = failed(code);
    if (!final) return final.error();
    return std::size_t{0};
}

Result<std::size_t> Link::write(std::string_view bytes) {
    wants_write_ = false;
    if (!connection_) {
        const ssize_t put = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put >= 0) return static_cast<std::size_t>(put);
        if (!is_temporary(errno)) return ended(std::strerror(errno));
        wants_write_ = true;
        return std::size_t{0};
    }
    ERR_clear_error();
    std::size_t put = 0;
    const int code = SSL_write_ex(connection_.get(), bytes.data(), bytes.size(), &put);
    if (code == 1) return put;
    const auto final = failed(code);
    if (!final) return final.error();
    return std::size_t{0};
}

void Link::say_goodbye() {
    if (!connection_ || stage_ != Stage::open) return;
    ERR_clear_error();
    (void)SSL_shutdown(connection_.get());  // the answer is not waited for
}

bool Link::was_resumed() const {
    return connection_ && SSL_session_reused(connection_.get()) == 1;
}

}  // namespace fleet
