#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/mqtt_session.hpp"
#include "scheduler/hub/tls_socket.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hub {

class MqttEndpoint;

// Carries the bytes of one MqttSession over one TLS connection. Reads only while the device takes what it is
// sent, a bounded amount at a time so that no device keeps the others waiting, and writes at the end of the
// turn, when what it answers is durable.
class MqttConnection final : public std::enable_shared_from_this<MqttConnection>, private MqttSession::Wire {
  public:
    MqttConnection(MqttEndpoint& endpoint, TlsSocket socket, const std::string& peer);
    ~MqttConnection();
    MqttConnection(const MqttConnection&) = delete;
    MqttConnection& operator=(const MqttConnection&) = delete;

    void start();
    // Writes what the session has to say, as far as the socket takes it; the rest follows by itself.
    void flush();
    // The time at which this connection asked to be looked at has come.
    void look(base::SteadyTime now);
    // The hub goes down: what was said still leaves, as far as the socket takes it now.
    void stop();

  private:
    void output_ready() override;

    void shake_hands();
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
    base::SteadyTime last_progress_;  // of the handshake: its beginning; of writing: the last byte that went
    bool established_ = false;        // the handshake is complete
    bool reading_ = false;            // a read is planned
    bool writing_ = false;            // a write is planned
    bool stalled_ = false;            // output waits for the device to take it
    bool flush_planned_ = false;
    bool closed_ = false;
};

}  // namespace hub
