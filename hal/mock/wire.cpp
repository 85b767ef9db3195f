#include "hal/mock/wire.hpp"

namespace hal {

bool Wiring::Wire::resting_level() const {
    if (pin != Pin::free && config.bias == Bias::pull_up) return true;
    if (pin != Pin::free && config.bias == Bias::pull_down) return false;
    if (end == End::contact) return !closed_level();
    return end == End::coil && active_low;
}

bool Wiring::Wire::present_level() const {
    const bool floats = (config.drive == Drive::open_drain && drive_level) ||
                        (config.drive == Drive::open_source && !drive_level);
    if (driven && !floats) return drive_level;
    if (end == End::contact && closed && fault != Fault::broken) return closed_level();
    return resting_level();
}

bool Wiring::Wire::energised() const {
    if (end != End::coil || fault == Fault::broken) return false;
    if (fault == Fault::stuck) return stuck_energised;
    return present_level() != active_low;
}

}  // namespace hal
