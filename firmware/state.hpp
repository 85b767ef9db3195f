#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "firmware/fire_mark.hpp"
#include "firmware/hold.hpp"
#include "firmware/journal.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace firmware {

// A desired property that was accepted: its value, and the version of the desired section it came with.
struct AcceptedProperty {
    base::Json value;
    std::int64_t version = 0;
};

// Everything that a door remembers across restarts and power loss.
struct State {
    std::uint64_t boots = 0;
    std::string ended;  // why the last run ended: "stop", "reboot"; empty while it runs, so after a crash
    base::SystemTime saved_at;  // the latest date that is known to have been
    std::optional<StoredHold> hold;
    FireMark fire;  // latched: an alarm that was not reset at the door
    std::map<std::string, AcceptedProperty, std::less<>> properties;
    Journal journal;
};

[[nodiscard]] std::string to_text(const State& state);
[[nodiscard]] base::Result<State> parse_state(std::string_view text);

}  // namespace firmware
