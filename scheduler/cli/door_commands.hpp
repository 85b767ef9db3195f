#pragma once

#include "base/json.hpp"
#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

#include <string>

namespace cli {

// A door that refuses, or is not there, is Exit::some_failed; the other doors are asked all the same.
[[nodiscard]] Outcome run(const Actuate& command, Context& context);
// A door that is not connected is described by what it reported last.
[[nodiscard]] Outcome run(const Status& command, Context& context);
[[nodiscard]] Outcome run(const Invoke& command, Context& context);

// What a door said of itself, in words: "locked for 10m, until 2026-11-20T17:10:00Z, door closed". `facts` is
// the answer of lockDoor, unlockDoor or getStatus; of another program's answer its "Response" or its JSON.
[[nodiscard]] std::string describe_door(base::JsonView facts);

}  // namespace cli
