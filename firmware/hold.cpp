#include "firmware/hold.hpp"

#include "base/iso8601.hpp"

#include <algorithm>
#include <string>

namespace firmware {

namespace {

using std::chrono::milliseconds;

// Twice the longest hold that a configuration allows.
constexpr milliseconds longest_stored = std::chrono::hours(2 * 24 * 366);

}  // namespace

Hold make_hold(Target target, std::optional<milliseconds> time, const base::Clock& clock) {
    if (!time) return Hold{target, std::nullopt, std::nullopt};
    return Hold{target, clock.steady_now() + *time, clock.system_now() + *time};
}

StoredHold store(const Hold& hold, const base::Clock& clock) {
    StoredHold stored{.target = hold.target, .until = std::nullopt};
    if (!hold.ends) return stored;
    const auto left = std::max(*hold.ends - clock.steady_now(), base::SteadyTime::duration::zero());
    stored.remaining = std::chrono::ceil<milliseconds>(left);
    stored.until = clock.system_now() + stored.remaining;
    return stored;
}

base::Json to_json(const StoredHold& hold) {
    base::Json json = base::Json::object({{"target", name_of(hold.target)}});
    if (hold.until) {
        json.set("until", base::format_iso8601(*hold.until));
        json.set("remainingMs", static_cast<std::int64_t>(hold.remaining.count()));
    }
    return json;
}

base::Result<StoredHold> stored_hold_from_json(base::JsonView json) {
    const auto target = parse_target(json.find("target").as_string().value_or(""));
    if (!target)
        return base::Error{base::Errc::invalid_argument, "hold.target is neither locked nor unlocked"};
    StoredHold hold{.target = *target, .until = std::nullopt};
    if (!json.find("until").exists()) return hold;
    auto until = base::parse_iso8601(json.find("until").as_string().value_or(""));
    if (!until) return base::with_context(until.error(), "hold.until");
    const auto remaining = json.find("remainingMs").as_integer();
    if (!remaining || *remaining < 0 || milliseconds(*remaining) > longest_stored) {
        return base::Error{base::Errc::invalid_argument,
                           "hold.remainingMs is not a number of milliseconds within two years"};
    }
    hold.until = *until;
    hold.remaining = milliseconds(*remaining);
    return hold;
}

bool clock_trusted(base::SystemTime now, base::SystemTime last_known) {
    return now >= std::max(earliest_date, last_known);
}

std::optional<Hold> resume(const StoredHold& stored, bool trusted, Target resting, const base::Clock& clock) {
    if (!stored.until) return make_hold(stored.target, std::nullopt, clock);
    if (!trusted) {
        if (resting == Target::locked && stored.target == Target::unlocked) return std::nullopt;
        return make_hold(stored.target, stored.remaining, clock);
    }
    // A trusted date is never before the one of the writing, so no more than what was left can be left.
    const auto left =
        std::min<base::SystemTime::duration>(*stored.until - clock.system_now(), stored.remaining);
    if (left <= base::SystemTime::duration::zero()) return std::nullopt;
    return make_hold(stored.target, std::chrono::ceil<milliseconds>(left), clock);
}

}  // namespace firmware
