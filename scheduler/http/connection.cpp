#include "scheduler/http/connection.hpp"

#include "base/http_date.hpp"
#include "scheduler/http/target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <utility>

namespace http {

namespace {

namespace wire = boost::beast::http;
using boost::beast::error_code;

constexpr std::size_t read_ahead = 4096;
constexpr std::chrono::seconds linger_time{2};
constexpr std::chrono::seconds grace_for_408{5};  // the stream's own time-out closes without a word
constexpr std::size_t most_discarded = std::size_t{8} * 1024 * 1024;

std::string describe_peer(const boost::asio::ip::tcp::socket& socket) {
    error_code error;
    const auto end = socket.remote_endpoint(error);
    if (error) return "unknown";
    const std::string address = end.address().to_string();
    return (end.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(end.port());
}

// A header value never breaks out of its line, whatever a handler put there.
std::string one_line(std::string value) {
    std::replace_if(
        value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
        ' ');
    return value;
}

bool has_no_body(int status) {
    return status < 200 || status == 204 || status == 304;
}

}  // namespace

Connection::Connection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls,
                       std::shared_ptr<const ConnectionContext> context, OnClosed on_closed)
    : context_(std::move(context)),
      on_closed_(std::move(on_closed)),
      peer_(describe_peer(socket)),
      stream_(boost::beast::tcp_stream(std::move(socket)), tls),
      buffer_(context_->limits.header_bytes + read_ahead),
      request_timer_(stream_.get_executor()) {}

void Connection::start() {
    error_code ignored;  // without TCP_NODELAY it is slower, not wrong
    tcp().socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    wait_for_peer(State::handshake, context_->limits.handshake);
    stream_.async_handshake(
        boost::asio::ssl::stream_base::server, [self = shared_from_this()](const error_code& error) {
            if (self->state_ == State::closed) return;
            if (error) {
                self->context_->log->debug("tls_handshake_failed",
                                           {{"peer", self->peer_}, {"reason", error.message()}});
                return self->close();
            }
            self->wait_for_request();
        });
}

void Connection::drain() {
    draining_ = true;
    if (state_ == State::idle || state_ == State::handshake) close();
    if (state_ == State::streaming) stream_body_->finish();
}

void Connection::abort() {
    close();
}

std::optional<base::SteadyTime> Connection::waits_since() const {
    const bool waits = state_ == State::handshake || state_ == State::idle || state_ == State::reading;
    return waits ? std::optional(waits_since_) : std::nullopt;
}

void Connection::wait_for_peer(State what, std::chrono::seconds most) {
    state_ = what;
    waits_since_ = base::RealClock().steady_now();
    tcp().expires_after(most);
}

// The time between two requests is long, the time within one is short: the first byte tells them apart.
void Connection::wait_for_request() {
    if (state_ == State::closed) return;
    if (draining_) return shut_down();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(context_->limits.header_bytes));
    parser_->body_limit(context_->limits.body_bytes);
    if (buffer_.size() > 0) return read_header();

    wait_for_peer(State::idle, context_->limits.idle);
    stream_.async_read_some(buffer_.prepare(read_ahead),
                            [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                                if (error) return self->close();
                                self->buffer_.commit(bytes);
                                self->read_header();
                            });
}

// A request that does not end in time is cut off in its reading, so that refuse() can say so.
void Connection::bound_request() {
    timed_out_ = false;
    request_timer_.expires_after(context_->limits.request);
    request_timer_.async_wait([weak = weak_from_this()](const error_code& stopped) {
        const auto self = weak.lock();
        if (stopped || !self || self->state_ != State::reading) return;
        self->timed_out_ = true;
        self->tcp().cancel();
    });
}

void Connection::read_header() {
    if (state_ == State::closed) return;
    wait_for_peer(State::reading, context_->limits.request + grace_for_408);
    bound_request();
    wire::async_read_header(
        stream_, buffer_, *parser_, [self = shared_from_this()](const error_code& error, std::size_t) {
            if (error) return self->refuse(error);
            if (boost::beast::iequals(self->parser_->get()[wire::field::expect], "100-continue")) {
                return self->permit_body();
            }
            self->read_body();
        });
}

void Connection::permit_body() {
    response_.emplace(wire::status::continue_, 11);
    serializer_.emplace(*response_);
    wire::async_write(stream_, *serializer_,
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                          if (error) return self->close();
                          self->read_body();
                      });
}

void Connection::read_body() {
    wire::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const error_code& error, std::size_t) {
                         if (error) return self->refuse(error);
                         self->dispatch();
                     });
}

void Connection::dispatch() {
    if (state_ == State::closed) return;
    state_ = State::handling;
    request_timer_.cancel();
    tcp().expires_never();  // how long a handler may take is the handler's to bound
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    head_ = message.method() == wire::verb::head;

    auto target = parse_target(std::string_view(message.target().data(), message.target().size()));
    if (!target) return write(context_->wording(400, target.error().message), After::shut_down);
    if (context_->web_socket && context_->web_socket->is_at(target->path)) return upgrade(message);

    Request request;
    request.method = std::string(message.method_string());
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    for (const auto& field : message) {
        request.headers.insert_or_assign(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    request.peer = peer_;

    const auto exchange = ++exchange_;
    const auto sink = [weak = weak_from_this(), exchange](Response response) {
        if (const auto self = weak.lock()) return self->respond(exchange, std::move(response));
        if (response.stream) response.stream->close();
    };
    context_->handler(std::move(request), Responder(sink, context_->wording));
}

// Hands the stream over to a WebSocket, or says what is missing for that.
void Connection::upgrade(const WebSocket::Upgrade& request) {
    const WebSocketRoute& route = *context_->web_socket;
    if (auto refusal = route.refusal(request, context_->wording))
        return write(std::move(*refusal), After::shut_down);
    if (buffer_.size() > 0) {
        return write(context_->wording(
                         400, "There are bytes behind the request; a WebSocket begins after the answer."),
                     After::shut_down);
    }
    if (draining_ || !route.has_room()) {
        Response refusal =
            context_->wording(503, "There is no room for one more connection; try again later.");
        refusal.headers["Retry-After"] = "10";
        return write(std::move(refusal), After::shut_down);
    }
    state_ = State::closed;  // for this class: the stream is somebody else's from here on
    const auto socket = std::make_shared<WebSocket>(std::move(stream_), peer_);
    socket->accept(request, route.sub_protocol, route.opened);
    if (on_closed_) std::exchange(on_closed_, nullptr)(shared_from_this());
}

// Answers what the peer did wrong, if it can still be told.
void Connection::refuse(const error_code& error) {
    request_timer_.cancel();
    if (state_ == State::closed) return;
    if (error == wire::error::end_of_stream) return shut_down();
    if (auto refusal = refusal_of(error)) return write(std::move(*refusal), After::linger);
    close();
}

std::optional<Response> Connection::refusal_of(const error_code& error) const {
    if (timed_out_ && error == boost::asio::error::operation_aborted) {
        return context_->wording(408, "The request was not whole after " +
                                          std::to_string(context_->limits.request.count()) +
                                          " s; send it again.");
    }
    if (error == wire::error::header_limit || error == wire::error::buffer_overflow) {
        return context_->wording(431, "The request header is larger than " +
                                          std::to_string(context_->limits.header_bytes) + " bytes.");
    }
    if (error == wire::error::body_limit) {
        return context_->wording(413, "The request body is larger than " +
                                          std::to_string(context_->limits.body_bytes) + " bytes.");
    }
    const bool malformed = error.category() == wire::make_error_code(wire::error::bad_method).category();
    if (malformed && error != wire::error::partial_message) {
        return context_->wording(400, "Malformed HTTP request: " + error.message());
    }
    return std::nullopt;
}

void Connection::respond(std::uint64_t exchange, Response response) {
    if (state_ != State::handling || exchange != exchange_) {
        if (response.stream) response.stream->close();
        return;
    }
    if (response.stream) return stream(std::move(response));
    write(std::move(response), keep_alive_ && !draining_ ? After::next_request : After::shut_down);
}

void Connection::write(Response response, After after) {
    if (state_ == State::closed) return;
    state_ = State::writing;
    response_.emplace(static_cast<wire::status>(response.status), 11);
    response_->set(wire::field::date, base::format_http_date(base::RealClock().system_now()));
    for (auto& [name, value] : response.headers)
        response_->set(name, one_line(std::move(value)));
    response_->keep_alive(after == After::next_request);
    if (!has_no_body(response.status)) {
        response_->content_length(response.body.size());
        if (!head_) response_->body() = std::move(response.body);
    }
    serializer_.emplace(*response_);
    tcp().expires_after(context_->limits.write);
    wire::async_write(stream_, *serializer_,
                      [self = shared_from_this(), after](const error_code& error, std::size_t) {
                          self->serializer_.reset();
                          self->response_.reset();
                          if (error) return self->close();
                          if (after == After::next_request) return self->wait_for_request();
                          if (after == After::linger) return self->linger();
                          self->shut_down();
                      });
}

// The header, without a length: the body ends with the connection.
void Connection::stream(Response response) {
    state_ = State::streaming;
    stream_body_ = std::move(response.stream);
    response_.emplace(static_cast<wire::status>(response.status), 11);
    for (auto& [name, value] : response.headers)
        response_->set(name, one_line(std::move(value)));
    response_->keep_alive(false);
    serializer_.emplace(*response_);
    tcp().expires_after(context_->limits.write);
    wire::async_write_header(stream_, *serializer_,
                             [self = shared_from_this()](const error_code& error, std::size_t) {
                                 self->serializer_.reset();
                                 self->response_.reset();
                                 if (self->state_ == State::closed) return;
                                 if (error) return self->close();
                                 self->tcp().expires_never();
                                 self->stream_body_->open([weak = self->weak_from_this()] {
                                     if (const auto open = weak.lock()) open->stream_on();
                                 });
                                 if (self->draining_) self->stream_body_->finish();
                                 self->watch_peer();
                                 self->stream_on();
                             });
}

void Connection::stream_on() {
    if (state_ != State::streaming || !chunk_.empty()) return;
    chunk_ = stream_body_->take();
    if (chunk_.empty()) {
        if (stream_body_->finished()) {
            state_ = State::closing;
            stream_body_->close();
            tcp().cancel();  // watch_peer() goes on
        }
        return;
    }
    tcp().expires_after(context_->limits.write);
    boost::asio::async_write(stream_, boost::asio::buffer(chunk_),
                             [self = shared_from_this()](const error_code& error, std::size_t) {
                                 if (self->state_ != State::streaming) return;
                                 if (error) return self->close();
                                 self->tcp().expires_never();
                                 self->chunk_.clear();
                                 self->stream_body_->left();
                                 self->stream_on();
                             });
}

// Nothing is expected from a peer that listens; what it sends is thrown away until it closes.
void Connection::watch_peer() {
    if (state_ != State::streaming) return;
    buffer_.consume(buffer_.size());
    stream_.async_read_some(buffer_.prepare(read_ahead),
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                                if (self->state_ == State::closing) return self->shut_down();
                                if (error) return self->close();
                                self->watch_peer();
                            });
}

// A peer that is still sending when the connection closes gets a reset, and may lose the answer that says
// why. So what it sends is read for a while, and thrown away.
void Connection::linger() {
    if (state_ == State::closed) return;
    if (state_ != State::closing) {
        state_ = State::closing;
        error_code ignored;  // then it is closed already
        tcp().socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
        tcp().expires_after(linger_time);
    }
    buffer_.consume(buffer_.size());
    stream_.async_read_some(buffer_.prepare(read_ahead),
                            [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                                self->discarded_ += bytes;
                                if (error || self->discarded_ > most_discarded) return self->close();
                                self->linger();
                            });
}

void Connection::shut_down() {
    if (state_ == State::closed) return;
    state_ = State::closing;
    tcp().expires_after(context_->limits.handshake);
    stream_.async_shutdown([self = shared_from_this()](const error_code&) { self->close(); });
}

void Connection::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    request_timer_.cancel();
    if (stream_body_) stream_body_->close();
    tcp().close();
    if (on_closed_) std::exchange(on_closed_, nullptr)(shared_from_this());
}

}  // namespace http
