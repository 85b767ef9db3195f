#include "hal/mock/button.hpp"

#include "base/duration.hpp"

namespace hal {

namespace {

constexpr auto usual_press = std::chrono::milliseconds(200);

}  // namespace

Button::Button(Wiring& wiring, std::string name, const Config& config)
    : Part(wiring, std::move(name)), contact_(wiring.connect(config.contact)) {}

void Button::set(bool active) {
    active_ = active;
    releases_.reset();
    wiring_.set_contact(contact_, active_);
}

void Button::press(std::chrono::nanoseconds how_long) {
    wiring_.change([&] {
        set(true);
        releases_ = wiring_.now() + how_long;
    });
}

void Button::hold() {
    wiring_.change([this] { set(true); });
}

void Button::release() {
    wiring_.change([this] { set(false); });
}

void Button::advance(base::SteadyTime to) {
    if (releases_ && to >= *releases_) set(false);
}

std::string Button::usage() const {
    return "press " + name() + " [DURATION], or hold|release " + name();
}

base::Result<std::string> Button::command(std::span<const std::string_view> words) {
    const auto verb = words.empty() ? std::string_view() : words[0];
    if (verb == "press" && words.size() <= 2) {
        const auto how_long = words.size() == 2 ? base::parse_duration(words[1])
                                                : base::Result<std::chrono::milliseconds>(usual_press);
        if (!how_long) return how_long.error();
        set(true);
        releases_ = wiring_.now() + *how_long;
    } else if ((verb == "hold" || verb == "release") && words.size() == 1) {
        set(verb == "hold");
    } else {
        return base::Error{base::Errc::invalid_argument, "the command is: " + usage()};
    }
    return name() + " " + describe();
}

}  // namespace hal
