#include "scheduler/fleet/door.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "base/json.hpp"

#include <utility>

namespace fleet {

namespace {

constexpr base::JsonLimits payload_limits{.bytes = std::size_t{8} * 1024, .depth = 8};
constexpr std::size_t longest_command_id = 128;

Answer refusal(int status, std::string_view why) {
    return {status, R"({"error":)" + base::quote_json(why) + "}"};
}

// The arguments; those who encode once too often send the object as a text (the tutorial's script does).
base::Result<base::Json> arguments_of(std::string_view payload) {
    if (payload.empty()) return base::Json::object();
    auto json = base::Json::parse(payload, payload_limits);
    if (!json) return json;
    if (const auto text = json->view().as_string()) {
        auto inner = base::Json::parse(*text, payload_limits);
        if (!inner) return inner;
        json = std::move(inner);
    }
    if (json->view().is_null()) return base::Json::object();
    if (!json->is_object()) {
        return base::Error{base::Errc::invalid_argument,
                           "an object, a string that contains one, or null is expected"};
    }
    return json;
}

base::Result<std::optional<std::chrono::milliseconds>> hold_of(base::JsonView arguments, const char* name) {
    using Hold = std::optional<std::chrono::milliseconds>;
    const base::JsonView value = arguments.find(name);
    if (!value.exists() || value.is_null()) return Hold();
    const auto text = value.as_string();
    const auto seconds = value.as_number();
    auto time = text      ? base::parse_duration(*text)
                : seconds ? base::duration_from_seconds(*seconds)
                          : base::Error{base::Errc::invalid_argument, value.dump() + " is not a duration"};
    if (!time) return base::with_context(time.error(), name);
    return Hold(*time);
}

}  // namespace

std::optional<Answer> Door::call(std::string_view method, std::string_view payload, base::SteadyTime now,
                                 base::SystemTime date) {
    if (temper_ == Temper::silent) return std::nullopt;
    let_go(now);
    if (method == "lockDoor" || method == "unlockDoor") {
        return actuate(method == "lockDoor", payload, now, date);
    }
    if (method == "getStatus") {
        return Answer{200, R"({"Response":"getStatus called successfully","lock":)" + lock_json() +
                               R"(,"door":"closed"})"};
    }
    if (method == "reboot") {
        return Answer{202, R"({"Response":"reboot called successfully","restarting":"service"})"};
    }
    return refusal(404, "there is no method " + std::string(method) +
                            "; there are: lockDoor, unlockDoor, getStatus, reboot");
}

Answer Door::actuate(bool lock, std::string_view payload, base::SteadyTime now, base::SystemTime date) {
    const auto arguments = arguments_of(payload);
    if (!arguments) return refusal(400, "payload: " + arguments.error().message);
    const std::string command(arguments->find("commandId").as_string().value_or(""));
    if (command.size() > longest_command_id) return refusal(400, "commandId: at most 128 bytes");
    if (!command.empty() && command == last_command_) return last_answer_;
    const auto hold = hold_of(*arguments, lock ? "lockTime" : "unlockTime");
    if (!hold) return refusal(400, hold.error().message);

    Answer answer;
    if (temper_ == Temper::refusing) {
        answer = refusal(409, "interlock: the door is open");
    } else {
        ++actuations_;
        locked_ = lock;
        changed_ = true;
        hold_ends_.reset();
        hold_text_.clear();
        if (*hold) {
            hold_ends_ = now + **hold;
            hold_text_ = base::format_iso8601(date + **hold);
        }
        answer.payload = std::string(R"({"Response":")") + (lock ? "lockDoor" : "unlockDoor") +
                         R"( called successfully","lock":)" + lock_json() + R"(,"door":"closed"})";
    }
    last_command_ = command;
    if (!command.empty()) last_answer_ = answer;
    return answer;
}

void Door::let_go(base::SteadyTime now) {
    if (!hold_ends_ || now < *hold_ends_) return;
    hold_ends_.reset();
    hold_text_.clear();
    locked_ = true;
    changed_ = true;
}

std::string Door::lock_json() const {
    const std::string state = locked_ ? "locked" : "unlocked";
    std::string json = R"({"state":")" + state + R"(","source":"assumed")";
    if (!hold_text_.empty()) json += R"(,"hold":{"target":")" + state + R"(","until":")" + hold_text_ + "\"}";
    return json + "}";
}

bool Door::take_change() {
    return std::exchange(changed_, false);
}

}  // namespace fleet
