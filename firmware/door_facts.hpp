#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "firmware/hold.hpp"
#include "firmware/lock.hpp"
#include "firmware/lock_controller.hpp"

#include <optional>

namespace firmware {

// How the last movement that somebody or something asked for has ended.
struct LastOperation {
    Target target = Target::locked;
    Cause cause = Cause::method;
    Settlement how = Settlement::reached;
    base::SystemTime at;
};

// What is known of a door at one moment.
struct DoorFacts {
    LockState lock = LockState::unknown;
    bool assumed = false;  // the state was waited for; no switch has said it
    DoorState door = DoorState::unknown;
    std::optional<Hold> hold;
    std::optional<LastOperation> last_operation;
};

// {"state":"locked","source":"switch","hold":{"target":"locked","until":"…"}}
[[nodiscard]] base::Json describe_lock(const DoorFacts& facts);
// The facts as members lock, door, lastOperation of `json`, for getStatus and the reported properties.
void describe(const DoorFacts& facts, base::Json& json);

}  // namespace firmware
