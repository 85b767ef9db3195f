#include "hal/gpiod/held_lines.hpp"

#include <algorithm>
#include <utility>

namespace hal {

void HeldLines::add(const LineDescription& line, const LineConfig& config) {
    const auto before = std::find_if(held_.begin(), held_.end(), [&](const Held& held) {
        return held.chip == line.chip && held.offset == line.offset;
    });
    if (before != held_.end()) held_.erase(before);
    held_.push_back({line.chip, line.offset, config.line, config.consumer});
}

base::Error HeldLines::explain(base::Error error, const LineDescription& line,
                               const LineConfig& config) const {
    if (error.code != base::Errc::busy) return error;
    for (const Held& held : held_) {
        if (held.chip != line.chip || held.offset != line.offset || held.consumer != line.consumer) continue;
        return {base::Errc::invalid_argument, "'" + held.name + "' and '" + config.line +
                                                  "' are the same line (" + line.chip_label + " offset " +
                                                  std::to_string(line.offset) + "): it is '" + held.consumer +
                                                  "' already, and every line has one purpose"};
    }
    return error;
}

}  // namespace hal
