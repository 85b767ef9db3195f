#include "scheduler/hub/device_sessions.hpp"

#include "scheduler/hub/identity.hpp"

#include <algorithm>
#include <utility>

namespace hub {
namespace {

std::optional<Channel> channel_of(std::string_view filter, std::string_view device_id) {
    switch (protocol::classify_filter(filter, device_id)) {
        case protocol::Filter::methods:
            return Channel::methods;
        case protocol::Filter::twin_responses:
            return Channel::twin_responses;
        case protocol::Filter::desired:
            return Channel::desired;
        case protocol::Filter::devicebound:  // messages from the cloud are for devices only (§1.4)
            if (split_identity(device_id).is_module()) break;
            return Channel::devicebound;
        case protocol::Filter::undocumented:
            break;
    }
    return std::nullopt;
}

}  // namespace

DeviceSessions::DeviceSessions(Database& database, Connections& connections, Registry& registry,
                               TwinStore& twins, const base::Clock& clock, const base::Log& log)
    : database_(database),
      connections_(connections),
      registry_(registry),
      twins_(twins),
      clock_(clock),
      log_(log),
      store_(database) {
    registry_.access_changed.connect(
        [this](const std::string& device_id, const std::string& reason) { disconnect(device_id, reason); });
    twins_.desired_changed.connect(
        [this](const std::string& device_id, std::int64_t version, const std::string& body) {
            notify_desired(device_id, version, body);
        });
}

Connection* DeviceSessions::current(std::string_view device_id, const DeviceLink& link) {
    Connection* connection = connections_.find(device_id);
    return connection != nullptr && connection->link == &link ? connection : nullptr;
}

Connection* DeviceSessions::numbered(std::string_view device_id, std::uint64_t number) {
    Connection* connection = connections_.find(device_id);
    return connection != nullptr && connection->number == number ? connection : nullptr;
}

void DeviceSessions::attach(const Admission& admission, DeviceLink& link, bool clean_session, Attached done) {
    const std::string& device_id = admission.device_id;
    end(device_id, "the device connected anew", true);

    const base::SystemTime now = clock_.system_now();
    Connection connection;
    connection.number = ++last_number_;
    connection.link = &link;
    connection.persistent = !clean_session;
    connection.since = now;
    connection.last_activity = now;
    connection.model_id = admission.model_id;

    const auto stored = store_.load(device_id);
    if (clean_session && stored) store_.remove(device_id);
    if (clean_session) started_anew.emit(device_id);
    if (!clean_session && !stored) store_.store(device_id, connection.subscriptions);
    if (!clean_session && stored) connection.subscriptions = *stored;
    if (!admission.model_id.empty()) registry_.set_model_id(device_id, admission.model_id);

    const bool session_present = !clean_session && stored.has_value();
    const std::uint64_t number = connection.number;
    connections_.connections_.insert_or_assign(device_id, connection);
    database_.after_commit([this, device_id, number, session_present,
                            done = std::move(done)](const base::Result<void>& committed) {
        accept(device_id, number, session_present, committed, done);
    });
}

void DeviceSessions::accept(const std::string& device_id, std::uint64_t number, bool session_present,
                            const base::Result<void>& committed, const Attached& done) {
    Connection* connection = numbered(device_id, number);
    if (connection == nullptr) return;
    if (!committed) {
        end(device_id, committed.error().message, false);
        done(committed.error());
        return;
    }
    connection->accepted = true;
    done(session_present);
    if (numbered(device_id, number) == nullptr) return;
    presence_changed.emit(device_id, true);
    if (can_call(device_id)) callable.emit(device_id);
    if (can_deliver(device_id)) receptive.emit(device_id);
}

void DeviceSessions::detach(std::string_view device_id, const DeviceLink& link) {
    if (current(device_id, link) != nullptr) end(std::string(device_id), "the connection ended", false);
}

void DeviceSessions::disconnect(std::string_view device_id, std::string_view reason) {
    end(std::string(device_id), reason, true);
}

void DeviceSessions::end(const std::string& device_id, std::string_view reason, bool tell_link) {
    const auto found = connections_.connections_.find(device_id);
    if (found == connections_.connections_.end()) return;
    const Connection connection = found->second;
    connections_.connections_.erase(found);
    registry_.note_departure(device_id, clock_.system_now(), connection.last_activity);
    if (tell_link) connection.link->close(reason);
    gone.emit(device_id, connection.number, std::string(reason));
    if (connection.accepted) presence_changed.emit(device_id, false);
}

// The row is written only when it says something new: a device that subscribes with every connect costs
// nothing.
void DeviceSessions::remember(std::string_view device_id, Connection& connection,
                              const Subscriptions& subscriptions) {
    if (connection.subscriptions == subscriptions) return;
    connection.subscriptions = subscriptions;
    if (connection.persistent) store_.store(device_id, subscriptions);
}

void DeviceSessions::subscribe(std::string_view device_id, const DeviceLink& link,
                               const std::vector<protocol::Subscription>& requests, Subscribed done) {
    Connection* connection = current(device_id, link);
    if (connection == nullptr) return;
    std::vector<std::uint8_t> codes;
    Subscriptions subscriptions = connection->subscriptions;
    for (const protocol::Subscription& request : requests) {
        const std::uint8_t granted = std::min<std::uint8_t>(request.qos, 1);  // QoS 2 is granted as 1 (§1.1)
        codes.push_back(granted);
        if (const auto channel = channel_of(request.filter, device_id)) {
            subscriptions.grant(*channel, granted);
        } else {
            log_.info("filter_ignored", {{"device", device_id}, {"filter", request.filter}});
        }
    }
    const bool became_callable =
        subscriptions.has(Channel::methods) && !connection->subscriptions.has(Channel::methods);
    const bool became_receptive =
        subscriptions.has(Channel::devicebound) && !connection->subscriptions.has(Channel::devicebound);
    remember(device_id, *connection, subscriptions);

    database_.after_commit([this, id = std::string(device_id), number = connection->number, became_callable,
                            became_receptive, codes = std::move(codes),
                            done = std::move(done)](const base::Result<void>& committed) {
        if (numbered(id, number) == nullptr) return;
        if (!committed) return end(id, committed.error().message, true);
        done(codes);
        if (became_callable && can_call(id)) callable.emit(id);
        if (became_receptive && can_deliver(id)) receptive.emit(id);
    });
}

void DeviceSessions::unsubscribe(std::string_view device_id, const DeviceLink& link,
                                 const std::vector<std::string>& filters, std::function<void()> done) {
    Connection* connection = current(device_id, link);
    if (connection == nullptr) return;
    Subscriptions subscriptions = connection->subscriptions;
    for (const std::string& filter : filters) {
        if (const auto channel = channel_of(filter, device_id)) subscriptions.revoke(*channel);
    }
    remember(device_id, *connection, subscriptions);

    database_.after_commit([this, id = std::string(device_id), number = connection->number,
                            done = std::move(done)](const base::Result<void>& committed) {
        if (numbered(id, number) == nullptr) return;
        if (!committed) return end(id, committed.error().message, true);
        done();
    });
}

void DeviceSessions::notify_desired(const std::string& device_id, std::int64_t version,
                                    const std::string& body) {
    const Connection* connection = connections_.find(device_id);
    if (connection == nullptr || !connection->accepted || !connection->subscriptions.has(Channel::desired)) {
        return;  // never queued: the device reads its twin when it connects (§1.7)
    }
    connection->link->publish(protocol::desired_patch_topic(version), body,
                              connection->subscriptions.qos(Channel::desired));
}

bool DeviceSessions::can_call(std::string_view device_id) const {
    const Connection* connection = std::as_const(connections_).find(device_id);
    return connection != nullptr && connection->accepted && connection->subscriptions.has(Channel::methods);
}

bool DeviceSessions::can_deliver(std::string_view device_id) const {
    const Connection* connection = std::as_const(connections_).find(device_id);
    return connection != nullptr && connection->accepted &&
           connection->subscriptions.has(Channel::devicebound);
}

std::optional<int> DeviceSessions::deliver(std::string_view device_id, std::uint64_t connection,
                                           std::string_view topic, std::string_view payload,
                                           std::int64_t message, bool again) {
    const Connection* open = numbered(device_id, connection);
    if (open == nullptr || !can_deliver(device_id)) return std::nullopt;
    const int qos = open->subscriptions.qos(Channel::devicebound);
    if (qos == 0) {
        open->link->publish(topic, payload, 0);
    } else {
        open->link->deliver(topic, payload, message, again);
    }
    return numbered(device_id, connection) == nullptr ? std::nullopt : std::optional(qos);
}

void DeviceSessions::acknowledged(std::string_view device_id, const DeviceLink& link, std::int64_t message) {
    if (current(device_id, link) != nullptr) message_acknowledged.emit(std::string(device_id), message);
}

std::optional<std::uint64_t> DeviceSessions::send_method(std::string_view device_id, std::string_view name,
                                                         std::string_view rid, std::string_view payload) {
    if (!can_call(device_id)) return std::nullopt;
    const Connection* connection = connections_.find(device_id);
    const std::uint64_t number = connection->number;
    connection->link->publish(protocol::method_request_topic(name, rid), payload,
                              connection->subscriptions.qos(Channel::methods));
    // A link that cannot take more ends at once.
    return numbered(device_id, number) == nullptr ? std::nullopt : std::optional(number);
}

}  // namespace hub
