#include "scheduler/hub/identity.hpp"

#include "protocol/device_id.hpp"
#include "scheduler/hub/object_text.hpp"

namespace hub {

using protocol::HubError;

Identity split_identity(std::string_view key) {
    const std::size_t slash = key.find('/');
    if (slash == std::string_view::npos) return {key, {}};
    return {key.substr(0, slash), key.substr(slash + 1)};
}

std::string identity_key(std::string_view device, std::string_view module) {
    std::string key(device);
    if (!module.empty()) key.append("/").append(module);
    return key;
}

std::string describe_identity(std::string_view key) {
    const Identity identity = split_identity(key);
    const std::string device = "device '" + std::string(identity.device) + "'";
    return identity.is_module() ? "module '" + std::string(identity.module) + "' of " + device : device;
}

Outcome<void> check_identity(std::string_view key) {
    const Identity identity = split_identity(key);
    if (auto good = protocol::check_device_id(identity.device); !good) {
        return Fault{HubError::argument_invalid, good.error().message};
    }
    if (identity.device.size() == key.size()) return {};
    if (auto good = protocol::check_device_id(identity.module); !good) {
        return Fault{HubError::argument_invalid, "moduleId: " + good.error().message};
    }
    return {};
}

Fault not_registered(std::string_view key) {
    return {split_identity(key).is_module() ? HubError::module_not_found : HubError::device_not_found,
            describe_identity(key) + " is not registered"};
}

void add_identity(ObjectText& json, std::string_view key) {
    const Identity identity = split_identity(key);
    json.text("deviceId", identity.device);
    if (identity.is_module()) json.text("moduleId", identity.module);
}

}  // namespace hub
