#include "scheduler/http/client.hpp"

#include "scheduler/http/peer_check.hpp"
#include "scheduler/http/target.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <optional>
#include <utility>

namespace http {

namespace {

namespace wire = boost::beast::http;
namespace asio = boost::asio;
using boost::beast::error_code;
using Stream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
using Instant = std::chrono::steady_clock::time_point;

}  // namespace

class Client::Impl {
  public:
    Impl(ClientOptions options, TlsContext tls)
        : options_(std::move(options)),
          tls_(std::move(tls)),
          where_(options_.host + ":" + std::to_string(options_.port)) {}

    base::Result<Response> send(const Request& request, std::chrono::milliseconds timeout) {
        if (!stream_ || is_stale()) {
            auto connected = connect();
            if (!connected) {
                stream_.reset();
                return std::move(connected).error();
            }
        }
        auto response = exchange(request, timeout);
        if (!response) stream_.reset();
        return response;
    }

    base::Result<Response> listen(const Request& request, const Listener& listener) {
        stream_.reset();  // a connection of its own, which ends with it
        auto connected = connect();
        auto response =
            connected ? follow(request, listener) : base::Result<Response>(std::move(connected).error());
        stream_.reset();
        return response;
    }

  private:
    // Between two requests a server has nothing to say; what can be read now is its goodbye.
    bool is_stale() { return peer_closed(boost::beast::get_lowest_layer(*stream_).socket().native_handle()); }

    base::Result<void> connect() {
        const Instant deadline = std::chrono::steady_clock::now() + options_.connect_timeout;
        auto addresses = resolve(deadline);
        if (!addresses) return std::move(addresses).error();

        stream_.emplace(loop_, *tls_);
        buffer_.clear();
        auto& tcp = boost::beast::get_lowest_layer(*stream_);
        std::optional<error_code> error;
        tcp.expires_at(deadline);
        tcp.async_connect(*addresses,
                          [&error](const error_code& e, const asio::ip::tcp::endpoint&) { error = e; });
        run();
        if (*error) return connect_error(*error);
        error_code ignored;  // without TCP_NODELAY it is slower, not wrong
        tcp.socket().set_option(asio::ip::tcp::no_delay(true), ignored);

        PeerCheck check(stream_->native_handle(), options_.host);
        stream_->set_verify_callback([&check](bool ok, asio::ssl::verify_context& chain) {
            return check.verify(ok, chain.native_handle());
        });
        error.reset();
        stream_->async_handshake(asio::ssl::stream_base::client,
                                 [&error](const error_code& e) { error = e; });
        run();
        stream_->set_verify_callback([](bool ok, asio::ssl::verify_context&) { return ok; });
        if (!*error) return {};
        if (const auto reason = check.failure())
            return base::Error{base::Errc::unauthorized, where_ + ": " + *reason};
        if (*error == boost::beast::error::timeout) return connect_error(*error);
        return base::Error{base::Errc::unavailable, where_ + ": no TLS connection (" + error->message() +
                                                        "): is this the HTTPS port?"};
    }

    base::Result<asio::ip::tcp::resolver::results_type> resolve(Instant deadline) {
        asio::ip::tcp::resolver resolver(loop_);
        std::optional<error_code> error;
        asio::ip::tcp::resolver::results_type found;
        resolver.async_resolve(options_.host, std::to_string(options_.port),
                               [&](const error_code& e, asio::ip::tcp::resolver::results_type results) {
                                   error = e;
                                   found = std::move(results);
                               });
        loop_.restart();
        loop_.run_until(deadline);
        if (!error) {
            resolver.cancel();
            run();  // getaddrinfo cannot be interrupted, only waited for
            return connect_error(boost::beast::error::timeout);
        }
        if (*error) {
            return base::Error{base::Errc::unavailable, "the host name '" + options_.host +
                                                            "' cannot be resolved (" + error->message() +
                                                            "): check HostName in the connection string"};
        }
        return found;
    }

    base::Error connect_error(const error_code& error) const {
        if (error == boost::beast::error::timeout) {
            return {base::Errc::timeout, where_ + ": no connection within " +
                                             std::to_string(options_.connect_timeout.count()) +
                                             " ms: is the host up, and the port open in its firewall?"};
        }
        if (error == asio::error::connection_refused) {
            return {base::Errc::unavailable,
                    where_ + ": connection refused, nothing listens there: is lockhub running?"};
        }
        return {base::Errc::unavailable, where_ + ": cannot connect: " + error.message()};
    }

    base::Result<Response> exchange(const Request& request, std::chrono::milliseconds timeout) {
        const auto message = to_wire(request);

        wire::response_parser<wire::string_body> parser;
        parser.body_limit(options_.response_bytes);
        parser.skip(request.method == "HEAD");
        std::optional<error_code> error;
        boost::beast::get_lowest_layer(*stream_).expires_after(timeout);
        wire::async_write(*stream_, message, [&error](const error_code& e, std::size_t) { error = e; });
        run();
        // A server that refuses early answers before it has read everything: the answer is still worth
        // reading.
        if (!*error || *error != boost::beast::error::timeout) {
            const error_code write_error = *error;
            error.reset();
            wire::async_read(*stream_, buffer_, parser,
                             [&error](const error_code& e, std::size_t) { error = e; });
            run();
            if (*error && write_error) error = write_error;
        }
        if (*error) return exchange_error(*error, timeout);

        if (!parser.keep_alive()) stream_.reset();
        answered_ = true;
        return to_response(parser.release());
    }

    base::Result<Response> follow(const Request& request, const Listener& listener) {
        const auto message = to_wire(request);
        std::optional<error_code> error;
        boost::beast::get_lowest_layer(*stream_).expires_after(listener.silence);
        wire::async_write(*stream_, message, [&error](const error_code& e, std::size_t) { error = e; });
        run();
        if (*error) return exchange_error(*error, listener.silence);

        wire::response_parser<wire::string_body> parser;
        parser.body_limit(boost::none);
        while (!parser.is_done()) {
            boost::beast::get_lowest_layer(*stream_).expires_after(listener.silence);
            error.reset();
            wire::async_read_some(*stream_, buffer_, parser,
                                  [&error](const error_code& e, std::size_t) { error = e; });
            if (!run_while(error, listener.more)) break;
            if (*error) return exchange_error(*error, listener.silence);
            if (!parser.is_header_done()) continue;
            std::string& body = parser.get().body();
            if (parser.get().result_int() / 100 == 2) {
                if (!body.empty()) listener.take(std::exchange(body, {}));
            } else if (body.size() > options_.response_bytes) {
                return exchange_error(wire::error::body_limit, listener.silence);
            }
        }
        return to_response(parser.release());
    }

    // Runs until the operation has ended; false if `more` did not want that, and it was cut off.
    bool run_while(const std::optional<error_code>& ended, const std::function<bool()>& more) {
        constexpr std::chrono::milliseconds look{200};
        loop_.restart();
        while (!ended) {
            loop_.run_for(look);
            if (ended || more()) continue;
            boost::beast::get_lowest_layer(*stream_).cancel();
            run();
            return false;
        }
        return true;
    }

    wire::request<wire::string_body> to_wire(const Request& request) const {
        wire::request<wire::string_body> message;
        message.method_string(request.method);
        message.target(format_target(request.path, request.query));
        message.version(11);
        for (const auto& [name, value] : request.headers)
            message.set(name, value);
        const bool standard_port = options_.port == 443;
        message.set(wire::field::host, standard_port ? options_.host : where_);
        message.body() = request.body;
        if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
            message.content_length(request.body.size());
        }
        return message;
    }

    static Response to_response(wire::response<wire::string_body> message) {
        Response response;
        response.status = static_cast<int>(message.result_int());
        for (const auto& field : message) {
            response.headers.insert_or_assign(std::string(field.name_string()), std::string(field.value()));
        }
        response.body = std::move(message.body());
        return response;
    }

    base::Error exchange_error(const error_code& error, std::chrono::milliseconds timeout) const {
        if (error == boost::beast::error::timeout) {
            return {base::Errc::timeout,
                    where_ + ": no answer within " + std::to_string(timeout.count()) + " ms"};
        }
        if (error == wire::error::body_limit) {
            return {base::Errc::too_large, where_ + ": the answer is larger than " +
                                               std::to_string(options_.response_bytes) + " bytes"};
        }
        return {base::Errc::io, where_ + ": the connection broke off before the answer was there (" +
                                    error.message() + ")" + (answered_ ? "" : ": is this the HTTPS port?")};
    }

    void run() {
        loop_.restart();
        loop_.run();
    }

    ClientOptions options_;
    TlsContext tls_;
    std::string where_;
    asio::io_context loop_{1};
    std::optional<Stream> stream_;
    bool answered_ = false;  // it has, at least once
    boost::beast::flat_buffer buffer_;
};

Client::Client(ClientOptions options, TlsContext tls)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(tls))) {}

Client::~Client() = default;

base::Result<Response> Client::listen(const Request& request, const Listener& listener) {
    return impl_->listen(request, listener);
}

base::Result<Response> Client::send(const Request& request, std::chrono::milliseconds timeout) {
    return impl_->send(request, timeout);
}

}  // namespace http
