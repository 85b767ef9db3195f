#include "hal/mock/latching_solenoid.hpp"

namespace hal {

LatchingSolenoid::LatchingSolenoid(Wiring& wiring, std::string name, Config config)
    : Part(wiring, std::move(name)),
      config_(std::move(config)),
      lock_(wiring.connect(config_.lock)),
      unlock_(wiring.connect(config_.unlock)),
      is_locked_(config_.starts_locked) {
    if (config_.locked) locked_ = wiring.connect(*config_.locked);
    if (config_.unlocked) unlocked_ = wiring.connect(*config_.unlocked);
    show();
}

void LatchingSolenoid::jam() {
    wiring_.change([this] { jammed_ = true; });
}

void LatchingSolenoid::free() {
    wiring_.change([this] { jammed_ = false; });
}

bool LatchingSolenoid::locked() {
    bool locked = false;
    wiring_.change([&] { locked = is_locked_; });
    return locked;
}

void LatchingSolenoid::show() {
    if (locked_) wiring_.set_contact(*locked_, is_locked_);
    if (unlocked_) wiring_.set_contact(*unlocked_, !is_locked_);
}

void LatchingSolenoid::advance(base::SteadyTime to) {
    if (flips_ && to >= *flips_) {
        flips_.reset();
        if (!jammed_) is_locked_ = drives_lock_;
        show();
    }
    const bool lock = wiring_.energised(lock_);
    const bool unlock = wiring_.energised(unlock_);
    if (lock == drives_lock_ && unlock == drives_unlock_) return;
    drives_lock_ = lock;
    drives_unlock_ = unlock;
    flips_.reset();
    if (lock && unlock)
        wiring_.add_mishap(name() + ": both coils energised at once");
    else if (lock || unlock)
        flips_ = to + config_.pulse;
}

std::string LatchingSolenoid::describe() const {
    std::string text = is_locked_ ? "locked" : "unlocked";
    if (jammed_) text += " jammed";
    return text;
}

std::string LatchingSolenoid::usage() const {
    return name() + " jam|free";
}

base::Result<std::string> LatchingSolenoid::command(std::span<const std::string_view> words) {
    const auto verb = words.size() == 1 ? words[0] : std::string_view();
    if (verb != "jam" && verb != "free")
        return base::Error{base::Errc::invalid_argument, "the command is: " + usage()};
    jammed_ = verb == "jam";
    return name() + " " + describe();
}

std::string LatchingSolenoid::snapshot() const {
    return is_locked_ ? "locked" : "unlocked";
}

base::Result<void> LatchingSolenoid::restore(std::string_view text) {
    if (text != "locked" && text != "unlocked")
        return base::Error{base::Errc::invalid_argument,
                           "'" + std::string(text) + "' is no place; it is 'locked' or 'unlocked'"};
    is_locked_ = text == "locked";
    show();
    return {};
}

}  // namespace hal
