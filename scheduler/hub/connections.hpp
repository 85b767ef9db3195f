#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/device_link.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hub {

// What a device can subscribe to (iothub-protocol.md §1.4). However the filter was spelled, a device has each
// of them or not.
enum class Channel : std::uint8_t { methods, twin_responses, desired, devicebound };
inline constexpr std::size_t channel_count = 4;

// The granted QoS of each channel.
class Subscriptions {
  public:
    [[nodiscard]] bool has(Channel channel) const { return granted_[index(channel)] >= 0; }
    [[nodiscard]] int qos(Channel channel) const { return granted_[index(channel)]; }  // -1: none
    void grant(Channel channel, int qos) { granted_[index(channel)] = static_cast<std::int8_t>(qos); }
    void revoke(Channel channel) { granted_[index(channel)] = -1; }
    bool operator==(const Subscriptions&) const = default;

  private:
    static constexpr std::size_t index(Channel channel) { return static_cast<std::size_t>(channel); }
    std::array<std::int8_t, channel_count> granted_{-1, -1, -1, -1};
};

// One connected device or module.
struct Connection {
    std::uint64_t number = 0;  // never used twice while the hub runs
    DeviceLink* link = nullptr;
    Subscriptions subscriptions;
    bool accepted = false;    // its CONNACK has left
    bool persistent = false;  // clean session was 0
    base::SystemTime since;
    base::SystemTime last_activity;
    std::string model_id;  // announced when it connected; empty if it was not
};

// Who is connected now, by the keys of identity.hpp. DeviceSessions changes it, everyone may ask.
class Connections {
  public:
    [[nodiscard]] const Connection* find(std::string_view device_id) const {
        const auto found = connections_.find(device_id);
        return found == connections_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] bool connected(std::string_view device_id) const { return find(device_id) != nullptr; }
    [[nodiscard]] std::size_t size() const { return connections_.size(); }
    // Without the modules.
    [[nodiscard]] std::size_t devices() const {
        return static_cast<std::size_t>(std::count_if(
            connections_.begin(), connections_.end(),
            [](const auto& connection) { return connection.first.find('/') == std::string::npos; }));
    }

  private:
    friend class DeviceSessions;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    [[nodiscard]] Connection* find(std::string_view device_id) {
        const auto found = connections_.find(device_id);
        return found == connections_.end() ? nullptr : &found->second;
    }

    std::unordered_map<std::string, Connection, Hash, std::equal_to<>> connections_;
};

}  // namespace hub
