#pragma once

#include "scheduler/hub/fault.hpp"

#include <string>
#include <string_view>

namespace hub {

// Whoever connects, has a twin and can be called is known everywhere by one key: "device", or for a module of
// a device (iothub-protocol.md §2.4) "device/module". No id can hold a slash, so that keys cannot be
// mistaken, and what the hub does for devices it does for modules. Where the hub speaks of a `device_id`, it
// is such a key, unless the contract of the place says otherwise.
struct Identity {
    std::string_view device;
    std::string_view module;  // empty: the device itself
    [[nodiscard]] bool is_module() const { return !module.empty(); }
};
// Views into the key.
[[nodiscard]] Identity split_identity(std::string_view key);
[[nodiscard]] std::string identity_key(std::string_view device, std::string_view module = {});

// "device 'd1'", "module 'm1' of device 'd1'".
[[nodiscard]] std::string describe_identity(std::string_view key);
// ArgumentInvalid unless both names are good.
[[nodiscard]] Outcome<void> check_identity(std::string_view key);
// DeviceNotFound or ModuleNotFound.
[[nodiscard]] Fault not_registered(std::string_view key);

class ObjectText;
// The members "deviceId" and, of a module, "moduleId".
void add_identity(ObjectText& json, std::string_view key);

}  // namespace hub
