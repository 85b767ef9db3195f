#include "hal/mock/door.hpp"

namespace hal {

Door::Door(Wiring& wiring, std::string name, Config config)
    : Part(wiring, std::move(name)), config_(std::move(config)), open_(config_.starts_open) {
    if (config_.contact) contact_ = wiring.connect(*config_.contact);
    set(open_);
}

void Door::set(bool open) {
    open_ = open;
    if (contact_) wiring_.set_contact(*contact_, open_ == config_.active_when_open);
}

void Door::open() {
    wiring_.change([this] { set(true); });
}

void Door::close() {
    wiring_.change([this] { set(false); });
}

std::string Door::usage() const {
    return name() + " open|close|force";
}

base::Result<std::string> Door::command(std::span<const std::string_view> words) {
    const auto verb = words.size() == 1 ? words[0] : std::string_view();
    if (verb == "open" && !open_ && wiring_.door_is_held())
        return base::Error{base::Errc::conflict, "the door is locked; '" + name() + " force' breaks it open"};
    if (verb == "close" && open_ && wiring_.door_is_blocked())
        return base::Error{base::Errc::conflict, "the bolt is out, the door cannot close"};
    if (verb != "open" && verb != "force" && verb != "close")
        return base::Error{base::Errc::invalid_argument, "the command is: " + usage()};
    set(verb != "close");
    return name() + " " + describe();
}

}  // namespace hal
