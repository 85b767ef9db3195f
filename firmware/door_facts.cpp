#include "firmware/door_facts.hpp"

#include "base/iso8601.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace firmware {

std::string_view name_of(TamperState state) {
    static constexpr std::array<std::string_view, 3> names{"unknown", "clear", "alarm"};
    return names.at(static_cast<std::size_t>(state));
}

base::Json describe_lock(const DoorFacts& facts) {
    base::Json lock = base::Json::object(
        {{"state", name_of(facts.lock)}, {"source", facts.assumed ? "assumed" : "switch"}});
    if (facts.hold) {
        base::Json hold = base::Json::object({{"target", name_of(facts.hold->target)}});
        if (facts.hold->until) hold.set("until", base::format_iso8601(*facts.hold->until));
        lock.set("hold", std::move(hold));
    }
    return lock;
}

base::Json describe_operation(const LastOperation& operation) {
    return base::Json::object({{"target", name_of(operation.target)},
                               {"cause", name_of(operation.cause)},
                               {"result", name_of(operation.how)},
                               {"at", base::format_iso8601(operation.at)}});
}

void describe(const DoorFacts& facts, base::Json& json) {
    json.set("lock", describe_lock(facts));
    json.set("door", name_of(facts.door));
    json.set("fire", facts.fire ? base::Json(name_of(*facts.fire)) : base::Json());
    json.set("tamper", facts.tamper ? base::Json(name_of(*facts.tamper)) : base::Json());
    json.set("lastOperation",
             facts.last_operation ? describe_operation(*facts.last_operation) : base::Json());
    json.set("storage", facts.storage_error.empty() ? std::string("good") : facts.storage_error);
    json.set("clockTrusted", !facts.not_before);
    json.set("clockNotBefore",
             facts.not_before ? base::Json(base::format_iso8601(*facts.not_before)) : base::Json());
}

}  // namespace firmware
