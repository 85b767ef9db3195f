#include "scheduler/hub/tls_socket.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

namespace hub {

void TlsSocket::Free::operator()(ssl_st* ssl) const {
    SSL_free(ssl);
}

TlsSocket::TlsSocket(boost::asio::ip::tcp::socket socket, std::unique_ptr<ssl_st, Free> ssl)
    : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

base::Result<TlsSocket> TlsSocket::accept(boost::asio::ip::tcp::socket socket, ssl_ctx_st& context) {
    boost::system::error_code error;
    socket.non_blocking(true, error);
    if (!error) {
        socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
    }
    if (error) {
        return base::Error{base::Errc::unavailable,
                           "the connection ended as it was accepted: " + error.message()};
    }
    std::unique_ptr<ssl_st, Free> ssl(SSL_new(&context));
    if (!ssl || SSL_set_fd(ssl.get(), socket.native_handle()) != 1) {
        ERR_clear_error();
        return base::Error{base::Errc::internal,
                           "OpenSSL could not set up a connection; memory may be short"};
    }
    // Idle connections are the rule here: their record buffers go back to the heap between messages.
    SSL_set_mode(ssl.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_accept_state(ssl.get());
    return TlsSocket(std::move(socket), std::move(ssl));
}

TlsSocket::Io TlsSocket::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    const Io state = result == 1 ? Io::done : state_after(result);
    healthy_ = healthy_ && state != Io::failed;
    return state;
}

TlsSocket::Transfer TlsSocket::read(std::span<char> into) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    const Io state = result == 1 ? Io::done : state_after(result);
    healthy_ = healthy_ && state != Io::failed;
    return {state, bytes};
}

TlsSocket::Transfer TlsSocket::write(std::string_view bytes) {
    ERR_clear_error();
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    const Io state = result == 1 ? Io::done : state_after(result);
    healthy_ = healthy_ && state != Io::failed;
    return {state, written};
}

TlsSocket::Io TlsSocket::state_after(int result) const {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return Io::want_read;
        case SSL_ERROR_WANT_WRITE:
            return Io::want_write;
        case SSL_ERROR_ZERO_RETURN:
            return Io::ended;
        default:
            return Io::failed;
    }
}

void TlsSocket::close() {
    if (!socket_.is_open()) {
        return;
    }
    if (healthy_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        (void)SSL_shutdown(ssl_.get());  // best effort: the peer may be gone, and nobody waits for its answer
        ERR_clear_error();
    }
    boost::system::error_code ignored;  // closing a socket that the peer has reset is no failure of ours
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

}  // namespace hub
