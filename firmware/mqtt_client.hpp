#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace firmware {

// What a hub sends is smaller: a method's payload is at most 128 KiB, a twin twice 32 KiB.
inline constexpr std::size_t longest_payload = std::size_t{256} * 1024;

// Everything a connection needs; made afresh for every attempt, for its password ends.
struct MqttConnect {
    std::string host;  // whose name the server's certificate must carry
    std::uint16_t port = 8883;
    std::string client_id;
    std::string username;
    std::string password;          // empty with a certificate
    std::string ca_file;           // PEM; empty: the system's
    std::string certificate_file;  // of the device, PEM; empty: none
    std::string key_file;
    std::chrono::seconds keep_alive{240};
};

struct MqttFailure {
    enum class Kind {
        network,      // nobody reached, or the connection broke
        certificate,  // the server could not prove who it is
        credentials,  // the server did not accept who we are
        own_files,    // what we prove ourselves and it with cannot be used
        protocol,     // it answered in a way that makes no sense
    };
    Kind kind = Kind::network;
    std::string reason;
};

// One MQTT 3.1.1 connection over verified TLS, with a session that ends with it: what was not acknowledged is
// for the caller to send again. Calls return at once; what came of them
// comes as an event, on the loop thread, never from inside a call. After connected: subscribed, lost or
// rejected; after lost, rejected or connect_failed the client may connect again.
class MqttClient {
  public:
    struct Events {
        std::function<void()> connected;
        std::function<void(MqttFailure)> connect_failed;
        std::function<void()> subscribed;
        std::function<void(std::string reason)> lost;
        // As lost, but it was us: what came is more than anybody has room for.
        std::function<void(std::string reason)> rejected;
        std::function<void()> disconnected;  // after disconnect()
        std::function<void(std::string topic, std::string payload)> message;
        // One whose payload is longer than longest_payload: it has been thrown away.
        std::function<void(std::string topic, std::size_t bytes)> oversized;
        std::function<void(std::uint64_t number)> delivered;  // after publish_acknowledged()
    };

    virtual ~MqttClient() = default;
    virtual void on_events(Events events) = 0;
    virtual void connect(const MqttConnect& connect) = 0;
    // At QoS 0. A refusal counts as lost.
    virtual void subscribe(const std::vector<std::string>& filters) = 0;
    // At QoS 0. An error means that it did not leave; the loss of the connection is told by lost.
    virtual base::Result<void> publish(const std::string& topic, const std::string& payload) = 0;
    // At QoS 1: `number` comes back when the server has it. An error as above, or too much is under way.
    virtual base::Result<void> publish_acknowledged(const std::string& topic, const std::string& payload,
                                                    std::uint64_t number) = 0;
    // Lets go of the connection, in good order if there is time; what was published before leaves first.
    virtual void disconnect() = 0;

  protected:
    MqttClient() = default;
    MqttClient(const MqttClient&) = default;
    MqttClient& operator=(const MqttClient&) = default;
};

}  // namespace firmware
