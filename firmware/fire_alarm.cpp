#include "firmware/fire_alarm.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace firmware {

std::string_view name_of(FireState state) {
    static constexpr std::array<std::string_view, 4> names{"unknown", "clear", "alarm", "latched"};
    return names.at(static_cast<std::size_t>(state));
}

bool FireAlarm::loop(bool open) {
    if (!has_input_) return false;
    open_ = open;
    return open && !std::exchange(latched_, true);
}

bool FireAlarm::reset_key(bool active) {
    // A key that is found turned at the start was not seen to be turned.
    const bool turned = key_ == false && active;
    key_ = active;
    if (!turned || !latched_ || open_ != false) return false;
    latched_ = false;
    return true;
}

std::optional<FireState> FireAlarm::state() const {
    if (!has_input_) return std::nullopt;
    if (open_ == true) return FireState::alarm;
    if (latched_) return FireState::latched;
    return open_ ? FireState::clear : FireState::unknown;
}

}  // namespace firmware
