#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fleet {

// How a device's topics stand on the wire. At an IoT Hub every device has a private `$iothub/` space; at a
// broker they all share one, so there "$iothub/x" of device d stands as "fleet/d/x", and the same exchange
// needs no rights and no plugin.
class Dialect {
  public:
    enum class Peer { iot_hub, broker };

    explicit Dialect(Peer peer) : peer_(peer) {}

    // A topic or filter that begins with "$iothub/".
    [[nodiscard]] std::string on_wire(std::string_view topic, std::string_view device) const;
    // The other way; nothing if it is none of the device's.
    [[nodiscard]] std::optional<std::string> from_wire(std::string_view topic, std::string_view device) const;

  private:
    Peer peer_;
};

}  // namespace fleet
