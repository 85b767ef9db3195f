#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/http/tls.hpp"
#include "scheduler/hub/deadlines.hpp"
#include "scheduler/hub/device_trust.hpp"
#include "scheduler/hub/mqtt_carrier.hpp"
#include "scheduler/hub/mqtt_listener.hpp"
#include "scheduler/hub/mqtt_session.hpp"
#include "scheduler/hub/turn.hpp"

#include <boost/asio/io_context.hpp>
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

namespace http {
class WebSocket;
}

namespace hub {

struct MqttEndpointLimits {
    std::size_t connections = 20'000;  // further ones wait in the kernel's queue
    std::chrono::seconds write{30};    // a device that takes nothing for so long is gone
    MqttListener::Limits listener = {};
};

// Where devices come in (sheet §1.1): MQTT 3.1.1 over TLS on a port of its own, and in WebSockets that the
// HTTPS server has opened. Owns the connections and what they share: the read buffer, the clock, and the list
// of those that have something to write when the turn ends.
class MqttEndpoint {
  public:
    // Listens, or says why not: see MqttListener. Everything that is passed by reference outlives the
    // endpoint.
    [[nodiscard]] static base::Result<std::unique_ptr<MqttEndpoint>> listen(
        boost::asio::io_context& loop, http::TlsContext tls, const std::string& address, std::uint16_t port,
        const MqttEndpointLimits& limits, const MqttSession::Services& services, const DeviceTrust& trust,
        Turn& turn);
    // Closes every connection; their sessions end without a will.
    ~MqttEndpoint();
    MqttEndpoint(const MqttEndpoint&) = delete;
    MqttEndpoint& operator=(const MqttEndpoint&) = delete;

    // A WebSocket whose sub-protocol is MQTT.
    void adopt(std::shared_ptr<http::WebSocket> socket);
    // Whether one more connection may come.
    [[nodiscard]] bool has_room() const { return !stopped_ && carriers_.size() < limits_.connections; }

    // Writes what the sessions have to say. The owner calls it at the end of each turn, after the commit.
    // True if that has given sessions more to say, for the next turn.
    bool flush();

    // Accepts no more and closes what is open, after a last flush.
    void stop();

    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] std::size_t connections() const { return carriers_.size(); }

    // ---- for the connections ----

    [[nodiscard]] const MqttSession::Services& services() const { return services_; }
    [[nodiscard]] const MqttEndpointLimits& limits() const { return limits_; }
    [[nodiscard]] MqttListener& listener() { return *listener_; }
    [[nodiscard]] const DeviceTrust& trust() const { return trust_; }
    [[nodiscard]] base::SteadyTime now() const { return services_.clock.steady_now(); }
    // One buffer for all: what is read is consumed before anything else is read.
    [[nodiscard]] std::span<char> scratch() { return scratch_; }
    void wants_flush(std::shared_ptr<MqttCarrier> carrier);
    void look_at(MqttCarrier& carrier, base::SteadyTime due);
    void gone(MqttCarrier& carrier);

  private:
    MqttEndpoint(boost::asio::io_context& loop, const MqttEndpointLimits& limits,
                 const MqttSession::Services& services, const DeviceTrust& trust, Turn& turn);
    void begin(TlsSocket socket, const std::string& peer);
    void plan();
    void look_at_due();

    MqttEndpointLimits limits_;
    MqttSession::Services services_;
    const DeviceTrust& trust_;
    Turn& turn_;
    std::unique_ptr<MqttListener> listener_;  // there as soon as anybody knows the endpoint

    std::array<char, 16 * 1024> scratch_{};
    std::unordered_map<MqttCarrier*, std::shared_ptr<MqttCarrier>> carriers_;
    std::vector<std::shared_ptr<MqttCarrier>> to_flush_;
    Deadlines<MqttCarrier*> deadlines_;
    boost::asio::steady_timer timer_;
    std::optional<base::SteadyTime> planned_;  // when the timer fires
    bool stopped_ = false;
};

}  // namespace hub
