#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/mqtt_carrier.hpp"
#include "scheduler/hub/mqtt_session.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace http {
class WebSocket;
}

namespace hub {

class MqttEndpoint;

// Carries the bytes of one MqttSession in the messages of one WebSocket (sheet §1.1). Reads only while the
// device takes what it is sent, and writes at the end of the turn: what is due then leaves as one message.
class MqttWebSocket final : public MqttCarrier,
                            public std::enable_shared_from_this<MqttWebSocket>,
                            private MqttSession::Wire {
  public:
    MqttWebSocket(MqttEndpoint& endpoint, std::shared_ptr<http::WebSocket> socket);
    ~MqttWebSocket() override;
    MqttWebSocket(const MqttWebSocket&) = delete;
    MqttWebSocket& operator=(const MqttWebSocket&) = delete;

    void start();

    // MqttCarrier
    void flush() override;
    void look(base::SteadyTime now) override;
    void stop() override;

  private:
    void output_ready() override;

    void read();
    void write();
    void written();
    void plan_look();
    void lost(std::string_view reason);
    void close();

    MqttEndpoint& endpoint_;
    std::shared_ptr<http::WebSocket> socket_;
    MqttSession session_;
    std::string leaving_;       // the message that is being written
    base::SteadyTime began_{};  // to write it
    bool reading_ = false;
    bool flush_planned_ = false;
    bool closed_ = false;
};

}  // namespace hub
