#include "hal/mock/strike.hpp"

namespace hal {

Strike::Strike(Wiring& wiring, std::string name, Config config)
    : Part(wiring, std::move(name)),
      config_(std::move(config)),
      coil_(wiring.connect(config_.coil)),
      is_locked_(locked_by(false)) {
    if (config_.locked) locked_ = wiring.connect(*config_.locked);
    if (config_.unlocked) unlocked_ = wiring.connect(*config_.unlocked);
    show();
}

bool Strike::locked_by(bool energised) const {
    return energised != (config_.without_power == WithoutPower::locked);
}

void Strike::jam() {
    wiring_.change([this] { jammed_ = true; });
}

void Strike::free() {
    wiring_.change([this] { set_free(); });
}

bool Strike::locked() {
    bool locked = false;
    wiring_.change([&] { locked = is_locked_; });
    return locked;
}

void Strike::set_free() {
    jammed_ = false;
    if (is_locked_ != locked_by(energised_)) settles_ = wiring_.now() + config_.delay;
}

void Strike::show() {
    if (locked_) wiring_.set_contact(*locked_, is_locked_);
    if (unlocked_) wiring_.set_contact(*unlocked_, !is_locked_);
}

void Strike::advance(base::SteadyTime to) {
    if (burns_ && to >= *burns_) {
        burns_.reset();
        wiring_.add_mishap(name() + ": energised for longer than the coil is rated for, it burns");
    }
    if (settles_ && to >= *settles_) {
        settles_.reset();
        if (!jammed_) is_locked_ = locked_by(energised_);
        show();
    }
    const bool energised = wiring_.energised(coil_);
    if (energised == energised_) return;
    energised_ = energised;
    settles_ = to + config_.delay;
    burns_.reset();
    if (energised && config_.rated_on) burns_ = to + *config_.rated_on;
}

std::optional<base::SteadyTime> Strike::next_due() const {
    if (settles_ && burns_) return std::min(*settles_, *burns_);
    return settles_ ? settles_ : burns_;
}

std::string Strike::describe() const {
    std::string text = is_locked_ ? "locked" : "unlocked";
    if (energised_) text += " energised";
    if (jammed_) text += " jammed";
    return text;
}

std::string Strike::usage() const {
    return name() + " jam|free";
}

base::Result<std::string> Strike::command(std::span<const std::string_view> words) {
    const auto verb = words.size() == 1 ? words[0] : std::string_view();
    if (verb == "jam")
        jammed_ = true;
    else if (verb == "free")
        set_free();
    else
        return base::Error{base::Errc::invalid_argument, "the command is: " + usage()};
    return name() + " " + describe();
}

}  // namespace hal
