#include "firmware/twin.hpp"

#include "base/duration.hpp"
#include "base/excerpt.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace firmware {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_building = 128;

std::optional<milliseconds> as_time(base::JsonView value) {
    auto time = value.is_string() ? base::parse_duration(*value.as_string())
                                  : base::duration_from_seconds(value.as_number().value_or(-1));
    return time ? std::optional(*time) : std::nullopt;
}

bool is_time(base::JsonView value, milliseconds least, milliseconds most) {
    const auto time = as_time(value);
    return time && *time >= least && *time <= most;
}

bool is_building(base::JsonView value) {
    const auto text = value.as_string();
    return value.as_integer() || (text && !text->empty() && text->size() <= longest_building);
}

bool is_floor(base::JsonView value) {
    const auto floor = value.as_integer();
    return floor && *floor >= -1000 && *floor <= 1000;
}

base::Json acknowledgement(base::JsonView value, int code, std::int64_t version,
                           std::string_view description) {
    return base::Json::object(
        {{"value", base::Json(value)}, {"ac", code}, {"av", version}, {"ad", description}});
}

}  // namespace

const std::vector<PropertyRule>& property_rules() {
    static const std::vector<PropertyRule> rules{
        {"building", "an integer, or a text of 1 to 128 bytes", is_building},
        {"floor", "an integer from -1000 to 1000", is_floor},
        {"ajarTime", "a duration from 1s to 24h, or 0 for never",
         [](base::JsonView value) {
             return is_time(value, milliseconds(0), milliseconds(0)) ||
                    is_time(value, std::chrono::seconds(1), std::chrono::hours(24));
         }},
        {"exitTime", "a duration from 1s to 5m",
         [](base::JsonView value) {
             return is_time(value, std::chrono::seconds(1), std::chrono::minutes(5));
         }},
        {"autoRelock", "true or false", [](base::JsonView value) { return value.is_bool(); }},
        {"reportInterval", "a duration from 10s to 24h, or 0 for only when something changes",
         [](base::JsonView value) {
             return is_time(value, milliseconds(0), milliseconds(0)) ||
                    is_time(value, std::chrono::seconds(10), std::chrono::hours(24));
         }},
    };
    return rules;
}

const PropertyRule* find_rule(std::string_view name) {
    const auto& rules = property_rules();
    const auto it =
        std::find_if(rules.begin(), rules.end(), [&](const PropertyRule& r) { return r.name == name; });
    return it == rules.end() ? nullptr : &*it;
}

base::Result<void> check_property(const PropertyRule& rule, base::JsonView value) {
    if (rule.accepts(value)) return {};
    const auto number = value.as_number();
    const bool too_large = number && !value.as_integer() && std::trunc(*number) == *number;
    return base::Error{base::Errc::invalid_argument,
                       std::string(rule.name) + " must be " + std::string(rule.allowed) + ", not " +
                           base::excerpt(value.dump(), 40) +
                           (too_large ? "; beyond 9007199254740991 either way no integer is exact" : "")};
}

Twin::Twin(Defaults defaults, StateKeeper& keeper, Reported& reported, const base::Clock& clock,
           const base::Log& log, std::function<void()> applied)
    : defaults_(std::move(defaults)),
      keeper_(keeper),
      reported_(reported),
      log_(log),
      refused_(log, clock, &base::Log::warning, "twin_refused"),
      ignored_line_(log, clock, &base::Log::info, "twin_ignored"),
      applied_(std::move(applied)) {
    for (const PropertyRule& rule : property_rules())
        report(rule.name);
}

void Twin::full(base::JsonView desired) {
    const std::int64_t version = desired.find("$version").as_integer().value_or(0);
    // The section is fetched again and again as a sign of life; what is odd in it is told and counted once.
    again_ = version == version_;
    version_ = version;
    apply(desired, version, true);
    again_ = false;
}

bool Twin::patch(base::JsonView desired, std::int64_t version) {
    if (version <= version_) return true;
    if (version != version_ + 1) return false;
    version_ = version;
    apply(desired, version, false);
    return true;
}

void Twin::apply(base::JsonView desired, std::int64_t version, bool whole) {
    std::vector<std::string> changed;
    for (const PropertyRule& rule : property_rules()) {
        if (take(rule, desired.find(rule.name), version, whole)) changed.emplace_back(rule.name);
    }
    for (const base::JsonView member : desired) {
        if (!again_ && !member.name().starts_with('$') && find_rule(member.name()) == nullptr) {
            ++ignored_;
            ignored_line_.write(
                {{"property", member.name()}, {"reason", "this door knows no such property"}});
        }
    }
    if (changed.empty()) return;
    keeper_.save([this, changed = std::move(changed), version](const base::Result<void>& saved) {
        acknowledge(changed, version, saved);
    });
}

// True if the state has changed and is to be saved. In a whole section what is not there was deleted.
bool Twin::take(const PropertyRule& rule, base::JsonView wanted, std::int64_t version, bool whole) {
    auto& accepted = keeper_.state().properties;
    const auto old = accepted.find(rule.name);
    if (!wanted.exists() || wanted.is_null()) {
        if (old == accepted.end()) {
            // Nothing to reset, but a refusal that was reported is no longer true.
            if (wanted.exists() || whole) report(rule.name);
            return false;
        }
        if (!wanted.exists() && !whole) return false;
        accepted.erase(old);
        return true;
    }
    if (whole && old != accepted.end() && !unsaved_.contains(rule.name) &&
        old->second.value.view().equals(wanted)) {
        report(rule.name);
        return false;
    }
    if (auto checked = check_property(rule, wanted); !checked) {
        if (!again_) refused_.write({{"property", rule.name}, {"reason", checked.error().message}});
        reported_.set(rule.name, acknowledgement(value(rule.name), 400, version, checked.error().message));
        return false;
    }
    accepted.insert_or_assign(std::string(rule.name), AcceptedProperty{base::Json(wanted), version});
    return true;
}

void Twin::acknowledge(const std::vector<std::string>& names, std::int64_t version,
                       const base::Result<void>& saved) {
    for (const std::string& name : names) {
        if (!saved) {
            unsaved_.insert(name);
            reported_.set(name, acknowledgement(value(name), 500, version, "it could not be stored"));
            continue;
        }
        unsaved_.erase(name);
        report(name);
        log_.info("twin_applied", {{"property", name}, {"value", value(name).dump()}, {"version", version}});
    }
    applied_();
}

void Twin::tick() {
    refused_.tick();
    ignored_line_.tick();
}

std::optional<base::SteadyTime> Twin::next_due() const {
    const auto refused = refused_.next_due();
    const auto ignored = ignored_line_.next_due();
    if (!refused || !ignored) return refused ? refused : ignored;
    return std::min(*refused, *ignored);
}

void Twin::report(std::string_view name) {
    const auto& accepted = keeper_.state().properties;
    if (const auto it = accepted.find(name); it != accepted.end()) {
        reported_.set(name, acknowledgement(it->second.value, 200, it->second.version, "accepted"));
    } else if (const auto standard = defaults_.find(name); standard != defaults_.end()) {
        reported_.set(name, acknowledgement(standard->second, 203, 0, "default"));
    } else {
        reported_.set(name, base::Json());
    }
}

base::JsonView Twin::value(std::string_view name) const {
    const auto& accepted = keeper_.state().properties;
    if (const auto it = accepted.find(name); it != accepted.end()) return it->second.value;
    const auto standard = defaults_.find(name);
    return standard == defaults_.end() ? base::JsonView() : standard->second.view();
}

DoorBehaviour Twin::behaviour() const {
    DoorBehaviour behaviour;
    behaviour.ajar_time = as_time(value("ajarTime")).value_or(behaviour.ajar_time);
    behaviour.exit_time = as_time(value("exitTime")).value_or(behaviour.exit_time);
    behaviour.auto_relock = value("autoRelock").as_bool().value_or(behaviour.auto_relock);
    return behaviour;
}

milliseconds Twin::report_interval() const {
    return as_time(value("reportInterval")).value_or(milliseconds(0));
}

}  // namespace firmware
