#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/http/tls.hpp"
#include "scheduler/hub/deadlines.hpp"
#include "scheduler/hub/mqtt_connection.hpp"
#include "scheduler/hub/mqtt_session.hpp"
#include "scheduler/hub/turn.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace hub {

struct MqttEndpointLimits {
    std::size_t connections = 20'000;    // further ones wait in the kernel's queue
    std::chrono::seconds handshake{20};  // TLS
    std::chrono::seconds write{30};      // a device that takes nothing for so long is gone
};

// Listens for devices (sheet §1.1): MQTT 3.1.1 over TLS. Owns the connections and what they share: the read
// buffer, the clock, and the list of those that have something to write when the turn ends.
class MqttEndpoint {
  public:
    // Listens, or says why not (Errc::busy: the port is in use; permission_denied: a port below 1024).
    // Everything that is passed by reference outlives the endpoint.
    [[nodiscard]] static base::Result<std::unique_ptr<MqttEndpoint>> listen(
        boost::asio::io_context& loop, http::TlsContext tls, const std::string& address, std::uint16_t port,
        const MqttEndpointLimits& limits, const MqttSession::Services& services, const base::Clock& clock,
        Turn& turn, const base::Log& log);
    // Closes every connection; their sessions end without a will.
    ~MqttEndpoint();
    MqttEndpoint(const MqttEndpoint&) = delete;
    MqttEndpoint& operator=(const MqttEndpoint&) = delete;

    // Writes what the sessions have to say. The owner calls it at the end of each turn, after the commit.
    // True if that has given sessions more to say, for the next turn.
    bool flush();

    // Accepts no more and closes what is open, after a last flush.
    void stop();

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

    // ---- for the connections ----

    [[nodiscard]] const MqttSession::Services& services() const { return services_; }
    [[nodiscard]] const MqttEndpointLimits& limits() const { return limits_; }
    [[nodiscard]] const base::Log& log() const { return log_; }
    [[nodiscard]] base::SteadyTime now() const { return clock_.steady_now(); }
    // One buffer for all: what is read is consumed before anything else is read.
    [[nodiscard]] std::span<char> scratch() { return scratch_; }
    void wants_flush(MqttConnection& connection);
    void look_at(MqttConnection& connection, base::SteadyTime due);
    void gone(MqttConnection& connection);

  private:
    using Tcp = boost::asio::ip::tcp;

    MqttEndpoint(boost::asio::io_context& loop, http::TlsContext tls, Tcp::acceptor acceptor,
                 const MqttEndpointLimits& limits, const MqttSession::Services& services,
                 const base::Clock& clock, Turn& turn, const base::Log& log);
    void wait_to_accept();
    void accept_waiting();
    void begin(Tcp::socket socket);
    void plan();
    void look_at_due();

    http::TlsContext tls_;
    Tcp::acceptor acceptor_;
    MqttEndpointLimits limits_;
    MqttSession::Services services_;
    const base::Clock& clock_;
    Turn& turn_;
    const base::Log& log_;

    std::array<char, 16 * 1024> scratch_{};
    std::unordered_map<MqttConnection*, std::shared_ptr<MqttConnection>> connections_;
    std::vector<std::shared_ptr<MqttConnection>> to_flush_;
    Deadlines<MqttConnection*> deadlines_;
    boost::asio::steady_timer timer_;
    std::optional<base::SteadyTime> planned_;  // when the timer fires
    boost::asio::steady_timer accept_pause_;
    bool accepting_ = false;
};

}  // namespace hub
