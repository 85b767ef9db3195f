#include "scheduler/http/server.hpp"

#include "scheduler/http/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <set>
#include <utility>

namespace http {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds accept_pause{200};

base::Error listen_error(const Endpoint& endpoint, const error_code& error) {
    const std::string where = endpoint.address + ":" + std::to_string(endpoint.port);
    if (error == boost::asio::error::address_in_use) {
        return {base::Errc::busy, "port " + std::to_string(endpoint.port) + " on " + endpoint.address +
                                      " is in use: another lockhub may be running, or choose another port"};
    }
    if (error == boost::asio::error::access_denied) {
        return {base::Errc::permission_denied,
                where + ": this user may not listen on ports below 1024; choose a higher one"};
    }
    return {base::Errc::unavailable, "cannot listen on " + where + ": " + error.message()};
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
  public:
    Impl(boost::asio::io_context& loop, TlsContext tls, const ServerLimits& limits, Handler handler,
         const base::Log& log)
        : tls_(std::move(tls)),
          context_(std::make_shared<ConnectionContext>(
              ConnectionContext{limits, std::move(handler), &log, {}, error_response})),
          acceptor_(loop),
          pause_(loop) {}

    error_code open(const tcp::endpoint& where) {
        error_code error;
        acceptor_.open(where.protocol(), error);
        if (!error) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error);
        if (!error) acceptor_.bind(where, error);
        if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
        return error;
    }

    void accept() {
        if (accepting_ || stopped_) return;
        accepting_ = true;
        if (connections_.size() >= context_->limits.connections) return wait_for_place();
        acceptor_.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
            self->accepting_ = false;
            self->accepted(error, std::move(socket));
        });
    }

    void serve_web_socket(WebSocketRoute route) { context_->web_socket = std::move(route); }
    void word_refusals(Wording wording) { context_->wording = std::move(wording); }

    void drain(std::function<void()> done) {
        stop_listening();
        drained_ = std::move(done);
        const auto all = connections_;  // drain() may take them out of the set
        for (const auto& connection : all)
            connection->drain();
        report_drained();
    }

    void abort() {
        stop_listening();
        drained_ = nullptr;
        const auto all = connections_;
        for (const auto& connection : all)
            connection->abort();
    }

    [[nodiscard]] std::uint16_t port() const {
        error_code error;
        return acceptor_.local_endpoint(error).port();
    }
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

  private:
    void accepted(const error_code& error, tcp::socket socket) {
        if (stopped_) return;
        if (error) {
            if (error == boost::asio::error::operation_aborted) return;
            // Out of descriptors, mostly: the listening socket stays readable, so pause instead of spinning.
            context_->log->warning("https_accept_failed", {{"reason", error.message()}});
            return pause();
        }
        const auto connection =
            std::make_shared<Connection>(std::move(socket), *tls_, context_,
                                         [weak = weak_from_this()](const std::shared_ptr<Connection>& gone) {
                                             if (const auto self = weak.lock()) self->closed(gone);
                                         });
        connections_.insert(connection);
        connection->start();
        accept();
    }

    void pause() {
        pause_.expires_after(accept_pause);
        pause_.async_wait([self = shared_from_this()](const error_code& stopped) {
            if (!stopped) self->accept();
        });
    }

    // Nobody goes before somebody knocks.
    void wait_for_place() {
        waiting_for_place_ = true;
        acceptor_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const error_code& error) {
            self->waiting_for_place_ = false;
            self->accepting_ = false;
            if (error == boost::asio::error::operation_aborted) return self->accept();  // a place came free
            if (error || !self->make_place()) return self->pause();
            self->accept();
        });
    }

    // Whether one more may come; one that keeps us waiting may have to go for it, first of all one that has
    // never said anything.
    bool make_place() {
        if (connections_.size() < context_->limits.connections) return true;
        const base::SteadyTime latest = base::RealClock().steady_now() - context_->limits.pressed;
        std::shared_ptr<Connection> chosen;
        for (const auto& connection : connections_) {
            const auto since = connection->waits_since();
            if (!since || *since > latest) continue;
            const auto rank = [](const Connection& one) {
                return std::pair(one.was_of_use(), one.waits_since());
            };
            if (!chosen || rank(*connection) < rank(*chosen)) chosen = connection;
        }
        if (chosen) chosen->abort();
        return chosen != nullptr;
    }

    void closed(const std::shared_ptr<Connection>& connection) {
        connections_.erase(connection);
        if (waiting_for_place_) {
            error_code ignored;  // then it is closed already
            acceptor_.cancel(ignored);
        }
        accept();
        report_drained();
    }

    void stop_listening() {
        stopped_ = true;
        pause_.cancel();
        error_code ignored;  // a listening socket that cannot be closed is gone already
        acceptor_.close(ignored);
    }

    void report_drained() {
        if (stopped_ && connections_.empty() && drained_) std::exchange(drained_, nullptr)();
    }

    TlsContext tls_;
    std::shared_ptr<ConnectionContext> context_;
    tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::set<std::shared_ptr<Connection>> connections_;
    std::function<void()> drained_;
    bool accepting_ = false;
    bool waiting_for_place_ = false;
    bool stopped_ = false;
};

base::Result<std::unique_ptr<Server>> Server::listen(boost::asio::io_context& loop, TlsContext tls,
                                                     const Endpoint& endpoint, const ServerLimits& limits,
                                                     Handler handler, const base::Log& log) {
    error_code error;
    const auto address = boost::asio::ip::make_address(endpoint.address, error);
    if (error) {
        return base::Error{base::Errc::invalid_argument,
                           "'" + endpoint.address +
                               "' is no IP address to listen on; 127.0.0.1, 0.0.0.0 or "
                               "an address of this machine is"};
    }
    auto impl = std::make_shared<Impl>(loop, std::move(tls), limits, std::move(handler), log);
    error = impl->open(tcp::endpoint(address, endpoint.port));
    if (error) return listen_error(endpoint, error);
    impl->accept();
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
    impl_->abort();
}

std::uint16_t Server::port() const {
    return impl_->port();
}

std::size_t Server::connections() const {
    return impl_->connections();
}

void Server::serve_web_socket(WebSocketRoute route) {
    impl_->serve_web_socket(std::move(route));
}

void Server::word_refusals(Wording wording) {
    impl_->word_refusals(std::move(wording));
}

void Server::drain(std::function<void()> done) {
    impl_->drain(std::move(done));
}

}  // namespace http
