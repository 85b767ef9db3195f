#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "protocol/error_body.hpp"
#include "protocol/mqtt_packet.hpp"
#include "protocol/topics.hpp"
#include "scheduler/hub/authorization.hpp"
#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/device_link.hpp"
#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/session_store.hpp"
#include "scheduler/hub/signal.hpp"
#include "scheduler/hub/telemetry.hpp"
#include "scheduler/hub/twin_store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// The device side of IoT Hub without the wire (iothub-protocol.md §1), for devices and modules by their keys
// (identity.hpp): one connection for each,
// sessions that outlive it, twin operations, and the way to and from a device for methods. Every `done` is
// called when what it acknowledges is durable, and is dropped when its link has gone by then.
class DeviceSessions {
  public:
    DeviceSessions(Database& database, Connections& connections, Registry& registry, TwinStore& twins,
                   const base::Clock& clock, const base::Log& log);

    // An admitted device is here; whoever was connected as this device is closed. `done` gets "session
    // present" for the CONNACK, or the reason why there is none. From then on the link is published to.
    using Attached = std::function<void(const base::Result<bool>& session_present)>;
    void attach(const Admission& admission, DeviceLink& link, bool clean_session, Attached done);
    // The connection is gone. Its calls in flight fail at once.
    void detach(std::string_view device_id, const DeviceLink& link);

    // `done` gets the return code for each filter: 0 or 1. Filters that IoT Hub does not document are granted
    // and ignored.
    using Subscribed = std::function<void(const std::vector<std::uint8_t>& codes)>;
    void subscribe(std::string_view device_id, const DeviceLink& link,
                   const std::vector<protocol::Subscription>& requests, Subscribed done);
    void unsubscribe(std::string_view device_id, const DeviceLink& link,
                     const std::vector<std::string>& filters, std::function<void()> done);

    // Acts on what the device sent. `acknowledge` is called when that is durable: for QoS 1 it sends the
    // PUBACK. An error is a breach that ends the connection: the caller closes it and logs the sentence.
    [[nodiscard]] base::Result<void> receive(std::string_view device_id, const DeviceLink& link,
                                             const protocol::Publish& message,
                                             std::function<void()> acknowledge);
    // Whether the will of a CONNECT may be accepted: its topic is the device's telemetry topic.
    [[nodiscard]] base::Result<void> check_will(std::string_view device_id, std::string_view topic) const;
    // The connection ended without a DISCONNECT: the will becomes telemetry. Before detach().
    void publish_will(std::string_view device_id, const DeviceLink& link, const protocol::Will& will);

    // Sends a method request, if the device can be called: the number of the connection that has to answer.
    [[nodiscard]] std::optional<std::uint64_t> send_method(std::string_view device_id, std::string_view name,
                                                           std::string_view rid, std::string_view payload);
    // Connected, accepted and subscribed to methods.
    [[nodiscard]] bool can_call(std::string_view device_id) const;

    // Connected, accepted and subscribed to messages from the cloud.
    [[nodiscard]] bool can_deliver(std::string_view device_id) const;
    // Sends a message from the cloud, if this connection is still the device's and can_deliver(). With QoS 1
    // a message_acknowledged follows. The QoS with which it left; nothing if it did not.
    [[nodiscard]] std::optional<int> deliver(std::string_view device_id, std::uint64_t connection,
                                             std::string_view topic, std::string_view payload,
                                             std::int64_t message, bool again);
    // The device has acknowledged what its link was to deliver().
    void acknowledged(std::string_view device_id, const DeviceLink& link, std::int64_t message);

    // Closes a connection from the hub's side.
    void disconnect(std::string_view device_id, std::string_view reason);

    // A device connected (true), or is gone (false).
    Signal<const std::string&, bool> presence_changed;
    // A device can be called now: it is connected and has (still, or just) subscribed to methods.
    Signal<const std::string&> callable;
    // A device can take messages from the cloud now: it is connected and has (still, or just) subscribed.
    Signal<const std::string&> receptive;
    Signal<const std::string&, std::int64_t> message_acknowledged;
    // A device begins a session without anything of the one before (clean session 1).
    Signal<const std::string&> started_anew;
    // An endpoint has refused a CONNECT with this code.
    Signal<protocol::ConnectCode> refused;
    // A connection has ended: device, number, why.
    Signal<const std::string&, std::uint64_t, const std::string&> gone;
    struct MethodResponse {
        std::string_view device_id;
        std::uint64_t connection;
        std::string_view rid;
        int status;
        std::string_view payload;
    };
    Signal<const MethodResponse&> method_responded;
    Signal<const Telemetry&> telemetry;

  private:
    Connection* current(std::string_view device_id, const DeviceLink& link);
    Connection* numbered(std::string_view device_id, std::uint64_t number);
    void end(const std::string& device_id, std::string_view reason, bool tell_link);
    void notify_desired(const std::string& device_id, std::int64_t version, const std::string& body);
    void accept(const std::string& device_id, std::uint64_t number, bool session_present,
                const base::Result<void>& committed, const Attached& done);
    void act(const std::string& device_id, const Connection& connection, const protocol::Publish& message,
             const protocol::DevicePublish& meaning);
    void answer_twin_get(const std::string& device_id, const Connection& connection, std::string_view rid);
    void answer_twin_patch(const std::string& device_id, const Connection& connection, std::string_view rid,
                           std::string_view body);
    void respond_after_commit(const std::string& device_id, const Connection& connection,
                              std::string_view rid, std::string topic, std::string body);
    [[nodiscard]] std::string error_body(protocol::HubError error, std::string_view text) const;
    void remember(std::string_view device_id, Connection& connection, const Subscriptions& subscriptions);

    Database& database_;
    Connections& connections_;
    Registry& registry_;
    TwinStore& twins_;
    const base::Clock& clock_;
    const base::Log& log_;
    SessionStore store_;
    std::uint64_t last_number_ = 0;
};

}  // namespace hub
