#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "firmware/lock.hpp"

#include <chrono>
#include <optional>

namespace firmware {

// A door that is away from its resting state for a time, or until told otherwise.
struct Hold {
    Target target = Target::locked;
    std::optional<base::SteadyTime> ends;   // nothing: until told otherwise
    std::optional<base::SystemTime> until;  // the same as a date, for people; it does not follow the clock

    bool operator==(const Hold&) const = default;
};

// A hold as it is kept on disk: the end as a date, and the time that was left when it was written.
struct StoredHold {
    Target target = Target::locked;
    std::optional<base::SystemTime> until;
    std::chrono::milliseconds remaining{0};

    bool operator==(const StoredHold&) const = default;
};

// From now on; without a time until told otherwise.
[[nodiscard]] Hold make_hold(Target target, std::optional<std::chrono::milliseconds> time,
                             const base::Clock& clock);
[[nodiscard]] StoredHold store(const Hold& hold, const base::Clock& clock);
[[nodiscard]] base::Json to_json(const StoredHold& hold);
[[nodiscard]] base::Result<StoredHold> stored_hold_from_json(base::JsonView json);

// No clock that is right says less: this program did not exist before.
inline constexpr base::SystemTime earliest_date{std::chrono::sys_days{std::chrono::year{2025} / 1 / 1}};

// Whether the date may be believed: a Pi has no clock of its own and starts in 1970 or at its last shutdown.
[[nodiscard]] bool clock_trusted(base::SystemTime now, base::SystemTime last_known);

// What is left of a hold after a restart; nothing if it is over. With a trusted clock the date counts.
// Without, an unlock hold on a door that rests locked is over, anything else goes on for its stored remaining
// time.
[[nodiscard]] std::optional<Hold> resume(const StoredHold& stored, bool trusted, Target resting,
                                         const base::Clock& clock);

}  // namespace firmware
