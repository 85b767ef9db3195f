#include "scheduler/hub/mqtt_endpoint.hpp"

#include "scheduler/http/web_socket.hpp"
#include "scheduler/hub/mqtt_connection.hpp"
#include "scheduler/hub/mqtt_web_socket.hpp"

#include <optional>
#include <utility>

namespace hub {

base::Result<std::unique_ptr<MqttEndpoint>> MqttEndpoint::listen(
    boost::asio::io_context& loop, http::TlsContext tls, const std::string& address, std::uint16_t port,
    const MqttEndpointLimits& limits, const MqttSession::Services& services, const DeviceTrust& trust,
    Turn& turn) {
    std::unique_ptr<MqttEndpoint> made(new MqttEndpoint(loop, limits, services, trust, turn));
    auto listener =
        MqttListener::listen(loop, std::move(tls), address, port, limits.listener,
                             {.has_room = [endpoint = made.get()] { return endpoint->has_room(); },
                              .begin =
                                  [endpoint = made.get()](TlsSocket socket, const std::string& peer) {
                                      endpoint->begin(std::move(socket), peer);
                                  }},
                             services.clock, services.log);
    if (!listener) {
        return listener.error();
    }
    made->listener_ = std::move(*listener);
    return made;
}

MqttEndpoint::MqttEndpoint(boost::asio::io_context& loop, const MqttEndpointLimits& limits,
                           const MqttSession::Services& services, const DeviceTrust& trust, Turn& turn)
    : limits_(limits), services_(services), trust_(trust), turn_(turn), timer_(loop) {}

MqttEndpoint::~MqttEndpoint() {
    stop();
}

void MqttEndpoint::stop() {
    stopped_ = true;
    if (listener_) {
        listener_->stop();
    }
    timer_.cancel();
    const auto carriers = std::move(carriers_);
    carriers_.clear();
    for (const auto& [key, carrier] : carriers) {
        carrier->stop();
    }
    to_flush_.clear();
}

void MqttEndpoint::begin(TlsSocket socket, const std::string& peer) {
    const auto connection = std::make_shared<MqttConnection>(*this, std::move(socket), peer);
    carriers_.emplace(connection.get(), connection);
    connection->start();
}

void MqttEndpoint::adopt(std::shared_ptr<http::WebSocket> socket) {
    if (!has_room()) {
        socket->close();
        return;
    }
    const auto carrier = std::make_shared<MqttWebSocket>(*this, std::move(socket));
    carriers_.emplace(carrier.get(), carrier);
    carrier->start();
}

void MqttEndpoint::wants_flush(std::shared_ptr<MqttCarrier> carrier) {
    to_flush_.push_back(std::move(carrier));
    turn_.touched();
}

bool MqttEndpoint::flush() {
    // What a connection that closes sets off belongs to the next turn.
    const auto carriers = std::move(to_flush_);
    to_flush_.clear();
    for (const auto& carrier : carriers) {
        carrier->flush();
    }
    return !to_flush_.empty();
}

void MqttEndpoint::look_at(MqttCarrier& carrier, base::SteadyTime due) {
    deadlines_.at(&carrier, due);
    plan();
}

void MqttEndpoint::gone(MqttCarrier& carrier) {
    deadlines_.forget(&carrier);
    if (carriers_.erase(&carrier) > 0) {
        listener_->wake();
    }
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
    for (MqttCarrier* carrier : deadlines_.take_due(time)) {
        // Looking at one connection may close another.
        const auto found = carriers_.find(carrier);
        if (found != carriers_.end()) {
            const std::shared_ptr<MqttCarrier> keep = found->second;
            keep->look(time);
        }
    }
    plan();
}

}  // namespace hub
