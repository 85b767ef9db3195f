#pragma once

#include "base/clock.hpp"

namespace hub {

// What carries the bytes of one MqttSession, as the endpoint drives it: a TLS connection, or a WebSocket.
class MqttCarrier {
  public:
    virtual ~MqttCarrier() = default;
    // Writes what the session has to say, as far as the peer takes it; the rest follows by itself.
    virtual void flush() = 0;
    // The time at which it asked to be looked at has come.
    virtual void look(base::SteadyTime now) = 0;
    // The hub goes down: what was said still leaves, as far as it leaves now.
    virtual void stop() = 0;

  protected:
    MqttCarrier() = default;
    MqttCarrier(const MqttCarrier&) = default;
    MqttCarrier& operator=(const MqttCarrier&) = default;
};

}  // namespace hub
