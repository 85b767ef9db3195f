#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "firmware/fire_alarm.hpp"
#include "firmware/hold.hpp"
#include "firmware/lock.hpp"
#include "firmware/lock_controller.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace firmware {

// A loop against opening the device: open is the alarm.
enum class TamperState { unknown, clear, alarm };

[[nodiscard]] std::string_view name_of(TamperState state);

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
    std::optional<FireState> fire;               // nothing: no such input
    std::optional<TamperState> tamper;           // likewise
    std::string storage_error;                   // why the last write of the state failed; empty: it did not
    std::optional<base::SystemTime> not_before;  // the clock is not trusted before it says this
};

// {"state":"locked","source":"switch","hold":{"target":"locked","until":"…"}}
[[nodiscard]] base::Json describe_lock(const DoorFacts& facts);
// {"target":"locked","cause":"method","result":"reached","at":"…"}
[[nodiscard]] base::Json describe_operation(const LastOperation& operation);
// The facts as members lock, door, fire, tamper, lastOperation, storage, clockTrusted, clockNotBefore of
// `json`, for getStatus and the reported properties. What there is none of is null.
void describe(const DoorFacts& facts, base::Json& json);

}  // namespace firmware
