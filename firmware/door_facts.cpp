#include "firmware/door_facts.hpp"

#include "base/iso8601.hpp"

#include <utility>

namespace firmware {

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

void describe(const DoorFacts& facts, base::Json& json) {
    json.set("lock", describe_lock(facts));
    json.set("door", name_of(facts.door));
    base::Json last;
    if (facts.last_operation) {
        last = base::Json::object({{"target", name_of(facts.last_operation->target)},
                                   {"cause", name_of(facts.last_operation->cause)},
                                   {"result", name_of(facts.last_operation->how)},
                                   {"at", base::format_iso8601(facts.last_operation->at)}});
    }
    json.set("lastOperation", std::move(last));
}

}  // namespace firmware
