#include "hal/mock/loop.hpp"

#include <cassert>

namespace hal {

Loop::Loop(Wiring& wiring, std::string name, const Config& config)
    : Part(wiring, std::move(name)), contact_(wiring.connect(config.contact)) {
    assert(config.contact.normally_closed);
}

void Loop::set(bool open) {
    open_ = open;
    wiring_.set_contact(contact_, open);
}

void Loop::open() {
    wiring_.change([this] { set(true); });
}

void Loop::mend() {
    wiring_.change([this] { set(false); });
}

base::Result<std::string> Loop::command(std::span<const std::string_view> words) {
    const auto verb = words.size() == 1 ? words[0] : std::string_view();
    if (verb != "break" && verb != "restore")
        return base::Error{base::Errc::invalid_argument, "the command is: " + usage()};
    set(verb == "break");
    return name() + " " + describe();
}

}  // namespace hal
