#include "scheduler/hub/cloud_to_device.hpp"

#include "protocol/topics.hpp"
#include "scheduler/hub/object_text.hpp"
#include "scheduler/hub/random.hpp"

#include <chrono>
#include <limits>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;

constexpr std::chrono::seconds between_looks{10};
constexpr std::int64_t at_once = 500;  // expired messages that one turn removes

std::string columns(std::string_view rest) {
    return "SELECT m.seq, m.message_id, m.bag, m.payload, m.enqueued, m.expires, m.deliveries, d.id "
           "FROM messages m JOIN devices d ON d.seq = m.device " +
           std::string(rest);
}

std::string make_message_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id;
    for (const char byte : random_bytes(16)) {
        const auto value = static_cast<unsigned char>(byte);
        id += digits[value >> 4U];
        id += digits[value & 15U];
    }
    return id;
}

}  // namespace

CloudToDevice::CloudToDevice(Database& database, const Connections& connections, Registry& registry,
                             DeviceSessions& sessions, Events& events, const base::Clock& clock,
                             Limits limits)
    : database_(database),
      connections_(connections),
      registry_(registry),
      sessions_(sessions),
      events_(events),
      clock_(clock),
      limits_(limits),
      insert_(database.prepare("INSERT INTO messages (device, message_id, bag, payload, enqueued, expires, "
                               "deliveries) VALUES (?, ?, ?, ?, ?, ?, 0)")),
      count_all_(database.prepare("SELECT count(*) FROM messages")),
      next_(database.prepare(columns("WHERE d.id = ? AND m.seq > ? ORDER BY m.seq LIMIT ?"))),
      find_(database.prepare(columns("WHERE d.id = ? AND m.seq = ?"))),
      expired_(database.prepare(columns("WHERE m.expires <= ? ORDER BY m.expires LIMIT ?"))),
      note_delivery_(database.prepare("UPDATE messages SET deliveries = deliveries + 1 WHERE seq = ?")),
      remove_(database.prepare("DELETE FROM messages WHERE seq = ?")),
      due_(clock.steady_now() + between_looks) {
    sessions_.receptive.connect([this](const std::string& device_id) { deliver(device_id); });
    sessions_.message_acknowledged.connect(
        [this](const std::string& device_id, std::int64_t number) { complete(device_id, number); });
    sessions_.started_anew.connect([this](const std::string& device_id) { empty(device_id); });
    sessions_.gone.connect(
        [this](const std::string& device_id, std::uint64_t, const std::string&) { sent_.erase(device_id); });
}

Outcome<CloudToDevice::Receipt> CloudToDevice::enqueue(std::string_view device_id, CloudMessage message) {
    const auto device = registry_.get(device_id);
    if (!device) return device.error();
    if (auto good = check_cloud_message(message); !good) return std::move(good).error();
    if (device->waiting_messages >= limits_.depth) {
        return Fault{HubError::device_maximum_queue_depth_exceeded,
                     std::to_string(device->waiting_messages) + " messages wait for device '" + device->id +
                         "' already; it has to take some, or DELETE /devices/" + device->id +
                         "/commands removes them"};
    }
    const protocol::Property* named = protocol::find_property(message.properties, "$.mid");
    Receipt receipt;
    if (named != nullptr) {
        receipt.message_id = named->value.value_or("");
    } else {
        receipt.message_id = make_message_id();
        message.properties.push_back({"$.mid", receipt.message_id});
    }
    const base::SystemTime now = clock_.system_now();
    receipt.expires = now + message.time_to_live;
    insert_.start().bind(device->row).bind(receipt.message_id);
    insert_.bind(devicebound_bag(device_id, message, receipt.expires)).bind(message.payload);
    insert_.bind(now).bind(receipt.expires).run();
    database_.after_commit([this, id = device->id](const base::Result<void>& committed) {
        if (committed) deliver(id);
    });
    return receipt;
}

CloudToDevice::Row CloudToDevice::read_row(Statement& from) {
    Row row;
    row.number = from.number();
    row.message_id = from.text();
    row.bag = from.text();
    row.payload = from.text();
    row.enqueued = from.time();
    row.expires = from.time();
    row.deliveries = from.number();
    return row;
}

std::vector<CloudToDevice::Row> CloudToDevice::rows(Statement& statement) {
    std::vector<Row> found;
    while (statement.step()) {
        found.push_back(read_row(statement));
    }
    return found;
}

// In the order of the queue, so many at a time: a device is not drowned, and what it does not take is not in
// memory.
void CloudToDevice::deliver(const std::string& device_id) {
    if (!sessions_.can_deliver(device_id)) return;
    Sent& sent = sent_[device_id];
    if (sent.connection != connections_.find(device_id)->number) {
        sent = {.connection = connections_.find(device_id)->number, .last = 0, .unacknowledged = {}};
    }
    while (sent.unacknowledged.size() < limits_.unacknowledged) {
        next_.start().bind(device_id).bind(sent.last);
        next_.bind(static_cast<std::int64_t>(limits_.unacknowledged - sent.unacknowledged.size()));
        std::vector<Row> next = rows(next_);
        if (next.empty()) return;
        for (Row& row : next) {
            sent.last = row.number;
            if (row.expires <= clock_.system_now()) {
                drop(device_id, row, "expired");
            } else if (row.deliveries >= limits_.max_deliveries) {
                drop(device_id, row, "deliveryCountExceeded");
            } else {
                sent.unacknowledged.insert(row.number);
                send(device_id, sent.connection, std::move(row));
            }
        }
    }
}

// The delivery is counted durably before it happens: a message at which a device, or the hub, dies does not
// come for ever.
void CloudToDevice::send(const std::string& device_id, std::uint64_t connection, Row row) {
    note_delivery_.start().bind(row.number).run();
    database_.after_commit(
        [this, device_id, connection, row = std::move(row)](const base::Result<void>& committed) {
            if (!committed) {
                // It is delivered when the device comes again.
                const Connection* open = connections_.find(device_id);
                if (open != nullptr && open->number == connection) {
                    sessions_.disconnect(device_id, committed.error().message);
                }
                return;
            }
            const auto sent = sent_.find(device_id);
            if (sent == sent_.end() || sent->second.connection != connection ||
                !sent->second.unacknowledged.contains(row.number)) {
                return;  // gone, or purged, meanwhile
            }
            const auto qos =
                sessions_.deliver(device_id, connection, protocol::devicebound_topic(device_id, row.bag),
                                  row.payload, row.number, row.deliveries > 0);
            if (qos == 0) complete(device_id, row.number);
        });
}

void CloudToDevice::complete(const std::string& device_id, std::int64_t number) {
    const auto sent = sent_.find(device_id);
    if (sent == sent_.end() || sent->second.unacknowledged.erase(number) == 0) return;
    find_.start().bind(device_id).bind(number);
    for (const Row& row : rows(find_)) {
        drop(device_id, row, "completed");
    }
    deliver(device_id);
}

void CloudToDevice::drop(const std::string& device_id, const Row& row, std::string_view outcome) {
    remove_.start().bind(row.number).run();
    ObjectText json;
    json.text("deviceId", device_id).time("time", clock_.system_now()).text("messageId", row.message_id);
    json.text("outcome", outcome).time("enqueuedTime", row.enqueued).number("deliveryCount", row.deliveries);
    events_.record(EventKind::message, device_id, json.done());
    ended.emit(outcome);
}

std::size_t CloudToDevice::empty(const std::string& device_id) {
    next_.start().bind(device_id).bind(std::int64_t{0}).bind(std::numeric_limits<std::int64_t>::max());
    const std::vector<Row> all = rows(next_);
    for (const Row& row : all) {
        drop(device_id, row, "purged");
    }
    if (const auto sent = sent_.find(device_id); sent != sent_.end()) sent->second.unacknowledged.clear();
    return all.size();
}

Outcome<std::size_t> CloudToDevice::purge(std::string_view device_id) {
    const auto device = registry_.get(device_id);
    if (!device) return device.error();
    return empty(device->id);
}

std::int64_t CloudToDevice::waiting() {
    count_all_.start();
    if (!count_all_.step()) return 0;
    const std::int64_t count = count_all_.number();
    count_all_.finish();
    return count;
}

void CloudToDevice::tick() {
    const base::SteadyTime now = clock_.steady_now();
    if (now < due_) return;
    due_ = now + between_looks;
    expired_.start().bind(clock_.system_now()).bind(at_once);
    std::vector<std::pair<std::string, Row>> expired;
    while (expired_.step()) {
        Row row = read_row(expired_);
        expired.emplace_back(expired_.text(), std::move(row));
    }
    for (const auto& [device_id, row] : expired) {
        const auto sent = sent_.find(device_id);
        // What the device has in its hands is its own to acknowledge.
        if (sent != sent_.end() && sent->second.unacknowledged.contains(row.number)) continue;
        drop(device_id, row, "expired");
    }
}

}  // namespace hub
