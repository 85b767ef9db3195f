#include "firmware/hub_link.hpp"

#include "base/duration.hpp"
#include "protocol/sas.hpp"
#include "protocol/username.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace firmware {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view api_version = "2021-04-12";
constexpr seconds reply_time{30};         // for a SUBACK or a twin; beyond it the connection is taken as dead
constexpr seconds patch_retry{10};        // after the hub was too busy for a report
constexpr seconds renew_postponed{5};     // while methods wait for their answer
constexpr milliseconds leave_time{1500};  // for the last words; systemd and people wait for us
constexpr seconds thrown_off_time{5};     // an accepted connection lives longer if nobody takes it over
constexpr unsigned methods_most = 64;

std::string_view kind_name(MqttFailure::Kind kind) {
    switch (kind) {
        case MqttFailure::Kind::network:
            return "network";
        case MqttFailure::Kind::certificate:
            return "certificate";
        case MqttFailure::Kind::credentials:
            return "unauthorized";
        case MqttFailure::Kind::protocol:
            return "protocol";
    }
    return "";
}

std::string_view cure(MqttFailure::Kind kind) {
    switch (kind) {
        case MqttFailure::Kind::network:
            return "check host and port, that the hub runs there, and that its certificate carries this host "
                   "name";
        case MqttFailure::Kind::certificate:
            return "check ca_file (the CA that signed the hub's certificate), the host name, and the clock";
        case MqttFailure::Kind::credentials:
            return "check the connection string: the device must be registered and enabled at this hub with "
                   "this "
                   "key, and the clock must be right";
        case MqttFailure::Kind::protocol:
            return "check that port leads to the hub's MQTT over TLS";
    }
    return "";
}

}  // namespace

HubLink::HubLink(HubSettings settings, MqttClient& client, Twin& twin, Reported& reported,
                 const base::Clock& clock, const base::Log& log, std::uint64_t seed, Seams seams)
    : settings_(std::move(settings)),
      client_(client),
      twin_(twin),
      reported_(reported),
      clock_(clock),
      log_(log),
      backoff_(seed),
      seams_(std::move(seams)) {
    client_.on_events(MqttClient::Events{
        .connected = [this] { connected(); },
        .connect_failed = [this](const MqttFailure& failure) { connect_failed(failure); },
        .subscribed =
            [this] {
                if (stage_ == Stage::subscribing) fetch();
            },
        .lost = [this](const std::string& reason) { lost(reason); },
        .disconnected = [this] { disconnected(); },
        .message = [this](const std::string& topic, const std::string& payload) { message(topic, payload); },
    });
}

// ---- the connection ----

void HubLink::start() {
    connect();
}

base::Result<std::string> HubLink::make_password() {
    const auto& identity = settings_.identity;
    const auto life = settings_.token_life;
    renew_at_ = clock_.steady_now() + life * 4 / 5;
    if (!identity.shared_access_signature.empty()) return identity.shared_access_signature;
    if (identity.x509) return std::string();
    std::string resource = identity.host + "/devices/" + identity.device_id;
    if (!identity.module_id.empty()) resource += "/modules/" + identity.module_id;
    return protocol::make_sas_token(resource, identity.shared_access_key, clock_.system_now() + life);
}

void HubLink::connect() {
    began_ = clock_.steady_now();
    auto password = make_password();
    if (!password) {
        connect_failed(MqttFailure{MqttFailure::Kind::credentials, password.error().message});
        return;
    }
    const auto& identity = settings_.identity;
    const bool module = !identity.module_id.empty();
    set_stage(Stage::connecting, std::nullopt);
    client_.connect(MqttConnect{
        .host = identity.gateway_host.empty() ? identity.host : identity.gateway_host,
        .port = settings_.port,
        .client_id = module ? identity.device_id + "/" + identity.module_id : identity.device_id,
        .username = protocol::make_username({.host = identity.host,
                                             .device_id = identity.device_id,
                                             .module_id = identity.module_id,
                                             .api_version = std::string(api_version),
                                             .device_client_type = "doorlockd/" DOORLOCK_VERSION,
                                             .model_id = settings_.model_id}),
        .password = std::move(*password),
        .ca_file = settings_.ca_file,
        .certificate_file = settings_.certificate_file,
        .key_file = settings_.key_file,
        .keep_alive = settings_.keep_alive,
    });
}

void HubLink::connected() {
    if (stage_ != Stage::connecting) return;
    ++connection_;
    accepted_at_ = clock_.steady_now();
    methods_pending_ = 0;
    patch_rid_.clear();
    patch_due_.reset();
    set_stage(Stage::subscribing, clock_.steady_now() + reply_time);
    client_.subscribe({std::string(protocol::methods_filter), std::string(protocol::twin_responses_filter),
                       std::string(protocol::desired_filter)});
}

void HubLink::connect_failed(const MqttFailure& failure) {
    if (stage_ == Stage::leaving) return disconnected();
    const bool slow = failure.kind == MqttFailure::Kind::credentials;
    const milliseconds delay = slow ? backoff_.slow() : backoff_.next();
    log_.warning("connect_failed", {{"kind", kind_name(failure.kind)},
                                    {"host", settings_.identity.host},
                                    {"port", settings_.port},
                                    {"reason", failure.reason},
                                    {"cure", cure(failure.kind)},
                                    {"retry_in", base::format_duration(delay)}});
    wait(delay);
}

void HubLink::lost(const std::string& reason) {
    if (!connection_stands()) return;
    if (stage_ == Stage::leaving || stage_ == Stage::renewing) return disconnected();
    // Once may be chance. Two clients with one identity throw each other off again and again.
    thrown_off_ = clock_.steady_now() - accepted_at_ < thrown_off_time ? thrown_off_ + 1 : 0;
    ended(reason);
}

void HubLink::ended(const std::string& reason) {
    reported_.forget();
    const milliseconds delay = backoff_.next();
    const base::Field why("reason", reason);
    const base::Field retry("retry_in", base::format_duration(delay));
    if (thrown_off_ >= 2) {
        log_.warning("disconnected",
                     {why, {"cause", "another client with this device's identity may be connected"}, retry});
    } else {
        log_.warning("disconnected", {why, retry});
    }
    wait(delay);
}

void HubLink::disconnected() {
    if (stage_ == Stage::renewing) {
        connect();
    } else if (stage_ == Stage::leaving) {
        set_stage(Stage::stopped, std::nullopt);
        if (auto left = std::exchange(left_, nullptr)) left();
    }
}

// The connection stands but serves nothing.
void HubLink::drop(const std::string& reason) {
    thrown_off_ = 0;
    if (connection_stands()) ended(reason);
    client_.disconnect();
}

void HubLink::wait(milliseconds delay) {
    set_stage(Stage::waiting, clock_.steady_now() + delay);
}

void HubLink::set_stage(Stage stage, std::optional<base::SteadyTime> due) {
    stage_ = stage;
    due_ = due;
    seams_.changed();
}

bool HubLink::connection_stands() const {
    return stage_ >= Stage::subscribing;
}

void HubLink::tick() {
    if (!due_ || *due_ > clock_.steady_now()) return;
    due_.reset();
    switch (stage_) {
        case Stage::waiting:
            return connect();
        case Stage::subscribing:
            return drop("the hub did not answer the subscription");
        case Stage::fetching:
            return drop("the hub did not answer with the twin");
        case Stage::online:
            return renew_or_wait();
        case Stage::leaving:
            return disconnected();
        case Stage::renewing:
            return connect();
        case Stage::connecting:
        case Stage::stopped:
            return;
    }
}

// While online the due time is that of the token, or of a report that is still to be confirmed.
void HubLink::renew_or_wait() {
    const auto now = clock_.steady_now();
    if (patch_due_ && *patch_due_ <= now) {
        if (!patch_rid_.empty()) return drop("the hub did not answer a report");
        patch_due_.reset();
        report();
    }
    if (renew_at_ <= now) {
        if (methods_pending_ > 0 && now < renew_at_ + reply_time) {
            due_ = now + renew_postponed;
            return seams_.changed();
        }
        log_.info("token_renewal");
        reported_.forget();
        set_stage(Stage::renewing, now + reply_time);
        return client_.disconnect();
    }
    due_ = patch_due_ ? std::min(*patch_due_, renew_at_) : renew_at_;
    seams_.changed();
}

void HubLink::stop(std::function<void()> done) {
    left_ = std::move(done);
    const bool stands = connection_stands();
    const bool connecting = stage_ == Stage::connecting;
    if (online()) report();
    set_stage(Stage::leaving, clock_.steady_now() + leave_time);
    if (stands || connecting) {
        client_.disconnect();
    } else {
        disconnected();
    }
}

// ---- what passes over it ----

void HubLink::fetch() {
    get_rid_ = next_rid();
    set_stage(Stage::fetching, clock_.steady_now() + reply_time);
    // The failure of a publish is followed by lost, which is where it is dealt with.
    (void)client_.publish(protocol::twin_get_topic(get_rid_), " ");
}

void HubLink::message(const std::string& topic, const std::string& payload) {
    if (!connection_stands()) return;
    const auto parsed =
        protocol::parse_hub_publish(topic, settings_.identity.device_id, settings_.identity.module_id);
    if (!parsed) {
        log_.warning("message_ignored", {{"reason", parsed.error().message}});
        return;
    }
    if (const auto* request = std::get_if<protocol::MethodRequest>(&*parsed)) method(*request, payload);
    if (const auto* response = std::get_if<protocol::TwinResponse>(&*parsed))
        twin_response(*response, payload);
    if (const auto* patch = std::get_if<protocol::DesiredPatch>(&*parsed)) desired(*patch, payload);
}

void HubLink::method(const protocol::MethodRequest& request, const std::string& payload) {
    const std::string rid(request.rid);
    if (methods_pending_ >= methods_most) {
        return answer(connection_, rid, failure(429, "more than 64 methods wait for an answer"));
    }
    ++methods_pending_;
    seams_.call_method(request.name, payload, [this, connection = connection_, rid](const Answer& given) {
        if (connection == connection_ && methods_pending_ > 0) --methods_pending_;
        answer(connection, rid, given);
    });
}

void HubLink::answer(std::uint64_t connection, const std::string& rid, const Answer& given) {
    // The hub has given up the calls of a connection that ended.
    if (connection != connection_ || !connection_stands()) return;
    if (auto sent = client_.publish(protocol::method_response_topic(given.status, rid), given.body); !sent) {
        log_.warning("answer_not_sent", {{"reason", sent.error().message}});
    }
}

void HubLink::twin_response(const protocol::TwinResponse& response, const std::string& payload) {
    if (response.rid == get_rid_) {
        get_rid_.clear();
        return twin_fetched(response, payload);
    }
    if (patch_rid_.empty() || response.rid != patch_rid_) return;
    patch_rid_.clear();
    patch_due_.reset();
    if (response.status < 300) {
        reported_.acknowledged();
    } else if (response.status == 429 || response.status >= 500) {
        reported_.lost();
        patch_due_ = clock_.steady_now() + patch_retry;
    } else {
        log_.error("report_refused", {{"status", response.status}, {"reason", payload}});
        reported_.refused();
    }
    if (!patch_due_) report();
    renew_or_wait();
}

void HubLink::twin_fetched(const protocol::TwinResponse& response, const std::string& payload) {
    const auto twin = base::Json::parse(payload);
    if (response.status != 200 || !twin || !twin->find("desired").is_object()) {
        return drop("the hub answered the request for the twin with status " +
                    std::to_string(response.status));
    }
    twin_.full(twin->find("desired"));
    reported_.adopt(twin->find("reported"));
    patch_rid_.clear();
    patch_due_.reset();
    if (stage_ == Stage::fetching) {
        backoff_.reset();
        const auto took = std::chrono::duration_cast<milliseconds>(clock_.steady_now() - began_);
        log_.info("connected", {{"host", settings_.identity.host},
                                {"port", settings_.port},
                                {"device", settings_.identity.device_id},
                                {"ms", took.count()}});
        set_stage(Stage::online, renew_at_);
    }
    report();
}

void HubLink::desired(const protocol::DesiredPatch& patch, const std::string& payload) {
    // Before the whole section is here it would be applied twice; the section has it.
    if (stage_ != Stage::online) return;
    const auto json = base::Json::parse(payload);
    if (!json || !json->is_object()) {
        log_.warning("message_ignored", {{"reason", "a desired change that is no JSON object"}});
        return;
    }
    if (!twin_.patch(*json, patch.version)) {
        log_.info("twin_gap", {{"version", patch.version}});
        get_rid_ = next_rid();
        // As in fetch(): a failure is followed by lost.
        (void)client_.publish(protocol::twin_get_topic(get_rid_), " ");
    }
    report();
}

void HubLink::report() {
    if (!online() || patch_due_ || !patch_rid_.empty()) return;
    const auto patch = reported_.next_patch();
    if (!patch) return;
    patch_rid_ = next_rid();
    patch_due_ = clock_.steady_now() + reply_time;
    if (!due_ || *patch_due_ < *due_) due_ = patch_due_;
    if (auto sent = client_.publish(protocol::twin_reported_topic(patch_rid_), *patch); !sent) {
        log_.warning("report_not_sent", {{"reason", sent.error().message}});
    }
    seams_.changed();
}

}  // namespace firmware
