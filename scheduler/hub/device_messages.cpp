#include "protocol/property_bag.hpp"
#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/identity.hpp"
#include "scheduler/hub/tracking.hpp"

#include <utility>
#include <variant>

// What devices send, and what it is answered with.

namespace hub {
namespace {

using protocol::HubError;

constexpr std::size_t max_message = std::size_t{256} * 1024;  // §1.5

// The bag as the back end gets it: with what the flags of the packet mean (§1.1).
base::Result<std::string> properties_of(std::string_view bag, const protocol::Publish& message, bool will) {
    auto properties = protocol::parse_property_bag(bag);
    if (!properties) return std::move(properties).error();
    if (message.retain) properties->push_back({"mqtt-retain", "true"});
    if (message.dup) properties->push_back({"mqtt-dup", "true"});
    if (will) properties->push_back({"iothub-MessageType", "Will"});
    return protocol::format_property_bag(*properties);
}

base::Result<protocol::DevicePublish> meaning_of(std::string_view topic, std::string_view id) {
    const Identity sender = split_identity(id);
    return protocol::parse_device_publish(topic, sender.device, sender.module);
}

}  // namespace

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
    const auto meaning = meaning_of(message.topic, device_id);
    if (!meaning) return meaning.error();

    const std::string id(device_id);
    if (const auto* sent = std::get_if<protocol::Telemetry>(&*meaning)) {
        const auto properties = properties_of(sent->bag, message, false);
        if (!properties) return with_context(properties.error(), "topic " + message.topic);
        telemetry.emit({.device_id = id,
                        .model_id = connection->model_id,
                        .properties = *properties,
                        .payload = message.payload});
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

base::Result<void> DeviceSessions::check_will(std::string_view device_id, std::string_view topic) const {
    const auto meaning = meaning_of(topic, device_id);
    if (meaning && std::holds_alternative<protocol::Telemetry>(*meaning)) return {};
    const Identity sender = split_identity(device_id);
    return base::Error{base::Errc::invalid_argument,
                       "the will's topic is '" + std::string(topic) + "'; it must be " +
                           protocol::telemetry_topic(sender.device, {}, sender.module)};
}

void DeviceSessions::publish_will(std::string_view device_id, const DeviceLink& link,
                                  const protocol::Will& will) {
    const Connection* connection = current(device_id, link);
    if (connection == nullptr || !connection->accepted) return;
    const auto meaning = meaning_of(will.topic, device_id);
    const auto* sent = meaning ? std::get_if<protocol::Telemetry>(&*meaning) : nullptr;
    if (sent == nullptr) return;  // check_will() has refused it
    protocol::Publish message;
    message.retain = will.retain;
    const auto properties = properties_of(sent->bag, message, true);
    if (!properties) {
        log_.info("will_dropped", {{"device", device_id}, {"reason", properties.error().message}});
        return;
    }
    telemetry.emit({.device_id = device_id,
                    .model_id = connection->model_id,
                    .properties = *properties,
                    .payload = will.payload,
                    .will = true});
}

}  // namespace hub
