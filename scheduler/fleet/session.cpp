#include "scheduler/fleet/session.hpp"

#include "base/json.hpp"
#include "protocol/sas.hpp"
#include "protocol/topics.hpp"
#include "protocol/username.hpp"

#include <algorithm>
#include <utility>

namespace fleet {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t most_packet = std::size_t{256} * 1024;
constexpr std::uint16_t subscribe_id = 1;
constexpr std::size_t kept_capacity = 1024;  // of a buffer that is empty: there are thousands of them
constexpr base::JsonLimits twin_limits{.bytes = most_packet, .depth = 32};

std::string_view why_refused(protocol::ConnectCode code) {
    switch (code) {
        case protocol::ConnectCode::bad_username_or_password:
        case protocol::ConnectCode::not_authorized:
            return "not authorised";
        case protocol::ConnectCode::server_unavailable:
            return "unavailable";
        case protocol::ConnectCode::identifier_rejected:
            return "identifier rejected";
        default:
            return "protocol version not accepted";
    }
}

}  // namespace

Session::Session(Identity identity, const Manner& manner, Figures& figures)
    : identity_(std::move(identity)), manner_(manner), figures_(figures), door_(identity_.temper) {}

Result<void> Session::open(base::SteadyTime now, base::SystemTime date) {
    lost();
    const auto token = protocol::make_sas_token(manner_.host + "/devices/" + identity_.id, identity_.key,
                                                date + manner_.token_life);
    if (!token) return base::with_context(token.error(), identity_.id);
    decoder_.emplace(most_packet);
    stage_ = Stage::connecting;
    now_ = began_ = sent_at_ = now;
    waiting_since_ = now;
    renew_at_ = now + manner_.token_life * 85 / 100;
    protocol::Username username;
    username.host = manner_.host;
    username.device_id = identity_.id;
    username.api_version = "2021-04-12";
    username.device_client_type = "doorlock-fleet";
    protocol::Connect connect;
    connect.client_id = identity_.id;
    connect.clean_session = false;
    connect.keep_alive = static_cast<std::uint16_t>(manner_.keep_alive.count());
    connect.username = protocol::make_username(username);
    connect.password = *token;
    protocol::encode_to(out_, connect);
    return {};
}

Result<void> Session::take(std::string_view bytes, base::SteadyTime now, base::SystemTime date) {
    if (stage_ == Stage::offline) return {};
    now_ = now;
    decoder_->feed(bytes);
    while (true) {
        const auto packet = decoder_->next();
        if (!packet) return base::with_context(packet.error(), identity_.id);
        if (!*packet) return {};
        if (auto done = handle(**packet, now, date); !done) return done;
        if (out_.size() > most_unsent) {
            return Error{Errc::too_large, identity_.id + ": the hub asks and does not read"};
        }
    }
}

Result<void> Session::handle(const protocol::Packet& packet, base::SteadyTime now, base::SystemTime date) {
    if (const auto* connack = std::get_if<protocol::Connack>(&packet)) return accepted(*connack);
    if (const auto* suback = std::get_if<protocol::Suback>(&packet)) return subscribed(*suback);
    if (const auto* publish = std::get_if<protocol::Publish>(&packet)) return published(*publish, now, date);
    if (std::holds_alternative<protocol::Pingresp>(packet)) {
        if (stage_ == Stage::ready) waiting_since_.reset();
        return {};
    }
    return Error{Errc::invalid_argument, identity_.id + ": the hub sent a packet that no hub sends"};
}

Result<void> Session::accepted(const protocol::Connack& connack) {
    if (stage_ != Stage::connecting) {
        return Error{Errc::invalid_argument, identity_.id + ": a second CONNACK"};
    }
    if (connack.code != protocol::ConnectCode::accepted) {
        ++figures_.refused;
        refused_ = true;
        return Error{Errc::unauthorized,
                     identity_.id + ": the hub refused it: " + std::string(why_refused(connack.code))};
    }
    ++figures_.connects;
    figures_.connect.add(now_ - began_);
    stage_ = Stage::subscribing;
    waiting_since_ = now_;
    protocol::Subscribe subscribe{.packet_id = subscribe_id, .subscriptions = {}};
    for (const auto filter :
         {protocol::methods_filter, protocol::twin_responses_filter, protocol::desired_filter}) {
        subscribe.subscriptions.push_back({manner_.dialect.on_wire(filter, identity_.id), 0});
    }
    protocol::encode_to(out_, subscribe);
    return {};
}

Result<void> Session::subscribed(const protocol::Suback& suback) {
    if (stage_ != Stage::subscribing || suback.packet_id != subscribe_id) {
        return Error{Errc::invalid_argument, identity_.id + ": a SUBACK that nobody asked for"};
    }
    if (std::find(suback.codes.begin(), suback.codes.end(), protocol::suback_failure) != suback.codes.end()) {
        return Error{Errc::unauthorized, identity_.id + ": the hub refused a subscription"};
    }
    stage_ = Stage::fetching;
    waiting_since_ = now_;
    publish(protocol::twin_get_topic(next_rid()), {});
    return {};
}

Result<void> Session::published(const protocol::Publish& publish, base::SteadyTime now,
                                base::SystemTime date) {
    if (publish.qos == 1) protocol::encode_to(out_, protocol::Puback{publish.packet_id});
    const auto topic = manner_.dialect.from_wire(publish.topic, identity_.id);
    if (!topic) return Error{Errc::invalid_argument, identity_.id + ": a message for another device"};
    const auto parsed = protocol::parse_hub_publish(*topic, identity_.id);
    if (!parsed) return base::with_context(parsed.error(), identity_.id);
    if (const auto* request = std::get_if<protocol::MethodRequest>(&*parsed)) {
        called(request->name, request->rid, publish.payload, now, date);
    } else if (const auto* response = std::get_if<protocol::TwinResponse>(&*parsed)) {
        twin_answered(response->status, response->rid, publish.payload);
    } else if (const auto* desired = std::get_if<protocol::DesiredPatch>(&*parsed)) {
        ++figures_.desired;
        report(acknowledge(publish.payload, std::to_string(desired->version)));
    }
    return {};
}

void Session::called(std::string_view method, std::string_view rid, std::string_view payload,
                     base::SteadyTime now, base::SystemTime date) {
    ++figures_.calls;
    const auto before = door_.actuations();
    const bool full = pending_.size() >= most_pending;
    auto made = full ? std::nullopt : door_.call(method, payload, now, date);
    if (!made) {
        ++figures_.unanswered;
        return;
    }
    figures_.actuations += door_.actuations() - before;
    auto topic = protocol::method_response_topic(made->status, rid);
    if (manner_.delay == std::chrono::milliseconds(0)) {
        answer(topic, *made);
    } else {
        pending_.push_back({now + manner_.delay, std::move(topic), std::move(*made)});
    }
}

void Session::answer(const std::string& topic, const Answer& made) {
    constexpr int restarting = 202;
    constexpr int first_refusal = 400;
    ++figures_.answers;
    if (made.status >= first_refusal) ++figures_.refusals;
    publish(topic, made.payload);
    if (made.status == restarting) wants_to_leave_ = true;
    if (door_.take_change() && manner_.reports_changes) report(R"("lock":)" + door_.lock_json());
}

void Session::twin_answered(int status, std::string_view rid, std::string_view payload) {
    constexpr int first_failure = 300;
    if (stage_ == Stage::fetching) {
        std::string members = R"("lock":)" + door_.lock_json() + R"(,"door":"closed","simulated":true)";
        if (const auto twin = base::raw_members(payload, twin_limits); twin && status < first_failure) {
            const std::string desired(base::find_raw(*twin, "desired").value_or("{}"));
            const auto parts = base::raw_members(desired, twin_limits);
            const std::string version(parts ? base::find_raw(*parts, "$version").value_or("1") : "1");
            const std::string more = acknowledge(desired, version);
            if (!more.empty()) members += "," + more;
        }
        (void)door_.take_change();  // this report has it
        stage_ = Stage::reporting;
        first_report_ = rid_ + 1;
        waiting_since_ = now_;
        report(members);
        return;
    }
    if (status >= first_failure) ++figures_.failed_reports;
    if (stage_ == Stage::reporting && rid == std::to_string(first_report_)) {
        stage_ = Stage::ready;
        waiting_since_.reset();
        figures_.ready.add(now_ - began_);
    }
}

// Each desired property with the Plug and Play acknowledgement; a deleted one is deleted.
std::string Session::acknowledge(std::string_view desired, std::string_view version) const {
    const auto members = base::raw_members(desired, twin_limits);
    if (!members) return {};
    std::string out;
    for (const auto& member : *members) {
        if (member.name.starts_with('$')) continue;
        if (!out.empty()) out += ',';
        out += base::quote_json(member.name) + ":";
        if (member.value == "null") {
            out += "null";
        } else {
            out.append(R"({"value":)").append(member.value).append(R"(,"ac":200,"av":)").append(version);
            out += R"(,"ad":"simulated"})";
        }
    }
    return out;
}

void Session::report(const std::string& members) {
    if (members.empty()) return;
    ++figures_.reports;
    publish(protocol::twin_reported_topic(next_rid()), "{" + members + "}");
}

void Session::publish(std::string_view topic, std::string_view payload) {
    protocol::encode_publish_to(out_, manner_.dialect.on_wire(topic, identity_.id), payload);
}

Result<void> Session::tick(base::SteadyTime now) {
    if (stage_ == Stage::offline) return {};
    now_ = now;
    while (!pending_.empty() && pending_.front().due <= now) {
        const Pending due = std::move(pending_.front());
        pending_.pop_front();
        answer(due.topic, due.answer);
    }
    if (waiting_since_ && now - *waiting_since_ >= manner_.patience) {
        return Error{Errc::timeout, identity_.id + ": the hub does not answer"};
    }
    if (stage_ != Stage::ready) return {};
    door_.let_go(now);
    if (door_.take_change() && manner_.reports_changes) report(R"("lock":)" + door_.lock_json());
    if (now >= renew_at_) wants_to_leave_ = true;
    if (!waiting_since_ && now - sent_at_ >= manner_.keep_alive * 3 / 4) {
        protocol::encode_to(out_, protocol::Pingreq{});
        sent_at_ = waiting_since_.emplace(now);
    }
    return {};
}

std::optional<base::SteadyTime> Session::due() const {
    if (stage_ == Stage::offline) return std::nullopt;
    base::SteadyTime first = renew_at_;
    if (waiting_since_) {
        first = std::min(first, *waiting_since_ + manner_.patience);
    } else {
        first = std::min(first, sent_at_ + manner_.keep_alive * 3 / 4);
    }
    if (!pending_.empty()) first = std::min(first, pending_.front().due);
    if (stage_ == Stage::ready && door_.hold_ends()) first = std::min(first, *door_.hold_ends());
    return first;
}

void Session::leave() {
    if (connected()) protocol::encode_to(out_, protocol::Disconnect{});
}

void Session::lost() {
    stage_ = Stage::offline;
    decoder_.reset();
    pending_.clear();
    out_ = std::string();
    waiting_since_.reset();
    wants_to_leave_ = false;
    refused_ = false;
}

void Session::sent(std::size_t bytes) {
    sent_at_ = now_;
    out_.erase(0, bytes);
    if (out_.empty() && out_.capacity() > kept_capacity) out_ = std::string();
}

}  // namespace fleet
