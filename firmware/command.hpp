#pragma once

#include "base/clock.hpp"
#include "firmware/answer.hpp"
#include "firmware/lock.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace firmware {

// What lockDoor and unlockDoor ask for, checked.
struct Command {
    std::string method;  // the name under which it is answered
    Target target = Target::locked;
    std::optional<std::chrono::milliseconds> hold_for;  // nothing: until told otherwise
    std::string command_id;                             // empty: none
    std::optional<base::SystemTime> not_after;
};

// Takes the answer to a command, once.
using AnswerTo = std::function<void(Answer)>;

}  // namespace firmware
