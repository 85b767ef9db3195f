#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/bounded_log.hpp"
#include "firmware/door.hpp"
#include "firmware/reported.hpp"
#include "firmware/state_keeper.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firmware {

// A desired property that doors know: its name, what it may be, and the check.
struct PropertyRule {
    std::string_view name;
    std::string_view allowed;
    bool (*accepts)(base::JsonView value);
};

// building, floor, ajarTime, exitTime, autoRelock, reportInterval.
[[nodiscard]] const std::vector<PropertyRule>& property_rules();
[[nodiscard]] const PropertyRule* find_rule(std::string_view name);
// The error says what the property may be.
[[nodiscard]] base::Result<void> check_property(const PropertyRule& rule, base::JsonView value);

// The desired properties: each is checked by itself, made durable, applied, and only then acknowledged in
// reported as Plug and Play has it (protocol sheet §8): {"value":43,"ac":200,"av":7,"ad":"accepted"}. A bad
// one is answered with 400 and changes nothing; null goes back to the configured default, which is reported
// with 203; an unknown one is ignored and counted.
class Twin {
  public:
    using Defaults = std::map<std::string, base::Json, std::less<>>;

    // `applied` is called when some value is another one than before.
    Twin(Defaults defaults, StateKeeper& keeper, Reported& reported, const base::Clock& clock,
         const base::Log& log, std::function<void()> applied);

    // The whole desired section with its "$version": what was missed meanwhile is made good.
    void full(base::JsonView desired);
    // A change. False: one before it is missing, so the whole section has to be fetched.
    [[nodiscard]] bool patch(base::JsonView desired, std::int64_t version);

    // Tells how often something was refused or ignored, when it is time.
    void tick();
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;

    // The value in force; absent if there is neither an accepted one nor a default.
    [[nodiscard]] base::JsonView value(std::string_view name) const;
    [[nodiscard]] DoorBehaviour behaviour() const;
    // How often the facts are to be reported though nothing has changed; 0: never.
    [[nodiscard]] std::chrono::milliseconds report_interval() const;
    // Properties that no door knows, since the start; each time that somebody changed the section.
    [[nodiscard]] std::uint64_t ignored() const { return ignored_; }

  private:
    void apply(base::JsonView desired, std::int64_t version, bool whole);
    [[nodiscard]] bool take(const PropertyRule& rule, base::JsonView wanted, std::int64_t version,
                            bool whole);
    void acknowledge(const std::vector<std::string>& names, std::int64_t version,
                     const base::Result<void>& saved);
    void report(std::string_view name);

    Defaults defaults_;
    StateKeeper& keeper_;
    Reported& reported_;
    const base::Log& log_;
    BoundedLog refused_;
    BoundedLog ignored_line_;
    std::function<void()> applied_;
    std::set<std::string, std::less<>> unsaved_;  // accepted, but the disk has not taken them
    std::uint64_t ignored_ = 0;
    std::int64_t version_ = 0;  // of the desired section, as far as it is known
    bool again_ = false;        // this section was here before
};

}  // namespace firmware
