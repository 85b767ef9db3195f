#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "scheduler/http/responder.hpp"
#include "scheduler/http/server.hpp"
#include "scheduler/http/web_socket.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace http {

// What all connections of a server share. `log` outlives the server.
struct ConnectionContext {
    ServerLimits limits;
    Handler handler;
    const base::Log* log = nullptr;
    std::optional<WebSocketRoute> web_socket = std::nullopt;
    Wording wording = error_response;
};

// One TLS connection: handshake, then request after request until one side has had enough. Every step ends in
// exactly one next step, so there is never more than one operation under way; but a response that is a stream
// is written while the peer's end is watched. A WebSocket takes the connection over for good, in upgrade().
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    using OnClosed = std::function<void(const std::shared_ptr<Connection>&)>;

    Connection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls,
               std::shared_ptr<const ConnectionContext> context, OnClosed on_closed);

    void start();
    // Closes now, or after the answer that is due.
    void drain();
    // Closes whatever is going on.
    void abort();

    // Since when the connection has been waiting for its peer: for the handshake, for a request, or for the
    // rest of one. Nothing while it is the peer that waits.
    [[nodiscard]] std::optional<base::SteadyTime> waits_since() const;
    // Whether a whole request has ever come over it.
    [[nodiscard]] bool was_of_use() const { return exchange_ > 0; }

  private:
    using Stream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
    using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
    enum class State { handshake, idle, reading, handling, writing, streaming, closing, closed };

    void wait_for_peer(State what, std::chrono::seconds most);
    void bound_request();
    void wait_for_request();
    void read_header();
    void read_body();
    void permit_body();
    void dispatch();
    void upgrade(const WebSocket::Upgrade& request);
    void refuse(const boost::beast::error_code& error);
    [[nodiscard]] std::optional<Response> refusal_of(const boost::beast::error_code& error) const;
    void respond(std::uint64_t exchange, Response response);
    enum class After { next_request, shut_down, linger };
    void write(Response response, After after);
    void stream(Response response);
    void stream_on();
    void watch_peer();
    void linger();
    void shut_down();
    void close();

    [[nodiscard]] boost::beast::tcp_stream& tcp() { return boost::beast::get_lowest_layer(stream_); }

    std::shared_ptr<const ConnectionContext> context_;
    OnClosed on_closed_;
    std::string peer_;
    Stream stream_;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    std::optional<WireResponse> response_;
    std::optional<boost::beast::http::response_serializer<boost::beast::http::string_body>> serializer_;
    std::shared_ptr<StreamBody> stream_body_;
    std::string chunk_;  // of it, on its way
    State state_ = State::handshake;
    base::SteadyTime waits_since_;
    boost::asio::steady_timer request_timer_;  // from the first byte of a request to its last
    std::size_t discarded_ = 0;                // while lingering
    std::uint64_t exchange_ = 0;               // counts requests: a late answer does not meet the next one
    bool timed_out_ = false;                   // that it fired
    bool keep_alive_ = false;
    bool head_ = false;
    bool draining_ = false;
};

}  // namespace http
