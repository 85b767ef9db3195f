#include "firmware/remembered.hpp"

#include <utility>

namespace firmware {

namespace {

Remembered state_lost(const base::Error& error, const base::Log& log) {
    log.error("state_lost", {{"reason", error.message}, {"cure", "the door goes to its resting state"}});
    return {State{}, "state_lost", {}};
}

enum class StateFound { none, whole, damaged };

Remembered remember_state(StateFile& file, StateFound& found, const base::Log& log) {
    found = StateFound::damaged;
    auto text = file.load();
    if (!text) return state_lost(text.error(), log);
    if (!*text) {
        found = StateFound::none;
        return {State{}, "first_start", {}};
    }
    auto state = parse_state(**text);
    if (!state) return state_lost(state.error(), log);
    if (file.found_damage()) {
        log.warning("state_damaged", {{"cure", "the generation before it is used"}});
    } else {
        found = StateFound::whole;
    }
    std::string reason = state->ended.empty() ? "crash" : state->ended;
    return {std::move(*state), std::move(reason), {}};
}

// What is known of a fire is in two places. Where neither is as it was written, one of them may have been the
// newest and have said fire: then it is fire, as with a broken wire, until somebody looks and resets it.
void remember_fire(FireMarkFile& file, bool has_fire, StateFound state, FireMark& fire,
                   const base::Log& log) {
    const auto mark = file.load();
    if (!mark) log.error("fire_mark_lost", {{"reason", mark.error().message}});
    if (mark && *mark) fire = newer(fire, **mark);
    if (!has_fire) return;
    const bool first_start = state == StateFound::none && mark && !*mark;
    const bool known = state == StateFound::whole || file.whole() || first_start;
    if (!known && !fire.latched) {
        fire = {fire.change + 1, true};
        log.error("fire_unknown", {{"reason", "the state and the mark of a fire are damaged"},
                                   {"cure", "the door is released; work the reset at the door"}});
    }
    if (auto ready = file.prepare(fire); !ready) {
        log.warning("fire_mark_not_ready", {{"reason", ready.error().message},
                                            {"hint", "an alarm would be kept in the state file alone"}});
    }
}

// The events that the hub has not acknowledged.
TelemetryContent remember_telemetry(TelemetryFile& file, const base::Log& log) {
    auto content = file.load();
    if (!content) {
        log.error("telemetry_lost", {{"reason", content.error().message}});
        return {};
    }
    if (content->damaged) {
        log.warning("telemetry_damaged", {{"reason", "a power cut in the midst of a write, or a bad card"},
                                          {"dropped", content->dropped},
                                          {"waiting", content->waiting.size()}});
    }
    return std::move(*content);
}

}  // namespace

Remembered remember(StateFile& file, FireMarkFile& fire_file, TelemetryFile& telemetry_file, bool has_fire,
                    const base::Log& log) {
    StateFound found = StateFound::none;
    Remembered remembered = remember_state(file, found, log);
    remember_fire(fire_file, has_fire, found, remembered.state.fire, log);
    remembered.telemetry = remember_telemetry(telemetry_file, log);
    return remembered;
}

}  // namespace firmware
