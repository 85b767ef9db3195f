#pragma once

#include "protocol/topics.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hub {

// The wire of device d1 that ends instead of taking what is to be sent, as one whose buffer is full does.
// Registered, connected and subscribed to methods once the hub has committed.
class FullLink final : public DeviceLink {
  public:
    explicit FullLink(HubRig& hub) : sessions_(hub.sessions) {
        hub.add_device("d1");
        sessions_.attach({"d1", {}, std::nullopt}, *this, true, [](const auto&) {});
        sessions_.subscribe("d1", *this, {{std::string(protocol::methods_filter), 0}}, [](const auto&) {});
    }

    void publish(std::string_view /*topic*/, std::string_view /*payload*/, int /*qos*/) override {
        sessions_.detach("d1", *this);
    }
    void deliver(std::string_view /*topic*/, std::string_view /*payload*/, std::int64_t /*message*/,
                 bool /*again*/) override {
        sessions_.detach("d1", *this);
    }
    void close(std::string_view /*reason*/) override {}

  private:
    DeviceSessions& sessions_;
};

}  // namespace hub
