#pragma once

#include "protocol/mqtt_codec.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

// A device on a real socket: MQTT over TLS, blocking, each step within a few seconds. Verifies the hub's
// certificate for "localhost", as the SDKs do.
class TlsDevice {
  public:
    // Connects and shakes hands; connected() tells whether that went well. A ticket of an earlier connection
    // is offered if there is one.
    TlsDevice(const std::string& ca_file, std::uint16_t port, const std::string& ticket = {});
    ~TlsDevice();
    TlsDevice(const TlsDevice&) = delete;
    TlsDevice& operator=(const TlsDevice&) = delete;

    [[nodiscard]] bool connected() const;
    [[nodiscard]] bool resumed() const;
    [[nodiscard]] std::string ticket() const;

    bool send(const protocol::Packet& packet);
    bool send_bytes(std::string_view bytes);
    // The next packet; nothing when the hub has closed, or when none came in time.
    std::optional<protocol::Packet> receive(std::chrono::milliseconds patience = std::chrono::seconds(5));
    // The next packet, which must be of this kind.
    template <typename P>
    std::optional<P> receive_one(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
        auto packet = receive(patience);
        if (!packet || !std::holds_alternative<P>(*packet)) return std::nullopt;
        return std::get<P>(std::move(*packet));
    }
    // Waits until the hub has closed the connection; false if it does not.
    bool closed_by_hub(std::chrono::milliseconds patience = std::chrono::seconds(5));

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hub
