#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/cloud_message.hpp"
#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/events.hpp"
#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/registry.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hub {

// The queues of messages from the cloud, one for each device, in the database (iothub-protocol.md §1.5). A
// message leaves its queue when the device has acknowledged it (at once if the device subscribed with QoS 0),
// when its time is over, when it was delivered max_deliveries times in vain, when the queue is purged, and
// when the device begins a session that knows nothing of the one before (§1.1, clean session 1). What became
// of it is an event.
class CloudToDevice {
  public:
    struct Limits {
        std::int64_t depth = 50;           // messages that wait for one device
        std::int64_t max_deliveries = 10;  // then it is given up
        std::size_t unacknowledged = 8;    // sent to one device at a time, in order
    };

    CloudToDevice(Database& database, const Connections& connections, Registry& registry,
                  DeviceSessions& sessions, Events& events, const base::Clock& clock, Limits limits);
    CloudToDevice(const CloudToDevice&) = delete;
    CloudToDevice& operator=(const CloudToDevice&) = delete;

    struct Receipt {
        std::string message_id;
        base::SystemTime expires;
    };
    // Queues a message; one without "$.mid" gets a random one. DeviceNotFound,
    // DeviceMaximumQueueDepthExceeded, and those of check_cloud_message().
    [[nodiscard]] Outcome<Receipt> enqueue(std::string_view device_id, CloudMessage message);
    // Empties the queue; how many messages were in it. DeviceNotFound.
    [[nodiscard]] Outcome<std::size_t> purge(std::string_view device_id);
    // Messages in all queues.
    [[nodiscard]] std::int64_t waiting();

    // A message has left its queue: "completed", "expired", "deliveryCountExceeded" or "purged".
    Signal<std::string_view> ended;

    [[nodiscard]] base::SteadyTime next_due() const { return due_; }
    void tick();  // what has expired goes

  private:
    // What was sent to a device on its connection.
    struct Sent {
        std::uint64_t connection = 0;
        std::int64_t last = 0;  // the newest message that was taken from the queue
        std::set<std::int64_t> unacknowledged;
    };
    struct Row {
        std::int64_t number = 0;
        std::string message_id;
        std::string bag;
        std::string payload;
        base::SystemTime enqueued;
        base::SystemTime expires;
        std::int64_t deliveries = 0;
    };

    void deliver(const std::string& device_id);
    void send(const std::string& device_id, std::uint64_t connection, Row row);
    void complete(const std::string& device_id, std::int64_t number);
    void drop(const std::string& device_id, const Row& row, std::string_view outcome);
    std::size_t empty(const std::string& device_id);
    [[nodiscard]] static Row read_row(Statement& from);
    [[nodiscard]] std::vector<Row> rows(Statement& statement);

    Database& database_;
    const Connections& connections_;
    Registry& registry_;
    DeviceSessions& sessions_;
    Events& events_;
    const base::Clock& clock_;
    Limits limits_;
    Statement insert_;
    Statement count_all_;
    Statement next_;
    Statement find_;
    Statement expired_;
    Statement note_delivery_;
    Statement remove_;
    std::unordered_map<std::string, Sent> sent_;  // of connected devices
    base::SteadyTime due_;
};

}  // namespace hub
