#include "firmware/remembered.hpp"

#include <utility>

namespace firmware {

namespace {

Remembered state_lost(const base::Error& error, const base::Log& log) {
    log.error("state_lost", {{"reason", error.message}, {"cure", "the door goes to its resting state"}});
    return {State{}, "state_lost", {}};
}

Remembered remember_state(StateFile& file, const base::Log& log) {
    auto text = file.load();
    if (!text) return state_lost(text.error(), log);
    if (!*text) return {State{}, "first_start", {}};
    auto state = parse_state(**text);
    if (!state) return state_lost(state.error(), log);
    std::string reason = state->ended.empty() ? "crash" : state->ended;
    return {std::move(*state), std::move(reason), {}};
}

void remember_fire(FireMarkFile& file, bool has_fire, FireMark& fire, const base::Log& log) {
    const auto mark = file.load();
    if (!mark) log.error("fire_mark_lost", {{"reason", mark.error().message}});
    if (mark && *mark) fire = newer(fire, **mark);
    if (!has_fire) return;
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
    Remembered remembered = remember_state(file, log);
    remember_fire(fire_file, has_fire, remembered.state.fire, log);
    remembered.telemetry = remember_telemetry(telemetry_file, log);
    return remembered;
}

}  // namespace firmware
