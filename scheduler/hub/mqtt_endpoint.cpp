#include "scheduler/hub/mqtt_endpoint.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace hub {

namespace {

// A reconnect storm must not lose its SYNs, nor keep the loop from those who are already here.
constexpr int listen_backlog = 4096;
constexpr int accepts_in_a_row = 64;
// Out of descriptors or memory: others may give some back meanwhile.
constexpr std::chrono::milliseconds pause_after_failure{100};

base::Error listen_error(const boost::system::error_code& error, const std::string& where) {
    if (error == boost::asio::error::address_in_use) {
        return {base::Errc::busy,
                where + " is in use by another program; stop it or choose another --mqtt-port"};
    }
    if (error == boost::asio::error::access_denied) {
        return {base::Errc::permission_denied,
                where + " may not be opened by this user; choose a --mqtt-port above 1023"};
    }
    return {base::Errc::unavailable,
            where + " cannot be opened (" + error.message() + "); --listen takes an address of this machine"};
}

std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
           std::to_string(endpoint.port());
}

}  // namespace

base::Result<std::unique_ptr<MqttEndpoint>> MqttEndpoint::listen(
    boost::asio::io_context& loop, http::TlsContext tls, const std::string& address, std::uint16_t port,
    const MqttEndpointLimits& limits, const MqttSession::Services& services, const base::Clock& clock,
    Turn& turn, const base::Log& log) {
    boost::system::error_code error;
    const auto ip = boost::asio::ip::make_address(address, error);
    if (error) {
        return base::Error{base::Errc::invalid_argument,
                           "'" + address + "' is no IP address; --listen takes one, for example 0.0.0.0"};
    }
    const Tcp::endpoint endpoint(ip, port);
    Tcp::acceptor acceptor(loop);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(listen_backlog, error);
    if (!error) acceptor.non_blocking(true, error);
    if (error) {
        return listen_error(error, "MQTT address " + text_of(endpoint));
    }
    std::unique_ptr<MqttEndpoint> made(
        new MqttEndpoint(loop, std::move(tls), std::move(acceptor), limits, services, clock, turn, log));
    made->wait_to_accept();
    return made;
}

MqttEndpoint::MqttEndpoint(boost::asio::io_context& loop, http::TlsContext tls, Tcp::acceptor acceptor,
                           const MqttEndpointLimits& limits, const MqttSession::Services& services,
                           const base::Clock& clock, Turn& turn, const base::Log& log)
    : tls_(std::move(tls)),
      acceptor_(std::move(acceptor)),
      limits_(limits),
      services_(services),
      clock_(clock),
      turn_(turn),
      log_(log),
      timer_(loop),
      accept_pause_(loop) {}

MqttEndpoint::~MqttEndpoint() {
    stop();
}

void MqttEndpoint::stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    accept_pause_.cancel();
    const auto connections = std::move(connections_);
    connections_.clear();
    for (const auto& [key, connection] : connections) {
        connection->stop();
    }
    to_flush_.clear();
}

std::uint16_t MqttEndpoint::port() const {
    boost::system::error_code error;
    const Tcp::endpoint endpoint = acceptor_.local_endpoint(error);
    return error ? std::uint16_t{0} : endpoint.port();
}

void MqttEndpoint::wait_to_accept() {
    if (accepting_ || !acceptor_.is_open() || connections_.size() >= limits_.connections) {
        return;  // gone() asks again when there is a place
    }
    accepting_ = true;
    acceptor_.async_wait(Tcp::acceptor::wait_read, [this](const boost::system::error_code& error) {
        if (error == boost::asio::error::operation_aborted) {
            return;
        }
        accepting_ = false;
        accept_waiting();
    });
}

void MqttEndpoint::accept_waiting() {
    for (int i = 0; i < accepts_in_a_row && connections_.size() < limits_.connections; ++i) {
        boost::system::error_code error;
        Tcp::socket socket = acceptor_.accept(error);
        if (error == boost::asio::error::would_block || error == boost::asio::error::try_again) {
            break;
        }
        if (error == boost::asio::error::connection_aborted || error == boost::asio::error::interrupted) {
            continue;
        }
        if (error) {
            log_.error("mqtt_accept_failed", {{"reason", error.message()}});
            accepting_ = true;  // until the pause is over
            accept_pause_.expires_after(pause_after_failure);
            accept_pause_.async_wait([this](const boost::system::error_code& cancelled) {
                if (!cancelled) {
                    accepting_ = false;
                    wait_to_accept();
                }
            });
            return;
        }
        begin(std::move(socket));
    }
    wait_to_accept();
}

void MqttEndpoint::begin(Tcp::socket socket) {
    boost::system::error_code error;
    const Tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) {
        return;  // gone before it came
    }
    auto tls = TlsSocket::accept(std::move(socket), *http::native_context(tls_));
    if (!tls) {
        log_.warning("mqtt_accept_failed", {{"peer", text_of(peer)}, {"reason", tls.error().message}});
        return;
    }
    auto connection = std::make_shared<MqttConnection>(*this, std::move(*tls), text_of(peer));
    connections_.emplace(connection.get(), connection);
    connection->start();
}

void MqttEndpoint::wants_flush(MqttConnection& connection) {
    to_flush_.push_back(connection.shared_from_this());
    turn_.touched();
}

bool MqttEndpoint::flush() {
    // What a connection that closes sets off belongs to the next turn.
    const auto connections = std::move(to_flush_);
    to_flush_.clear();
    for (const auto& connection : connections) {
        connection->flush();
    }
    return !to_flush_.empty();
}

void MqttEndpoint::look_at(MqttConnection& connection, base::SteadyTime due) {
    deadlines_.at(&connection, due);
    plan();
}

void MqttEndpoint::gone(MqttConnection& connection) {
    deadlines_.forget(&connection);
    connections_.erase(&connection);
    wait_to_accept();
}

void MqttEndpoint::plan() {
    const std::optional<base::SteadyTime> next = deadlines_.next();
    if (!next || (planned_ && *planned_ <= *next)) {
        return;
    }
    planned_ = next;
    timer_.expires_at(*next);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            planned_.reset();
            look_at_due();
        }
    });
}

void MqttEndpoint::look_at_due() {
    const base::SteadyTime time = now();
    for (MqttConnection* connection : deadlines_.take_due(time)) {
        // Looking at one connection may close another.
        const auto found = connections_.find(connection);
        if (found != connections_.end()) {
            const std::shared_ptr<MqttConnection> keep = found->second;
            keep->look(time);
        }
    }
    plan();
}

}  // namespace hub
