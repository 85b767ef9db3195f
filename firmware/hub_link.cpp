#include "firmware/hub_link.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "firmware/failure_text.hpp"
#include "protocol/sas.hpp"
#include "protocol/topics.hpp"
#include "protocol/username.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace firmware {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view api_version = "2021-04-12";
constexpr seconds connect_time{120};      // beyond what Paho allows itself, 30 s, and a slow resolver needs
constexpr seconds subscribe_time{30};     // for a SUBACK; beyond it the connection is taken as dead
constexpr seconds renew_postponed{5};     // while methods wait for their answer
constexpr seconds renew_patience{30};     // no longer than this
constexpr milliseconds leave_time{1500};  // for all of a stop; systemd and people wait for us
constexpr milliseconds last_words{900};   // of it for the answers and the report that are under way
constexpr seconds thrown_off_time{5};     // an accepted connection lives longer if nobody takes it over

}  // namespace

HubLink::HubLink(HubSettings settings, MqttClient& client, Twin& twin, Reported& reported,
                 Telemetry& telemetry, const base::Clock& clock, const base::Log& log, std::uint64_t seed,
                 Seams seams)
    : settings_(std::move(settings)),
      client_(client),
      telemetry_(telemetry),
      clock_(clock),
      log_(log),
      ignored_(log, clock, &base::Log::warning, "message_ignored"),
      backoff_(seed),
      seams_(std::move(seams)),
      methods_(
          seams_.call_method,
          [this](const std::string& topic, const std::string& payload) {
              auto sent = client_.publish(topic, payload);
              if (!sent) seams_.changed();
              return sent;
          },
          clock, log, [this] { leave_if_all_is_said(); }),
      twin_sync_(twin, reported, settings_.liveness, clock, log,
                 {.publish = [this](const std::string& topic,
                                    const std::string& payload) { return client_.publish(topic, payload); },
                  .synchronised = [this] { synchronised(); },
                  .dead = [this](const std::string& reason) { drop(reason); },
                  .changed = [this] { seams_.changed(); }}) {
    client_.on_events(MqttClient::Events{
        .connected = [this] { connected(); },
        .connect_failed = [this](const MqttFailure& failure) { connect_failed(failure); },
        .subscribed = [this] { subscribed(); },
        .lost = [this](const std::string& reason) { lost(reason); },
        .rejected = [this](const std::string& reason) { rejected(reason); },
        .disconnected = [this] { disconnected(); },
        .message = [this](const std::string& topic, const std::string& payload) { message(topic, payload); },
        .oversized = [this](const std::string& topic, std::size_t bytes) { oversized(topic, bytes); },
        .delivered = [this](std::uint64_t number) { telemetry_.delivered(number); },
    });
}

// ---- up ----

void HubLink::start() {
    connect();
}

base::Result<std::string> HubLink::make_password() {
    const auto& identity = settings_.identity;
    renew_at_.reset();
    if (!identity.shared_access_signature.empty()) return identity.shared_access_signature;
    if (identity.x509) return std::string();
    const auto life = settings_.token_life;
    renew_at_ = clock_.steady_now() + life * 4 / 5;
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
    set_stage(Stage::connecting, clock_.steady_now() + connect_time);
    // A gateway is who we talk to, not who we are: user name and token keep the hub's name.
    client_.connect(MqttConnect{
        .host = peer(),
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
    accepted_at_ = clock_.steady_now();
    methods_.connected();
    set_stage(Stage::subscribing, clock_.steady_now() + subscribe_time);
    client_.subscribe({std::string(protocol::methods_filter), std::string(protocol::twin_responses_filter),
                       std::string(protocol::desired_filter)});
}

void HubLink::subscribed() {
    if (stage_ != Stage::subscribing) return;
    set_stage(Stage::fetching, std::nullopt);
    twin_sync_.connected();
}

void HubLink::synchronised() {
    backoff_.reset();
    const auto took = std::chrono::duration_cast<milliseconds>(clock_.steady_now() - began_);
    log_.info("connected", {{"host", peer()},
                            {"port", settings_.port},
                            {"device", settings_.identity.device_id},
                            {"ms", took.count()}});
    set_stage(Stage::online, renew_at_);
    telemetry_.connected([this](const std::string& topic, const std::string& body, std::uint64_t number) {
        return client_.publish_acknowledged(topic, body, number);
    });
}

const std::string& HubLink::peer() const {
    const auto& identity = settings_.identity;
    return identity.gateway_host.empty() ? identity.host : identity.gateway_host;
}

std::optional<protocol::HubPublish> HubLink::parse(const std::string& topic) {
    if (!connection_stands()) return std::nullopt;
    auto parsed =
        protocol::parse_hub_publish(topic, settings_.identity.device_id, settings_.identity.module_id);
    if (parsed) return *std::move(parsed);
    ignored_.write({{"reason", parsed.error().message}});
    return std::nullopt;
}

void HubLink::message(const std::string& topic, const std::string& payload) {
    const auto parsed = parse(topic);
    if (!parsed) return;
    if (const auto* request = std::get_if<protocol::MethodRequest>(&*parsed)) {
        methods_.request(*request, payload);
    } else if (const auto* response = std::get_if<protocol::TwinResponse>(&*parsed)) {
        twin_sync_.response(*response, payload);
    } else if (const auto* patch = std::get_if<protocol::DesiredPatch>(&*parsed)) {
        twin_sync_.desired(*patch, payload);
    }
    leave_if_all_is_said();
}

void HubLink::oversized(const std::string& topic, std::size_t bytes) {
    const auto parsed = parse(topic);
    if (!parsed) return;
    if (const auto* request = std::get_if<protocol::MethodRequest>(&*parsed)) {
        methods_.refuse(*request,
                        failure(400, "the payload has " + std::to_string(bytes) + " bytes; at most " +
                                         std::to_string(longest_arguments) + " are expected"));
    } else if (const auto* response = std::get_if<protocol::TwinResponse>(&*parsed)) {
        twin_sync_.oversized_response(*response, bytes);
    } else if (const auto* patch = std::get_if<protocol::DesiredPatch>(&*parsed)) {
        twin_sync_.oversized_desired(*patch, bytes);
    }
    leave_if_all_is_said();
}

// ---- down ----

// A token that somebody has made elsewhere ends without a word, and only the door knows by then.
std::string HubLink::why_not_authorised(const MqttFailure& failure) const {
    if (failure.kind != MqttFailure::Kind::credentials) return {};
    const auto token = protocol::parse_sas_token(settings_.identity.shared_access_signature);
    if (!token || token->expiry > clock_.system_now()) return {};
    return "; the SharedAccessSignature ended at " + base::format_iso8601(token->expiry);
}

void HubLink::connect_failed(const MqttFailure& failure) {
    if (stage_ == Stage::leaving) return disconnected();
    const bool slow =
        failure.kind == MqttFailure::Kind::credentials || failure.kind == MqttFailure::Kind::own_files;
    const milliseconds delay = slow ? backoff_.slow() : backoff_.next();
    log_.warning("connect_failed", {{"kind", name_of(failure.kind)},
                                    {"host", peer()},
                                    {"port", settings_.port},
                                    {"reason", failure.reason + why_not_authorised(failure)},
                                    {"cure", cure_for(failure.kind)},
                                    {"retry_in", base::format_duration(delay)}});
    set_stage(Stage::waiting, clock_.steady_now() + delay);
}

void HubLink::lost(const std::string& reason) {
    if (!connection_stands()) return;
    if (stage_ == Stage::answering) stage_ = Stage::leaving;
    if (stage_ == Stage::leaving || stage_ == Stage::renewing) return disconnected();
    // Once may be chance. Two clients with one identity throw each other off again and again.
    thrown_off_ = clock_.steady_now() - accepted_at_ < thrown_off_time ? thrown_off_ + 1 : 0;
    ended(reason);
}

// The hub may send it again as soon as we are back.
void HubLink::rejected(const std::string& reason) {
    if (!connection_stands()) return;
    if (stage_ == Stage::answering) stage_ = Stage::leaving;
    if (stage_ == Stage::leaving || stage_ == Stage::renewing) return disconnected();
    thrown_off_ = 0;
    ended(reason, backoff_.next());
}

void HubLink::ended(const std::string& reason) {
    ended(reason, online() && thrown_off_ == 0 ? backoff_.after_loss() : backoff_.next());
}

void HubLink::ended(const std::string& reason, milliseconds delay) {
    let_go();
    const base::Field why("reason", reason);
    const base::Field retry("retry_in", base::format_duration(delay));
    if (thrown_off_ >= 2) {
        log_.warning("disconnected",
                     {why, {"cause", "another client with this device's identity may be connected"}, retry});
    } else {
        log_.warning("disconnected", {why, retry});
    }
    set_stage(Stage::waiting, clock_.steady_now() + delay);
}

// Nothing more can be asked or answered on this connection.
void HubLink::let_go() {
    methods_.disconnected();
    twin_sync_.disconnected();
    telemetry_.disconnected();
}

void HubLink::disconnected() {
    if (stage_ == Stage::renewing) {
        connect();
    } else if (stage_ == Stage::leaving) {
        let_go();
        set_stage(Stage::stopped, std::nullopt);
        if (auto left = std::exchange(left_, nullptr)) left();
    }
}

// The connection stands but serves nothing.
void HubLink::drop(const std::string& reason) {
    if (stage_ == Stage::answering) return leave();
    thrown_off_ = 0;
    if (connection_stands()) ended(reason);
    client_.disconnect();
}

void HubLink::renew() {
    const auto now = clock_.steady_now();
    if (methods_.pending() > 0 && now < *renew_at_ + renew_patience) {
        due_ = now + renew_postponed;
        return seams_.changed();
    }
    log_.info("token_renewal");
    let_go();
    set_stage(Stage::renewing, now + subscribe_time);
    client_.disconnect();
}

void HubLink::stop(std::function<void()> done) {
    left_ = std::move(done);
    const auto now = clock_.steady_now();
    leave_by_ = now + leave_time;
    const bool ends_anyway = stage_ == Stage::connecting || stage_ == Stage::renewing;
    if (ends_anyway) return leave();
    if (!connection_stands()) {
        set_stage(Stage::leaving, leave_by_);
        return disconnected();
    }
    if (online()) report();
    set_stage(Stage::answering, now + last_words);
    leave_if_all_is_said();
}

void HubLink::leave_if_all_is_said() {
    if (stage_ == Stage::answering && methods_.idle() && !twin_sync_.more_to_say()) leave();
}

void HubLink::leave() {
    let_go();
    set_stage(Stage::leaving, leave_by_);
    client_.disconnect();
}

// ---- time ----

void HubLink::set_stage(Stage stage, std::optional<base::SteadyTime> due) {
    stage_ = stage;
    due_ = due;
    seams_.changed();
}

std::optional<base::SteadyTime> HubLink::next_due() const {
    std::optional<base::SteadyTime> due = due_;
    for (const auto& other :
         {methods_.next_due(), twin_sync_.next_due(), telemetry_.next_due(), ignored_.next_due()}) {
        if (other && (!due || *other < *due)) due = other;
    }
    return due;
}

void HubLink::tick() {
    telemetry_.tick();
    methods_.tick();
    if (online() && telemetry_.stalled()) return drop("the hub did not acknowledge a message");
    ignored_.tick();
    twin_sync_.tick();
    if (!due_ || *due_ > clock_.steady_now()) return;
    due_.reset();
    switch (stage_) {
        case Stage::waiting:
        case Stage::renewing:
            return connect();
        case Stage::connecting:
            connect_failed(MqttFailure{MqttFailure::Kind::network, "nothing came of the attempt within " +
                                                                       base::format_duration(connect_time)});
            return client_.disconnect();
        case Stage::subscribing:
            return drop("the hub did not answer the subscription");
        case Stage::online:
            return renew();
        case Stage::answering:
            return leave();
        case Stage::leaving:
            return disconnected();
        case Stage::fetching:
        case Stage::stopped:
            return;
    }
}

}  // namespace firmware
