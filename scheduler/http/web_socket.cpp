#include "scheduler/http/web_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <utility>

namespace http {

namespace {

namespace websocket = boost::beast::websocket;
using boost::beast::error_code;

base::Error why(const error_code& error) {
    if (error == websocket::error::message_too_big) {
        return {base::Errc::too_large,
                "a WebSocket message of more than " + std::to_string(WebSocket::most_message) + " bytes"};
    }
    if (error == websocket::error::closed ||
        error.category() != error_code(websocket::error::closed).category()) {
        return {base::Errc::unavailable, "the device closed the connection"};
    }
    return {base::Errc::invalid_argument, "a breach of the WebSocket protocol: " + error.message()};
}

}  // namespace

WebSocket::WebSocket(Stream stream, std::string peer) : socket_(std::move(stream)), peer_(std::move(peer)) {
    boost::beast::get_lowest_layer(socket_).expires_never();  // the WebSocket has times of its own
    websocket::stream_base::timeout times{};
    times.handshake_timeout = handshake;
    times.idle_timeout = websocket::stream_base::none();  // what is carried knows how long silence may be
    times.keep_alive_pings = false;
    socket_.set_option(times);
    socket_.read_message_max(most_message);
    socket_.auto_fragment(false);
    socket_.binary(true);
}

void WebSocket::accept(const Upgrade& request, const std::string& sub_protocol,
                       std::function<void(std::shared_ptr<WebSocket>)> opened) {
    socket_.set_option(websocket::stream_base::decorator([sub_protocol](websocket::response_type& response) {
        response.set(boost::beast::http::field::sec_websocket_protocol, sub_protocol);
    }));
    // Who was refused by then has been told why; all that is left is a peer that has gone.
    socket_.async_accept(request,
                         [self = shared_from_this(), opened = std::move(opened)](const error_code& error) {
                             if (!error) opened(self);
                         });
}

void WebSocket::read(std::function<void(const base::Result<std::string_view>&)> done) {
    socket_.async_read_some(boost::asio::buffer(input_), [self = shared_from_this(), done = std::move(done)](
                                                             const error_code& error, std::size_t bytes) {
        if (self->closed_) return;
        if (error) return done(why(error));
        if (!self->socket_.got_binary()) {
            self->reason_ = websocket::close_code::unknown_data;
            return done(base::Error{base::Errc::invalid_argument,
                                    "a WebSocket message of text; MQTT travels in binary ones"});
        }
        if (bytes == 0) return self->read(done);  // an empty frame
        done(std::string_view(self->input_.data(), bytes));
    });
}

void WebSocket::write(std::string_view bytes, std::function<void(bool)> done) {
    socket_.async_write(
        boost::asio::buffer(bytes.data(), bytes.size()),
        [self = shared_from_this(), done = std::move(done)](const error_code& error, std::size_t) {
            if (!self->closed_) done(!error);
        });
}

void WebSocket::close() {
    if (closed_) return;
    closed_ = true;
    if (!socket_.is_open()) {
        boost::beast::get_lowest_layer(socket_).close();
        return;
    }
    socket_.async_close(reason_, [self = shared_from_this()](const error_code&) {
        boost::beast::get_lowest_layer(self->socket_).close();
    });
}

std::optional<Response> WebSocketRoute::refusal(const WebSocket::Upgrade& request,
                                                const Wording& wording) const {
    using boost::beast::http::field;
    if (request.method() != boost::beast::http::verb::get) {
        Response refusal = wording(405, "A WebSocket is asked for with GET.");
        refusal.headers["Allow"] = "GET";
        return refusal;
    }
    if (!websocket::is_upgrade(request) || request[field::sec_websocket_version] != "13" ||
        request[field::sec_websocket_key].empty()) {
        Response refusal =
            wording(426,
                    "This path is for WebSockets of version 13 (RFC 6455): the headers Connection, "
                    "Upgrade, Sec-WebSocket-Version and Sec-WebSocket-Key must say so.");
        refusal.headers["Upgrade"] = "websocket";
        refusal.headers["Sec-WebSocket-Version"] = "13";
        return refusal;
    }
    if (!boost::beast::http::token_list(request[field::sec_websocket_protocol]).exists(sub_protocol)) {
        return wording(400, "The header Sec-WebSocket-Protocol must offer '" + sub_protocol + "'.");
    }
    return std::nullopt;
}

}  // namespace http
