#pragma once

#include <cstdint>
#include <string_view>

namespace hub {

// The wire to one connected device, as the rules of the hub see it: implemented by the MQTT session, and by
// the tests.
class DeviceLink {
  public:
    virtual ~DeviceLink() = default;
    // Sends a PUBLISH; `qos` is 0 or 1. Bounding what a device does not take is the link's business.
    virtual void publish(std::string_view topic, std::string_view payload, int qos) = 0;
    // Sends a cloud-to-device message at QoS 1; the link calls DeviceSessions::acknowledged() with this
    // number when the device has acknowledged it. `again`: the device may have got it before.
    virtual void deliver(std::string_view topic, std::string_view payload, std::int64_t message,
                         bool again) = 0;
    // The hub wants it gone. The sessions have forgotten the link already and will not use it again; telling
    // them so with detach() does no harm.
    virtual void close(std::string_view reason) = 0;

  protected:
    DeviceLink() = default;
    DeviceLink(const DeviceLink&) = default;
    DeviceLink& operator=(const DeviceLink&) = default;
};

}  // namespace hub
