#include "scheduler/hub/mqtt_session.hpp"

#include "protocol/topics.hpp"

#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

namespace hub {

using protocol::ConnectCode;

MqttSession::MqttSession(const Services& services, Wire& wire, std::string peer)
    : services_(services),
      wire_(wire),
      peer_(std::move(peer)),
      decoder_(services.limits.connect_packet),
      heard_(services.clock.steady_now()),
      window_(services.limits.in_flight) {}

MqttSession::~MqttSession() {
    stop();
}

bool MqttSession::wants_input() const {
    return (state_ == State::fresh || state_ == State::attached) && output_.size() < services_.limits.pause;
}

void MqttSession::receive(std::string_view bytes) {
    decoder_.feed(bytes);
    work();
}

void MqttSession::output_left() {
    work();
}

void MqttSession::work() {
    while (wants_input()) {
        auto packet = decoder_.next();
        if (!packet) {
            end(packet.error().message);
            return;
        }
        if (!*packet) {
            return;
        }
        heard_ = services_.clock.steady_now();
        handle(**packet);
    }
}

void MqttSession::handle(protocol::Packet& packet) {
    const bool opens = std::holds_alternative<protocol::Connect>(packet) ||
                       std::holds_alternative<protocol::ForeignConnect>(packet);
    if (opens != (state_ == State::fresh)) {
        end(opens ? "a second CONNECT on one connection" : "the first packet is no CONNECT");
        return;
    }
    std::visit(
        [this](auto& known) {
            if constexpr (requires { on(known); }) {
                on(known);
            } else {
                // QoS 2, and what only a server sends.
                end("a packet that IoT Hub does not take from devices");
            }
        },
        packet);
}

void MqttSession::on(const protocol::ForeignConnect& connect) {
    refuse(ConnectCode::unacceptable_protocol_version, "protocol '" + connect.protocol_name.substr(0, 16) +
                                                           "' level " + std::to_string(connect.level) +
                                                           "; only MQTT 3.1.1 is spoken here");
}

void MqttSession::on(protocol::Connect& connect) {
    if (connect.client_id.empty() && !connect.clean_session) {
        refuse(ConnectCode::identifier_rejected, "an empty client id with clean session 0");  // MQTT-3.1.3-8
        return;
    }
    Credentials credentials;
    credentials.client_id = connect.client_id;
    credentials.username = connect.username ? std::string_view(*connect.username) : std::string_view();
    credentials.password = connect.password ? std::string_view(*connect.password) : std::string_view();
    const auto certificate = std::move(certificate_);
    credentials.certificate = certificate.get();
    const Authorization::Connect answer = services_.authorization.device(credentials);
    if (!answer.admission) {
        refuse(answer.refusal.code, answer.refusal.reason);
        return;
    }
    device_id_ = answer.admission->device_id;
    until_ = answer.admission->until;
    keep_alive_ = std::chrono::seconds(connect.keep_alive);
    if (connect.will) {
        const auto allowed = services_.devices.check_will(device_id_, connect.will->topic);
        if (!allowed || connect.will->qos == 2) {
            end(allowed ? "a will with QoS 2" : allowed.error().message);
            return;
        }
        will_ = std::make_unique<protocol::Will>(std::move(*connect.will));
    }
    state_ = State::attaching;
    services_.devices.attach(
        *answer.admission, *this, connect.clean_session,
        [this](const base::Result<bool>& session_present) { attached(session_present); });
}

void MqttSession::attached(const base::Result<bool>& session_present) {
    if (state_ != State::attaching) {
        return;
    }
    if (!session_present) {
        refuse(ConnectCode::server_unavailable, session_present.error().message);
        return;
    }
    state_ = State::attached;
    decoder_.take_packets_of(services_.limits.packet);
    send(protocol::Connack{.session_present = *session_present});
    services_.log.info("device_connected", {{"device", device_id_}, {"peer", peer_}});
    work();  // MQTT lets a client send on before it has its CONNACK
}

void MqttSession::refuse(ConnectCode code, std::string_view reason) {
    services_.devices.refused.emit(code);
    send(protocol::Connack{.session_present = false, .code = code});
    end(reason);
}

void MqttSession::on(const protocol::Publish& publish) {
    if (publish.qos == 2) {
        end("a PUBLISH with QoS 2; IoT Hub has 0 and 1");
        return;
    }
    std::function<void()> acknowledge;
    if (publish.qos == 1) {
        acknowledge = [this, id = publish.packet_id] { send(protocol::Puback{.packet_id = id}); };
    }
    const auto taken = services_.devices.receive(device_id_, *this, publish, std::move(acknowledge));
    if (!taken) {
        end(taken.error().message);
    }
}

void MqttSession::on(const protocol::Puback& puback) {
    const std::optional<std::int64_t> message = window_.acknowledged(output_, puback.packet_id);
    if (message && *message != 0) {
        services_.devices.acknowledged(device_id_, *this, *message);
    }
    if (!output_.empty()) {
        sent();
    }
}

void MqttSession::on(const protocol::Subscribe& subscribe) {
    services_.devices.subscribe(device_id_, *this, subscribe.subscriptions,
                                [this, id = subscribe.packet_id](const std::vector<std::uint8_t>& codes) {
                                    send(protocol::Suback{.packet_id = id, .codes = codes});
                                });
}

void MqttSession::on(const protocol::Unsubscribe& unsubscribe) {
    services_.devices.unsubscribe(device_id_, *this, unsubscribe.filters, [this, id = unsubscribe.packet_id] {
        send(protocol::Unsuback{.packet_id = id});
    });
}

void MqttSession::on(const protocol::Pingreq& /*ping*/) {
    send(protocol::Pingresp{});
}

void MqttSession::on(const protocol::Disconnect& /*disconnect*/) {
    will_.reset();
    end("the device said goodbye");
}

void MqttSession::publish(std::string_view topic, std::string_view payload, int qos) {
    if (state_ == State::ended) {
        return;
    }
    if (qos == 0) {
        protocol::encode_publish_to(output_, topic, payload);
    } else {
        window_.send(output_, {.topic = std::string(topic), .payload = std::string(payload)});
    }
    sent();
}

void MqttSession::deliver(std::string_view topic, std::string_view payload, std::int64_t message,
                          bool again) {
    if (state_ == State::ended) {
        return;
    }
    window_.send(output_, {std::string(topic), std::string(payload), message, again});
    sent();
}

void MqttSession::send(const protocol::Packet& packet) {
    if (state_ != State::ended) {
        protocol::encode_to(output_, packet);
        sent();
    }
}

void MqttSession::sent() {
    if (output_.size() + window_.held_back() > services_.limits.output) {
        output_.clear();
        end("the device does not take what it is sent");
        return;
    }
    wire_.output_ready();
}

void MqttSession::close(std::string_view reason) {
    // The sessions have forgotten this link. To the device it looks as if the socket had gone (§1.1).
    end(reason);
}

void MqttSession::lost(std::string_view reason) {
    end(reason);
}

void MqttSession::stop() {
    will_.reset();
    end("the hub stops");
}

void MqttSession::end(std::string_view reason) {
    if (state_ == State::ended) {
        return;
    }
    const bool was_attached = state_ == State::attached || state_ == State::attaching;
    if (state_ != State::attached) {
        will_.reset();  // it was never accepted
    }
    state_ = State::ended;
    window_.clear();
    if (was_attached) {
        services_.log.info("device_disconnected", {{"device", device_id_}, {"reason", reason}});
        detach();
    } else {
        services_.refusals.warn("mqtt_refused", peer_, reason);
    }
    wire_.output_ready();
}

void MqttSession::detach() {
    if (will_) {
        services_.devices.publish_will(device_id_, *this, *will_);
        will_.reset();
    }
    services_.devices.detach(device_id_, *this);
}

std::chrono::milliseconds MqttSession::silence_most() const {
    const auto most = std::chrono::milliseconds(services_.limits.keep_alive_most);
    // Half as long again as promised (MQTT-3.1.2-24). 0 promises nothing; the hub's own ceiling holds then.
    return keep_alive_.count() == 0 ? most : std::min(most, std::chrono::milliseconds(keep_alive_) * 3 / 2);
}

base::SteadyTime MqttSession::next_due() const {
    if (state_ == State::fresh) {
        return heard_ + services_.limits.connect;
    }
    base::SteadyTime due = heard_ + silence_most();
    if (until_) {
        const auto left = *until_ - services_.clock.system_now();
        due =
            std::min(due, services_.clock.steady_now() + std::chrono::ceil<std::chrono::milliseconds>(left));
    }
    return due;
}

void MqttSession::look() {
    if (state_ == State::ended) {
        return;
    }
    const base::SteadyTime now = services_.clock.steady_now();
    if (state_ == State::fresh) {
        if (now - heard_ >= services_.limits.connect) {
            end("no CONNECT within " + std::to_string(services_.limits.connect.count()) + " s");
        }
    } else if (now - heard_ >= silence_most()) {
        end("silent for longer than its keep-alive allows");
    } else if (until_ && services_.clock.system_now() >= *until_) {
        end("its token has expired");
    }
}

}  // namespace hub
