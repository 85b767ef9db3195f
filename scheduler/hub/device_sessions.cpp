#include "scheduler/hub/device_sessions.hpp"

#include "protocol/property_bag.hpp"
#include "scheduler/hub/tracking.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace hub {
namespace {

using protocol::HubError;

constexpr std::size_t max_message = std::size_t{256} * 1024;  // §1.5

std::optional<Channel> channel_of(std::string_view filter, std::string_view device_id) {
    switch (protocol::classify_filter(filter, device_id)) {
        case protocol::Filter::methods:
            return Channel::methods;
        case protocol::Filter::twin_responses:
            return Channel::twin_responses;
        case protocol::Filter::desired:
            return Channel::desired;
        case protocol::Filter::devicebound:
            return Channel::devicebound;
        case protocol::Filter::undocumented:
            break;
    }
    return std::nullopt;
}

// The bag as the back end gets it: with what the flags of the packet mean (§1.1).
base::Result<std::string> properties_of(std::string_view bag, const protocol::Publish& message, bool will) {
    auto properties = protocol::parse_property_bag(bag);
    if (!properties) return std::move(properties).error();
    if (message.retain) properties->push_back({"mqtt-retain", "true"});
    if (message.dup) properties->push_back({"mqtt-dup", "true"});
    if (will) properties->push_back({"iothub-MessageType", "Will"});
    return protocol::format_property_bag(*properties);
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

    const auto stored = store_.load(device_id);
    if (clean_session && stored) store_.remove(device_id);
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
    remember(device_id, *connection, subscriptions);

    database_.after_commit([this, id = std::string(device_id), number = connection->number, became_callable,
                            codes = std::move(codes),
                            done = std::move(done)](const base::Result<void>& committed) {
        if (numbered(id, number) == nullptr) return;
        if (!committed) return end(id, committed.error().message, true);
        done(codes);
        if (became_callable && can_call(id)) callable.emit(id);
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

base::Result<void> DeviceSessions::receive(std::string_view device_id, const DeviceLink& link,
                                           const protocol::Publish& message,
                                           std::function<void()> acknowledge) {
    Connection* connection = current(device_id, link);
    if (connection == nullptr) return {};
    connection->last_activity = clock_.system_now();
    if (message.qos > 1) {
        return base::Error{base::Errc::invalid_argument, "a PUBLISH with QoS 2; an IoT Hub takes 0 and 1"};
    }
    if (message.payload.size() > max_message) {
        return base::Error{base::Errc::too_large, "a message of " + std::to_string(message.payload.size()) +
                                                      " bytes; at most " + std::to_string(max_message) +
                                                      " are allowed"};
    }
    const auto meaning = protocol::parse_device_publish(message.topic, device_id);
    if (!meaning) return meaning.error();

    const std::string id(device_id);
    if (const auto* sent = std::get_if<protocol::Telemetry>(&*meaning)) {
        const auto properties = properties_of(sent->bag, message, false);
        if (!properties) return with_context(properties.error(), "topic " + message.topic);
        telemetry.emit(Telemetry{id, *properties, message.payload, false});
    } else {
        act(id, *connection, message, *meaning);
    }
    if (acknowledge == nullptr) return {};
    database_.after_commit([this, id, number = connection->number,
                            acknowledge = std::move(acknowledge)](const base::Result<void>& committed) {
        if (numbered(id, number) == nullptr) return;
        if (!committed) return end(id, committed.error().message, true);
        acknowledge();
    });
    return {};
}

void DeviceSessions::act(const std::string& device_id, const Connection& connection,
                         const protocol::Publish& message, const protocol::DevicePublish& meaning) {
    if (const auto* get = std::get_if<protocol::TwinGet>(&meaning)) {
        answer_twin_get(device_id, connection, get->rid);
    } else if (const auto* patch = std::get_if<protocol::TwinReportedPatch>(&meaning)) {
        answer_twin_patch(device_id, connection, patch->rid, message.payload);
    } else if (const auto* response = std::get_if<protocol::MethodResponse>(&meaning)) {
        method_responded.emit(
            {device_id, connection.number, response->rid, response->status, message.payload});
    }
}

std::string DeviceSessions::error_body(HubError error, std::string_view text) const {
    const base::SystemTime now = clock_.system_now();
    return protocol::bare_error_body(error, text, new_tracking_id(now), now);
}

void DeviceSessions::answer_twin_get(const std::string& device_id, const Connection& connection,
                                     std::string_view rid) {
    auto view = twins_.device_view(device_id);
    const int status = view ? 200 : protocol::http_status(view.error().code);
    respond_after_commit(device_id, connection, rid, protocol::twin_response_topic(status, rid),
                         view ? std::move(*view) : error_body(view.error().code, view.error().message));
}

void DeviceSessions::answer_twin_patch(const std::string& device_id, const Connection& connection,
                                       std::string_view rid, std::string_view body) {
    const auto version = twins_.report(device_id, body);
    if (!version) {
        log_.info("twin_patch_refused", {{"device", device_id}, {"reason", version.error().message}});
    }
    if (rid.empty()) return;  // the device wants no reply (§1.7)
    if (version) {
        respond_after_commit(device_id, connection, rid, protocol::twin_response_topic(204, rid, *version),
                             {});
        return;
    }
    const Fault& fault = version.error();
    respond_after_commit(device_id, connection, rid,
                         protocol::twin_response_topic(protocol::http_status(fault.code), rid),
                         error_body(fault.code, fault.message));
}

void DeviceSessions::respond_after_commit(const std::string& device_id, const Connection& connection,
                                          std::string_view rid, std::string topic, std::string body) {
    database_.after_commit([this, device_id, number = connection.number, rid = std::string(rid),
                            topic = std::move(topic),
                            body = std::move(body)](const base::Result<void>& committed) {
        const Connection* open = numbered(device_id, number);
        if (open == nullptr || !open->subscriptions.has(Channel::twin_responses)) return;
        const int qos = open->subscriptions.qos(Channel::twin_responses);
        if (committed) {
            open->link->publish(topic, body, qos);
        } else {
            open->link->publish(protocol::twin_response_topic(503, rid),
                                error_body(HubError::service_unavailable, committed.error().message), qos);
        }
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

base::Result<void> DeviceSessions::check_will(std::string_view device_id, std::string_view topic) const {
    const auto meaning = protocol::parse_device_publish(topic, device_id);
    if (meaning && std::holds_alternative<protocol::Telemetry>(*meaning)) return {};
    return base::Error{base::Errc::invalid_argument, "the will's topic is '" + std::string(topic) +
                                                         "'; it must be " +
                                                         protocol::telemetry_topic(device_id)};
}

void DeviceSessions::publish_will(std::string_view device_id, const DeviceLink& link,
                                  const protocol::Will& will) {
    const Connection* connection = current(device_id, link);
    if (connection == nullptr || !connection->accepted) return;
    const auto meaning = protocol::parse_device_publish(will.topic, device_id);
    const auto* sent = meaning ? std::get_if<protocol::Telemetry>(&*meaning) : nullptr;
    if (sent == nullptr) return;  // check_will() has refused it
    protocol::Publish message;
    message.retain = will.retain;
    const auto properties = properties_of(sent->bag, message, true);
    if (!properties) {
        log_.info("will_dropped", {{"device", device_id}, {"reason", properties.error().message}});
        return;
    }
    telemetry.emit(Telemetry{device_id, *properties, will.payload, true});
}

bool DeviceSessions::can_call(std::string_view device_id) const {
    const Connection* connection = std::as_const(connections_).find(device_id);
    return connection != nullptr && connection->accepted && connection->subscriptions.has(Channel::methods);
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
