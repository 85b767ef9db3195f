#include "firmware/methods.hpp"
#include "firmware/twin.hpp"
#include "fuzz.hpp"

#include <chrono>

// Payloads of strangers: every one is a command within its limits, or a 400 whose body is JSON and says why.

namespace {

using std::chrono::seconds;

void check(firmware::Target target, base::JsonView arguments, const firmware::HoldLimits& limits) {
    const auto parsed = firmware::parse_lock_arguments(target, arguments, limits);
    if (const auto* answer = std::get_if<firmware::Answer>(&parsed)) {
        must(answer->status == 400);
        const auto body = base::Json::parse(answer->body, {.bytes = std::size_t{64} * 1024});
        must(body.has_value() && body->find("field").is_string() && body->find("allowed").is_string());
        must(!body->find("error").as_string().value_or("").empty());
        return;
    }
    const auto& command = std::get<firmware::Command>(parsed);
    must(command.target == target && command.command_id.size() <= firmware::Journal::longest_id);
    const bool unlocks = target == firmware::Target::unlocked;
    const auto longest = unlocks ? limits.longest_unlock.value_or(limits.longest) : limits.longest;
    must(!command.hold_for || (*command.hold_for >= limits.shortest && *command.hold_for <= longest));
    must(command.hold_for.has_value() || !unlocks || !limits.longest_unlock);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto arguments = firmware::parse_payload(text_of(data, size));
    if (!arguments) {
        must(base::Json::parse(firmware::failure(400, arguments.error().message).body).has_value());
        return 0;
    }
    must(arguments->is_object());
    for (const auto target : {firmware::Target::locked, firmware::Target::unlocked}) {
        check(target, *arguments, {});
        check(target, *arguments, {.longest_unlock = seconds(10)});
    }
    for (const firmware::PropertyRule& rule : firmware::property_rules())
        (void)firmware::check_property(rule, arguments->find(rule.name));
    return 0;
}
