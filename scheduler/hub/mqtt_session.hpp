#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "protocol/mqtt_codec.hpp"
#include "scheduler/hub/authorization.hpp"
#include "scheduler/hub/client_certificate.hpp"
#include "scheduler/hub/device_link.hpp"
#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/publish_window.hpp"
#include "scheduler/hub/refusal_log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hub {

struct MqttLimits {
    // A message may have 256 KiB (iothub-protocol.md §1.1); the rest is for its topic and header.
    std::size_t packet = std::size_t{256 + 8} * 1024;
    // Before that is let in, no more than a CONNECT can have: a name, a token, and a will of 64 KiB.
    std::size_t connect_packet = std::size_t{80} * 1024;
    std::chrono::seconds connect{60};            // from the handshake to a whole CONNECT
    std::chrono::seconds keep_alive_most{1767};  // the longest silence, also for keep-alive 0
    std::size_t in_flight = 16;                  // QoS 1 publishes that wait for their PUBACK
    std::size_t output =
        std::size_t{1024} * 1024;                // bytes that wait for a slow reader; more ends the session
    std::size_t pause = std::size_t{64} * 1024;  // with so many waiting, nothing more is read from it
};

// The server's side of one MQTT 3.1.1 connection, as IoT Hub speaks it (iothub-protocol.md §1.1): bytes and
// times in, bytes out. Knows no socket. What a breach of the protocol, a token's end, silence or the hub
// itself ends, says so through ended().
class MqttSession final : public DeviceLink {
  public:
    // What the session needs of its connection.
    class Wire {
      public:
        // There is output, the session has ended, or it takes input again. Called at any time, also from
        // inside the session's own functions; the connection acts on it later.
        virtual void output_ready() = 0;

      protected:
        Wire() = default;
        ~Wire() = default;
        Wire(const Wire&) = default;
        Wire& operator=(const Wire&) = default;
    };
    struct Services {
        DeviceSessions& devices;
        const Authorization& authorization;
        const base::Clock& clock;
        const base::Log& log;
        RefusalLog& refusals;
        MqttLimits limits;
    };

    // `services`, but for the limits, and `wire` outlive the session. `peer` is for the log.
    MqttSession(const Services& services, Wire& wire, std::string peer);
    ~MqttSession() override;
    MqttSession(const MqttSession&) = delete;
    MqttSession& operator=(const MqttSession&) = delete;

    // The certificate that the peer has shown, if it has; before its first bytes.
    void shown(ClientCertificate certificate) {
        certificate_ = std::make_unique<ClientCertificate>(std::move(certificate));
    }

    // Bytes of the device. To be called while wants_input(), so that what waits here stays bounded.
    void receive(std::string_view bytes);
    [[nodiscard]] bool wants_input() const;
    // Whether the device has said who it is, or is on its way out.
    [[nodiscard]] bool introduced() const { return state_ != State::fresh; }

    // What is to be sent; the connection removes what has left, from the front.
    [[nodiscard]] std::string& output() { return output_; }
    // Input that was held back while output waited is worked off.
    void output_left();
    // No more comes of it: when the output has left, the connection closes.
    [[nodiscard]] bool ended() const { return state_ == State::ended; }

    // The connection is gone without a DISCONNECT: the will becomes telemetry.
    void lost(std::string_view reason);
    // The hub goes down: no will.
    void stop();

    // When silence, a missing CONNECT or the end of a token has to be looked at.
    [[nodiscard]] base::SteadyTime next_due() const;
    void look();

    // DeviceLink
    void publish(std::string_view topic, std::string_view payload, int qos) override;
    void deliver(std::string_view topic, std::string_view payload, std::int64_t message, bool again) override;
    void close(std::string_view reason) override;

  private:
    enum class State { fresh, attaching, attached, ended };

    void work();
    void handle(protocol::Packet& packet);
    void on(protocol::Connect& connect);
    void on(const protocol::ForeignConnect& connect);
    void on(const protocol::Publish& publish);
    void on(const protocol::Puback& puback);
    void on(const protocol::Subscribe& subscribe);
    void on(const protocol::Unsubscribe& unsubscribe);
    void on(const protocol::Pingreq& ping);
    void on(const protocol::Disconnect& disconnect);
    void attached(const base::Result<bool>& session_present);
    void refuse(protocol::ConnectCode code, std::string_view reason);
    void send(const protocol::Packet& packet);
    void sent();
    void end(std::string_view reason);
    void detach();
    [[nodiscard]] std::chrono::milliseconds silence_most() const;

    Services services_;
    Wire& wire_;
    std::string peer_;
    State state_ = State::fresh;
    protocol::Decoder decoder_;
    std::string output_;

    std::unique_ptr<ClientCertificate> certificate_;  // until CONNECT
    std::string device_id_;
    std::chrono::seconds keep_alive_{0};
    std::optional<base::SystemTime> until_;  // of the token
    std::unique_ptr<protocol::Will> will_;
    base::SteadyTime heard_;  // the last packet; before CONNECT the start

    PublishWindow window_;
};

}  // namespace hub
