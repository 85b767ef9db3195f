#include "hal/mock/magnetic_lock.hpp"

namespace hal {

MagneticLock::MagneticLock(Wiring& wiring, std::string name, Config config)
    : Part(wiring, std::move(name)), config_(std::move(config)), coil_(wiring.connect(config_.coil)) {
    if (config_.bonded) contact_ = wiring.connect(*config_.bonded);
}

void MagneticLock::foul() {
    wiring_.change([this] { fouled_ = true; });
}

void MagneticLock::clean() {
    wiring_.change([this] { fouled_ = false; });
}

bool MagneticLock::bonded() {
    bool bonded = false;
    wiring_.change([&] { bonded = is_bonded_; });
    return bonded;
}

void MagneticLock::advance(base::SteadyTime to) {
    if (settles_ && to >= *settles_) {
        settles_.reset();
        is_bonded_ = wants_;
    }
    const bool near = !config_.door || !config_.door->is_open();
    // A door that is torn open takes the armature with it at once.
    if (!near) is_bonded_ = false;
    const bool wants = near && !fouled_ && wiring_.energised(coil_);
    if (wants != wants_) {
        wants_ = wants;
        settles_.reset();
        if (wants_ != is_bonded_) settles_ = to + (wants_ ? config_.bond_delay : config_.release_delay);
    }
    if (contact_) wiring_.set_contact(*contact_, is_bonded_);
}

std::string MagneticLock::describe() const {
    std::string text = is_bonded_ ? "bonded" : "released";
    if (wiring_.energised(coil_)) text += " energised";
    if (fouled_) text += " fouled";
    return text;
}

std::string MagneticLock::usage() const {
    return name() + " foul|clean";
}

base::Result<std::string> MagneticLock::command(std::span<const std::string_view> words) {
    const auto verb = words.size() == 1 ? words[0] : std::string_view();
    // "jam" and "free" as for every lock, so that one script of faults fits all kinds.
    if (verb == "foul" || verb == "jam")
        fouled_ = true;
    else if (verb == "clean" || verb == "free")
        fouled_ = false;
    else
        return base::Error{base::Errc::invalid_argument, "the command is: " + usage()};
    return name() + " " + describe();
}

}  // namespace hal
