#include "scheduler/hub/mqtt_listener.hpp"

#include "scheduler/hub/mqtt_connection.hpp"

#include <boost/asio/ip/address.hpp>

#include <utility>

namespace hub {

namespace {

// A reconnect storm must not lose its SYNs, nor keep the loop from those who are already here.
constexpr int listen_backlog = 4096;
constexpr int accepts_in_a_row = 64;
// Out of descriptors, memory or places: others may give some back meanwhile.
constexpr std::chrono::milliseconds pause_time{100};

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

base::Result<std::unique_ptr<MqttListener>> MqttListener::listen(
    boost::asio::io_context& loop, http::TlsContext tls, const std::string& address, std::uint16_t port,
    const Limits& limits, Owner owner, const base::Clock& clock, const base::Log& log) {
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
    std::unique_ptr<MqttListener> made(
        new MqttListener(loop, std::move(tls), std::move(acceptor), limits, std::move(owner), clock, log));
    made->wait_to_accept();
    return made;
}

MqttListener::MqttListener(boost::asio::io_context& loop, http::TlsContext tls, Tcp::acceptor acceptor,
                           const Limits& limits, Owner owner, const base::Clock& clock, const base::Log& log)
    : tls_(std::move(tls)),
      acceptor_(std::move(acceptor)),
      limits_(limits),
      owner_(std::move(owner)),
      clock_(clock),
      log_(log),
      pool_(loop, HandshakePool::usual_threads()),
      pause_(loop) {}

MqttListener::~MqttListener() {
    stop();
}

void MqttListener::stop() {
    boost::system::error_code ignored;  // a listening socket that cannot be closed is gone already
    acceptor_.close(ignored);
    pause_.cancel();
    pool_.stop();
}

std::uint16_t MqttListener::port() const {
    boost::system::error_code error;
    const Tcp::endpoint endpoint = acceptor_.local_endpoint(error);
    return error ? std::uint16_t{0} : endpoint.port();
}

void MqttListener::wait_to_accept() {
    if (accepting_ || !acceptor_.is_open() || !owner_.has_room()) {
        return;  // wake() asks again
    }
    if (arriving_.size() >= limits_.arrivals) {
        pause(true);
        return;
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

void MqttListener::accept_waiting() {
    for (int i = 0; i < accepts_in_a_row && owner_.has_room() && make_place(); ++i) {
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
            pause(false);
            return;
        }
        begin(std::move(socket));
    }
    wait_to_accept();
}

void MqttListener::pause(bool crowded) {
    accepting_ = true;  // until the pause is over
    crowded_ = crowded;
    pause_.expires_after(pause_time);
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            accepting_ = false;
            crowded_ = false;
            accept_waiting();
        }
    });
}

// Whether one more may arrive; the oldest that waits for its peer may have to go for it.
bool MqttListener::make_place() {
    if (arriving_.size() < limits_.arrivals) {
        return true;
    }
    const base::SteadyTime oldest = clock_.steady_now() - limits_.arrival_pressed;
    for (const auto& [number, connection] : arriving_) {
        if (connection->arrived_at() > oldest) {
            break;
        }
        if (connection->waits_for_peer()) {
            connection->give_up_arrival();  // changes arriving_
            return true;
        }
    }
    return false;
}

void MqttListener::begin(Tcp::socket socket) {
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
    owner_.begin(std::move(*tls), text_of(peer));
}

std::uint64_t MqttListener::arrival_began(MqttConnection& connection) {
    arriving_.emplace(++last_number_, &connection);
    return last_number_;
}

void MqttListener::arrival_ended(std::uint64_t number) {
    if (arriving_.erase(number) == 0) {
        return;
    }
    if (crowded_) {
        crowded_ = false;
        accepting_ = false;
        pause_.cancel();
    }
    wait_to_accept();
}

}  // namespace hub
