#include "scheduler/cli/door_commands.hpp"

#include "base/duration.hpp"
#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/rows.hpp"
#include "scheduler/cli/table.hpp"

#include <optional>
#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;

constexpr std::chrono::seconds network_margin{10};

struct Answer {
    int status = 0;
    std::string payload;  // JSON with the bytes it came with
};

base::Result<Answer> call(const std::string& device, std::string_view method, std::string_view payload,
                          const CallTimes& times, Service& service) {
    const auto response = service.call(call_method(device, method, payload, times),
                                       times.response + times.connect + network_margin);
    if (!response) {
        Error error = response.error();
        if (error.code == Errc::not_found)
            error.message = "there is no such device; 'lockctl device list' shows them";
        return error;
    }
    const auto members = base::raw_members(response->body, {.bytes = response->body.size()});
    if (!members) return base::with_context(members.error(), "the hub's answer");
    const auto status = base::Json::parse(base::find_raw(*members, "status").value_or("null"));
    const auto number = status ? status->view().as_integer() : std::nullopt;
    if (!number) return Error{Errc::internal, "the hub's answer has no status"};
    return Answer{static_cast<int>(*number),
                  std::string(base::find_raw(*members, "payload").value_or("null"))};
}

base::Json parse_payload(const std::string& payload) {
    auto json = base::Json::parse(payload, {.bytes = payload.size()});
    return json ? std::move(*json) : base::Json();
}

std::string refusal(std::string_view method, const Answer& answer) {
    const std::string said = refusal_text(parse_payload(answer.payload));
    return "refused " + std::string(method) + " (" + std::to_string(answer.status) + ")" +
           (said.empty() ? "" : ": " + said);
}

// Whether the next device may fare better than this one did.
bool concerns_this_device(Errc code) {
    return code == Errc::not_found || code == Errc::conflict || code == Errc::timeout || code == Errc::io;
}

// A call that was sent and not answered may have been carried out.
Error outcome_unknown(const std::string& cure = {}) {
    return {Errc::io,
            "the call was sent, and the connection broke before the answer: whether the door carried it out "
            "is not known" +
                cure};
}

// Collects what became of several devices. One device alone ends as its error says; of several, some failed.
class Tally {
  public:
    Tally(std::size_t devices, Context& context)
        : devices_(devices), context_(context), elements_(context.output, {"DEVICE", "ANSWER", "RESULT"}) {}

    void answered(const std::string& device, const Answer& answer, const std::string& words) {
        if (context_.output.format == Format::table) {
            auto& stream = answer.status < 400 ? context_.output.out : context_.output.err;
            stream << device << ": " << printable(words) << '\n';
        } else {
            elements_.add(R"({"deviceId":)" + base::quote_json(device) + R"(,"status":)" +
                              std::to_string(answer.status) + R"(,"payload":)" + answer.payload + "}",
                          {device, std::to_string(answer.status), words});
        }
        if (answer.status >= 400) exit_ = Exit::some_failed;
    }
    void failed(const std::string& device, const Error& error) {
        if (context_.output.format == Format::table) {
            context_.output.err << device << ": " << indented(error.message, 2) << '\n';
        } else {
            elements_.add(base::Json::object({{"deviceId", device}, {"error", error.message}}).dump(),
                          {device, "", error.message});
        }
        exit_ = devices_ == 1 && error.code == Errc::timeout ? Exit::timed_out : Exit::some_failed;
    }
    [[nodiscard]] Outcome outcome() {
        elements_.finish();
        return {exit_, {}};
    }

  private:
    std::size_t devices_;
    Context& context_;
    Elements elements_;
    Exit exit_ = Exit::ok;
};

}  // namespace

std::string describe_door(base::JsonView facts) {
    const base::JsonView lock = facts.find("lock");
    const auto text = [](base::JsonView object, std::string_view name) {
        return std::string(object.find(name).as_string().value_or(""));
    };
    std::string words = lock.is_object() ? text(lock, "state") : text(facts, "lock");
    if (words.empty()) {
        words = text(facts, "Response");
        return words.empty() ? refusal_text(facts) : words;
    }
    if (text(lock, "source") == "assumed") words += " (assumed: this door has no bolt switch)";
    for (const char* time : {"lockTime", "unlockTime"}) {
        if (!text(facts, time).empty()) words += " for " + text(facts, time);
    }
    const std::string until = text(lock.find("hold"), "until");
    if (!until.empty()) words += ", until " + until.substr(0, 19) + "Z";  // without the fraction of a second
    const std::string door = text(facts, "door");
    if (!door.empty() && door != "unknown") words += ", door " + door;
    return words;
}

Outcome run(const Actuate& command, Context& context) {
    const bool locks = command.target == Actuate::Target::locked;
    const std::string method = locks ? "lockDoor" : "unlockDoor";
    const std::string command_id = command.command_id.empty() ? context.new_id() : command.command_id;
    base::Json arguments = base::Json::object({{"commandId", command_id}});
    if (command.hold) arguments.set(locks ? "lockTime" : "unlockTime", base::format_duration(*command.hold));

    Tally tally(command.devices.size(), context);
    for (const auto& device : command.devices) {
        const auto answer = call(device, method, arguments.dump(), command.times, context.service);
        if (answer) {
            tally.answered(device, *answer,
                           answer->status < 400 ? describe_door(parse_payload(answer->payload))
                                                : refusal(method, *answer));
        } else if (answer.error().code == Errc::io) {
            tally.failed(device, outcome_unknown("; repeat with --command-id " + command_id));
        } else if (concerns_this_device(answer.error().code)) {
            tally.failed(device, answer.error());
        } else {
            return failed(base::with_context(answer.error(), device));
        }
    }
    return tally.outcome();
}

Outcome run(const Status& command, Context& context) {
    Tally tally(command.devices.size(), context);
    for (const auto& device : command.devices) {
        const auto answer = call(device, "getStatus", "", {}, context.service);
        if (answer) {
            tally.answered(device, *answer,
                           answer->status < 400 ? describe_door(parse_payload(answer->payload))
                                                : refusal("getStatus", *answer));
            continue;
        }
        if (!concerns_this_device(answer.error().code))
            return failed(base::with_context(answer.error(), device));
        Error error = answer.error();
        if (error.code == Errc::conflict) {
            const auto twin = context.service.call_json(get_twin(device));
            const auto lock =
                twin ? twin->find("properties").find("reported").find("lock") : base::JsonView();
            const std::string last = cell(lock.is_object() ? lock.find("state") : lock);
            error.message = "not connected" + (last.empty() ? "" : "; it last reported " + last);
        }
        tally.failed(device, error);
    }
    return tally.outcome();
}

Outcome run(const Invoke& command, Context& context) {
    const auto answer = call(command.device, command.method, command.payload, command.times, context.service);
    if (!answer) {
        if (answer.error().code == Errc::io) {
            return {Exit::some_failed, base::with_context(outcome_unknown(), command.device).message};
        }
        Outcome outcome = failed(base::with_context(answer.error(), command.device));
        const bool not_there =
            answer.error().code == Errc::conflict || answer.error().code == Errc::not_found;
        if (not_there) outcome.exit = Exit::some_failed;
        return outcome;
    }
    if (context.output.as_json()) {
        context.output.out << R"({"status":)" << answer->status << R"(,"payload":)"
                           << one_line(answer->payload) << "}\n";
    } else if (answer->status < 400) {
        context.output.out << answer->status << ' ' << printable(answer->payload) << '\n';
    }
    if (answer->status < 400) return {};
    return {Exit::some_failed, command.device + " " + refusal(command.method, *answer)};
}

}  // namespace cli
