#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"

#include <string>

namespace firmware {

// Something that happened at the door and that somebody far away may want to know of, once, in order.
//
//   kind        facts (besides "lock", as in describe_lock(), where the bolt is part of it)
//   operation   target, cause, result ("reached", "stopped")
//   jam         target, cause, result ("jammed", "dead_line")
//   forced      door
//   ajar        door
//   tamper      tamper: "alarm" or "clear"
//   fire        fire: "alarm"
//   fire_reset  fire: "clear"
//   start       boot: count and reason; told by the daemon, which alone knows them
struct Event {
    std::string kind;
    base::Json facts;
    base::SystemTime at;
    bool clock_trusted = false;  // whether `at` may be believed
};

}  // namespace firmware
