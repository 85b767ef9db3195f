#include "tls_device.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace hub {

namespace {

template <typename T, void (*free_it)(T*)>
struct Free {
    void operator()(T* thing) const { free_it(thing); }
};

std::string text_of(SSL_SESSION* session) {
    const int size = i2d_SSL_SESSION(session, nullptr);
    std::string bytes(static_cast<std::size_t>(size > 0 ? size : 0), '\0');
    auto* at = reinterpret_cast<unsigned char*>(bytes.data());  // OpenSSL's idea of bytes
    i2d_SSL_SESSION(session, &at);
    return bytes;
}

}  // namespace

class TlsDevice::Impl {
  public:
    Impl(const std::string& ca_file, std::uint16_t port, const std::string& ticket) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set1_host(ssl_.get(), "localhost");
        SSL_set_tlsext_host_name(ssl_.get(), "localhost");
        if (!ticket.empty()) {
            const auto* at = reinterpret_cast<const unsigned char*>(ticket.data());  // as above
            const std::unique_ptr<SSL_SESSION, Free<SSL_SESSION, SSL_SESSION_free>> session(
                d2i_SSL_SESSION(nullptr, &at, static_cast<long>(ticket.size())));
            SSL_set_session(ssl_.get(), session.get());
        }
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval patience{.tv_sec = 5, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        SSL_set_fd(ssl_.get(), socket_);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     SSL_connect(ssl_.get()) == 1;
        ERR_clear_error();
    }
    ~Impl() {
        if (connected_) SSL_shutdown(ssl_.get());
        if (socket_ >= 0) ::close(socket_);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    bool write(std::string_view bytes) {
        return connected_ && SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
                                 static_cast<int>(bytes.size());
    }

    std::optional<protocol::Packet> receive(std::chrono::milliseconds patience) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (true) {
            auto packet = decoder_.next();
            if (!packet) return std::nullopt;
            if (*packet) return std::move(**packet);
            if (!read_some(end)) return std::nullopt;
        }
    }

    // Reads until the peer closes.
    bool closed(std::chrono::milliseconds patience) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!closed_ && read_some(end)) {
        }
        return closed_;
    }

    SSL* ssl() { return ssl_.get(); }
    [[nodiscard]] bool connected() const { return connected_; }

  private:
    bool read_some(std::chrono::steady_clock::time_point end) {
        if (SSL_pending(ssl_.get()) == 0) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
            pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
            if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) != 1) return false;
        }
        std::array<char, 16384> bytes{};
        const int count = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
        if (count <= 0) {
            ERR_clear_error();
            closed_ = true;
            return false;
        }
        decoder_.feed(std::string_view(bytes.data(), static_cast<std::size_t>(count)));
        return true;
    }

    std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>> context_;
    std::unique_ptr<SSL, Free<SSL, SSL_free>> ssl_;
    protocol::Decoder decoder_{std::size_t{1024} * 1024};
    int socket_ = -1;
    bool connected_ = false;
    bool closed_ = false;
};

TlsDevice::TlsDevice(const std::string& ca_file, std::uint16_t port, const std::string& ticket)
    : impl_(std::make_unique<Impl>(ca_file, port, ticket)) {}

TlsDevice::~TlsDevice() = default;

bool TlsDevice::connected() const {
    return impl_->connected();
}

bool TlsDevice::resumed() const {
    return SSL_session_reused(impl_->ssl()) == 1;
}

std::string TlsDevice::ticket() const {
    SSL_SESSION* session = SSL_get0_session(impl_->ssl());
    return session == nullptr ? std::string() : text_of(session);
}

bool TlsDevice::send(const protocol::Packet& packet) {
    return impl_->write(protocol::encode(packet));
}

bool TlsDevice::send_bytes(std::string_view bytes) {
    return impl_->write(bytes);
}

std::optional<protocol::Packet> TlsDevice::receive(std::chrono::milliseconds patience) {
    return impl_->receive(patience);
}

bool TlsDevice::closed_by_hub(std::chrono::milliseconds patience) {
    return impl_->closed(patience);
}

}  // namespace hub
