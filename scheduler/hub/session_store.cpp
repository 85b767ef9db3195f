#include "scheduler/hub/session_store.hpp"

#include <array>

namespace hub {
namespace {

// In the order of the table's columns.
constexpr std::array<Channel, channel_count> channels{Channel::methods, Channel::twin_responses,
                                                      Channel::desired, Channel::devicebound};

}  // namespace

SessionStore::SessionStore(Database& database)
    : load_(database.prepare("SELECT s.methods, s.twin_responses, s.desired, s.devicebound FROM sessions s "
                             "JOIN devices d ON d.seq = s.device WHERE d.id = ?")),
      store_(database.prepare("INSERT INTO sessions SELECT seq, ?, ?, ?, ? FROM devices WHERE id = ? "
                              "ON CONFLICT (device) DO UPDATE SET methods = excluded.methods, "
                              "twin_responses = excluded.twin_responses, desired = excluded.desired, "
                              "devicebound = excluded.devicebound")),
      remove_(
          database.prepare("DELETE FROM sessions WHERE device = (SELECT seq FROM devices WHERE id = ?)")) {}

std::optional<Subscriptions> SessionStore::load(std::string_view device_id) {
    load_.start().bind(device_id);
    if (!load_.step()) return std::nullopt;
    Subscriptions subscriptions;
    for (const Channel channel : channels) {
        if (const auto qos = load_.number(); qos >= 0) subscriptions.grant(channel, static_cast<int>(qos));
    }
    load_.finish();
    return subscriptions;
}

void SessionStore::store(std::string_view device_id, const Subscriptions& subscriptions) {
    store_.start();
    for (const Channel channel : channels) {
        store_.bind(static_cast<std::int64_t>(subscriptions.qos(channel)));
    }
    store_.bind(device_id).run();
}

void SessionStore::remove(std::string_view device_id) {
    remove_.start().bind(device_id).run();
}

}  // namespace hub
