#include "firmware/methods.hpp"

#include "base/duration.hpp"
#include "base/excerpt.hpp"
#include "base/iso8601.hpp"

#include <initializer_list>
#include <string>
#include <utility>

namespace firmware {

namespace {

constexpr base::JsonLimits payload_limits{.bytes = longest_arguments, .depth = 8};
constexpr std::string_view lock_method = "lockDoor";
constexpr std::string_view unlock_method = "unlockDoor";
constexpr std::string_view known_methods = "lockDoor, unlockDoor, getStatus, reboot";

// A name that a stranger chose, for logs and answers.
std::string shown(std::string_view name) {
    return base::excerpt(name, 64);
}

std::optional<Answer> unknown_argument(base::JsonView arguments,
                                       std::initializer_list<std::string_view> known) {
    for (const base::JsonView argument : arguments) {
        bool found = false;
        std::string names;
        for (const std::string_view name : known) {
            found = found || argument.name() == name;
            names += (names.empty() ? "" : ", ") + std::string(name);
        }
        if (!found) {
            return bad_argument(argument.name(), "there is no such argument",
                                names.empty() ? "no arguments" : names);
        }
    }
    return std::nullopt;
}

base::Result<std::chrono::milliseconds> parse_time(base::JsonView value) {
    if (const auto text = value.as_string()) return base::parse_duration(*text);
    if (const auto seconds = value.as_number()) return base::duration_from_seconds(*seconds);
    return base::Error{base::Errc::invalid_argument, value.dump() + " is not a duration"};
}

std::variant<std::optional<std::chrono::milliseconds>, Answer> parse_hold(Target target,
                                                                          base::JsonView arguments,
                                                                          const HoldLimits& limits) {
    const std::string_view field = target == Target::locked ? "lockTime" : "unlockTime";
    const auto longest =
        target == Target::unlocked ? limits.longest_unlock.value_or(limits.longest) : limits.longest;
    const std::string allowed = base::format_duration(limits.shortest) + " to " +
                                base::format_duration(longest) +
                                ", as \"10m\", \"1h30m\", \"45s\", \"500ms\" or a number of seconds";
    const base::JsonView value = arguments.find(field);
    if (!value.exists() || value.is_null()) {
        if (target == Target::unlocked && limits.longest_unlock) {
            return bad_argument(field, "it is required, for this actuator may be under power for a time only",
                                allowed);
        }
        return std::optional<std::chrono::milliseconds>();
    }
    auto time = parse_time(value);
    if (!time) return bad_argument(field, time.error().message, allowed);
    if (*time < limits.shortest || *time > longest) {
        return bad_argument(field, base::format_duration(*time) + " is out of range", allowed);
    }
    return std::optional(*time);
}

std::optional<Answer> parse_identity(base::JsonView arguments, Command& command) {
    if (const base::JsonView id = arguments.find("commandId"); id.exists() && !id.is_null()) {
        const auto text = id.as_string();
        if (!text || text->empty() || text->size() > Journal::longest_id) {
            return bad_argument("commandId", "it is no text of that length",
                                "a text of 1 to " + std::to_string(Journal::longest_id) + " bytes");
        }
        command.command_id = *text;
    }
    if (const base::JsonView end = arguments.find("notAfter"); end.exists() && !end.is_null()) {
        constexpr std::string_view allowed = "a date as \"2026-11-20T16:30:00Z\"";
        const auto text = end.as_string();
        if (!text) return bad_argument("notAfter", end.dump() + " is not a date", allowed);
        auto date = base::parse_iso8601(*text);
        if (!date) return bad_argument("notAfter", date.error().message, allowed);
        command.not_after = *date;
    }
    return std::nullopt;
}

}  // namespace

base::Result<base::Json> parse_payload(std::string_view payload) {
    if (payload.find_first_not_of(" \t\r\n") == std::string_view::npos) return base::Json::object();
    auto json = base::Json::parse(payload, payload_limits);
    if (!json) return base::with_context(json.error(), "payload");
    // Callers that encode once too often send the object as a string.
    if (const auto text = json->view().as_string()) {
        if (text->find_first_not_of(" \t\r\n") == std::string_view::npos) return base::Json::object();
        auto inner = base::Json::parse(*text, payload_limits);
        if (!inner) return base::with_context(inner.error(), "payload: the text in the string");
        json = std::move(inner);
    }
    if (json->view().is_null()) return base::Json::object();
    if (!json->is_object()) {
        return base::Error{base::Errc::invalid_argument,
                           "payload: an object, a string that contains one, or null is expected"};
    }
    return json;
}

std::variant<Command, Answer> parse_lock_arguments(Target target, base::JsonView arguments,
                                                   const HoldLimits& limits) {
    const bool locks = target == Target::locked;
    if (auto unknown =
            unknown_argument(arguments, {locks ? "lockTime" : "unlockTime", "commandId", "notAfter"})) {
        return std::move(*unknown);
    }
    Command command{.method = std::string(locks ? lock_method : unlock_method),
                    .target = target,
                    .hold_for = std::nullopt,
                    .command_id = {},
                    .not_after = std::nullopt};
    auto hold = parse_hold(target, arguments, limits);
    if (auto* bad = std::get_if<Answer>(&hold)) return std::move(*bad);
    command.hold_for = std::get<0>(hold);
    if (auto bad = parse_identity(arguments, command)) return std::move(*bad);
    return command;
}

Methods::Methods(Door& door, const HoldLimits& limits, const base::Clock& clock, const base::Log& log,
                 Seams seams)
    : door_(door), limits_(limits), clock_(clock), log_(log), seams_(std::move(seams)) {}

void Methods::call(std::string_view name, std::string_view payload, Door::Done done) {
    const auto began = clock_.steady_now();
    dispatch(name, payload, [this, name = shown(name), began, done = std::move(done)](Answer answer) {
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - began);
        const int status = answer.status;
        // The caller waits; who reads the log, does not.
        done(std::move(answer));
        log_.info("method", {{"name", name}, {"status", status}, {"ms", took.count()}});
    });
}

void Methods::dispatch(std::string_view name, std::string_view payload, const Door::Done& done) {
    const bool known =
        name == lock_method || name == unlock_method || name == "getStatus" || name == "reboot";
    if (!known) {
        return done(
            failure(404, "there is no method " + shown(name) + "; there are: " + std::string(known_methods)));
    }
    const auto arguments = parse_payload(payload);
    if (!arguments) return done(failure(400, arguments.error().message));
    if (name == lock_method) return move(Target::locked, *arguments, done);
    if (name == unlock_method) return move(Target::unlocked, *arguments, done);
    done(name == "reboot" ? reboot(*arguments) : get_status(*arguments));
}

void Methods::move(Target target, base::JsonView arguments, const Door::Done& done) {
    auto parsed = parse_lock_arguments(target, arguments, limits_);
    if (auto* bad = std::get_if<Answer>(&parsed)) return done(std::move(*bad));
    door_.command(std::get<Command>(parsed), done);
}

// Asking twice does no harm, and a reboot is over by the time of a repeat: a commandId decides nothing here.
Answer Methods::get_status(base::JsonView arguments) const {
    if (auto unknown = unknown_argument(arguments, {"commandId"})) return std::move(*unknown);
    base::Json facts = base::Json::object();
    describe(door_.facts(), facts);
    seams_.status(facts);
    return success(200, "getStatus", facts);
}

Answer Methods::reboot(base::JsonView arguments) const {
    if (auto unknown = unknown_argument(arguments, {"target", "commandId"})) return std::move(*unknown);
    const base::JsonView target = arguments.find("target");
    const bool machine = target.as_string() == "machine";
    if (target.exists() && !target.is_null() && !machine && target.as_string() != "service") {
        return bad_argument("target", target.dump() + " cannot be restarted by this door",
                            "\"service\" or \"machine\"");
    }
    if (machine && !seams_.restart_machine) {
        return failure(409,
                       "target: this door may not restart its machine; its configuration does not say "
                       "\"allow_machine_reboot\": true");
    }
    if (door_.fire_latched()) {
        return failure(409, "fire: nothing is restarted until the alarm has been reset at the door");
    }
    if (door_.moving()) return failure(409, "the bolt travels; try again when it has arrived");
    machine ? seams_.restart_machine() : seams_.restart();
    return success(202, "reboot", base::Json::object({{"restarting", machine ? "machine" : "service"}}));
}

}  // namespace firmware
