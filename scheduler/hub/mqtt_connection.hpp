#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/mqtt_carrier.hpp"
#include "scheduler/hub/mqtt_session.hpp"
#include "scheduler/hub/tls_socket.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

class MqttEndpoint;

// Carries the bytes of one MqttSession over one TLS connection. Reads only while the device takes what it is
// sent, a bounded amount at a time so that no device keeps the others waiting, and writes at the end of the
// turn, when what it answers is durable. The handshake is computed on the listener's pool; the loop does not
// touch the socket until it comes back.
class MqttConnection final : public MqttCarrier,
                             public std::enable_shared_from_this<MqttConnection>,
                             private MqttSession::Wire {
  public:
    MqttConnection(MqttEndpoint& endpoint, TlsSocket socket, const std::string& peer);
    ~MqttConnection() override;
    MqttConnection(const MqttConnection&) = delete;
    MqttConnection& operator=(const MqttConnection&) = delete;

    void start();

    // MqttCarrier
    void flush() override;
    void look(base::SteadyTime now) override;
    void stop() override;

    // ---- for the listener ----

    [[nodiscard]] base::SteadyTime arrived_at() const { return began_; }
    // It goes on when the peer does something.
    [[nodiscard]] bool waits_for_peer() const { return !computing_; }
    // Somebody else needs the place.
    void give_up_arrival();

  private:
    void output_ready() override;

    void shake_hands();
    void shaken(TlsSocket::Io outcome);
    void established();
    void tell_arrival();
    void read();
    void yield();
    void write();
    void wait_to_read(void (MqttConnection::*then)());
    void wait_to_write(void (MqttConnection::*then)());
    void plan_look();
    void lost(std::string_view reason);
    void close();

    MqttEndpoint& endpoint_;
    TlsSocket socket_;
    MqttSession session_;
    base::SteadyTime began_;
    base::SteadyTime last_progress_;  // of writing: the last byte that went
    std::uint64_t arrival_ = 0;       // its number with the listener; 0: it has arrived
    bool computing_ = false;          // the pool has the socket
    bool established_ = false;        // the handshake is complete
    bool reading_ = false;            // a read is planned
    bool writing_ = false;            // a write is planned
    bool stalled_ = false;            // output waits for the device to take it
    bool flush_planned_ = false;
    bool closed_ = false;
};

}  // namespace hub
