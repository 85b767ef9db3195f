#include "scheduler/cli/simulate_view.hpp"

#include "base/json.hpp"

#include <cmath>

namespace cli {

std::string fleet_line(const FleetState& state) {
    const auto whole = static_cast<std::uint64_t>(std::llround(state.answers_a_second));
    std::string line = std::to_string(state.connected) + "/" + std::to_string(state.devices) +
                       " connected  " + std::to_string(state.ready) + " ready  " + std::to_string(whole) +
                       " methods/s  " + std::to_string(state.answers) + " answered";
    if (state.refusals > 0) line += " (" + std::to_string(state.refusals) + " refused)";
    if (state.desired > 0) line += "  " + std::to_string(state.desired) + " twin changes";
    if (state.rejected > 0) line += "  " + std::to_string(state.rejected) + " connections refused";
    if (state.connected < state.devices && !state.last_failure.empty()) line += "  " + state.last_failure;
    return line;
}

std::string fleet_json(const FleetState& state) {
    const auto number = [](std::uint64_t value) { return base::Json(static_cast<std::int64_t>(value)); };
    base::Json json = base::Json::object({{"devices", number(state.devices)},
                                          {"connected", number(state.connected)},
                                          {"ready", number(state.ready)},
                                          {"answered", number(state.answers)},
                                          {"refused", number(state.refusals)},
                                          {"twinChanges", number(state.desired)},
                                          {"connectionsRefused", number(state.rejected)},
                                          {"methodsPerSecond", std::round(state.answers_a_second)}});
    if (!state.last_failure.empty()) json.set("lastFailure", state.last_failure);
    return json.dump();
}

}  // namespace cli
