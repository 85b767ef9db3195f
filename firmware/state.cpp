#include "firmware/state.hpp"

#include "base/iso8601.hpp"
#include "firmware/state_file.hpp"

#include <utility>

namespace firmware {

namespace {

constexpr std::size_t properties_most = 32;

base::Error wrong(std::string_view what) {
    return base::Error{base::Errc::invalid_argument, "state file: " + std::string(what)};
}

std::optional<std::uint64_t> count(base::JsonView value) {
    const auto number = value.as_integer();
    if (!number || *number < 0 || static_cast<std::uint64_t>(*number) > largest_count) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

base::Result<void> read_properties(base::JsonView json, State& state) {
    if (json.size() > properties_most) return wrong("more than 32 properties");
    for (const base::JsonView item : json) {
        const auto version = item.find("version").as_integer();
        if (!version || !item.find("value").exists()) return wrong("a property needs value and version");
        state.properties.insert_or_assign(std::string(item.name()),
                                          AcceptedProperty{base::Json(item.find("value")), *version});
    }
    return {};
}

}  // namespace

std::string to_text(const State& state) {
    base::Json json = base::Json::object({{"boots", static_cast<std::int64_t>(state.boots)},
                                          {"ended", state.ended},
                                          {"savedAt", base::format_iso8601(state.saved_at)}});
    if (state.hold) json.set("hold", to_json(*state.hold));
    if (state.fire.latched) json.set("fire", true);
    if (state.fire.change > 0) json.set("fireChange", static_cast<std::int64_t>(state.fire.change));
    base::Json properties = base::Json::object();
    for (const auto& [name, property] : state.properties) {
        properties.set(name, base::Json::object({{"value", property.value}, {"version", property.version}}));
    }
    json.set("properties", std::move(properties));
    json.set("journal", state.journal.to_json());
    return json.dump();
}

base::Result<State> parse_state(std::string_view text) {
    auto json = base::Json::parse(text);
    if (!json) return base::with_context(json.error(), "state file");
    State state;
    const auto boots = count(json->find("boots"));
    if (!boots) return wrong("boots is not a number");
    state.boots = *boots;
    state.ended = json->find("ended").as_string().value_or("");
    auto saved_at = base::parse_iso8601(json->find("savedAt").as_string().value_or(""));
    if (!saved_at) return base::with_context(saved_at.error(), "state file: savedAt");
    state.saved_at = *saved_at;
    if (json->find("hold").exists()) {
        auto hold = stored_hold_from_json(json->find("hold"));
        if (!hold) return base::with_context(hold.error(), "state file");
        state.hold = *hold;
    }
    if (const base::JsonView fire = json->find("fire"); fire.exists()) {
        if (!fire.is_bool()) return wrong("fire is neither true nor false");
        state.fire.latched = *fire.as_bool();
    }
    if (const base::JsonView change = json->find("fireChange"); change.exists()) {
        const auto number = count(change);
        if (!number) return wrong("fireChange is not a number");
        state.fire.change = *number;
    }
    if (auto read = read_properties(json->find("properties"), state); !read) return read.error();
    auto journal = Journal::from_json(json->find("journal"));
    if (!journal) return base::with_context(journal.error(), "state file");
    state.journal = std::move(*journal);
    return state;
}

}  // namespace firmware
