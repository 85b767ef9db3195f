#include "hal/mock/wire.hpp"
#include "hal/mock/wiring.hpp"

// What can be wrong with a wire, a contact or a pin.

namespace hal {

namespace {

constexpr unsigned most_bounces = 1000;

}  // namespace

base::Result<void> Wiring::set_fault(std::string_view line, Fault fault) {
    base::Result<void> result;
    change([&] { result = fault_wire(line, fault); });
    return result;
}

base::Result<void> Wiring::fault_wire(std::string_view line, Fault fault) {
    const auto net = existing(line);
    if (!net) return net.error();
    Wire& wire = *wires_[*net];
    wire.stuck_energised = wire.energised();
    wire.fault = fault;
    wire.bounces.clear();
    if (fault != Fault::stuck) wire.closed = wire.wanted_closed;
    refresh(wire);
    ++changes_;  // a coil may see another level although the pin does not
    return {};
}

base::Result<void> Wiring::set_bounce(std::string_view line, Bounce bounce) {
    base::Result<void> result;
    change([&] { result = bounce_wire(line, bounce); });
    return result;
}

base::Result<void> Wiring::bounce_wire(std::string_view line, Bounce bounce) {
    const auto net = existing(line);
    if (!net) return net.error();
    if (bounce.pairs > most_bounces || bounce.spacing <= std::chrono::nanoseconds(0))
        return base::Error{base::Errc::invalid_argument, "a contact may bounce up to " +
                                                             std::to_string(most_bounces) +
                                                             " times, with more than 0 s between the edges"};
    wires_[*net]->bounce = bounce;
    return {};
}

base::Result<void> Wiring::set_failure(std::string_view line, std::optional<base::Error> error) {
    const std::lock_guard lock(mutex_);
    const auto net = existing(line);
    if (!net) return net.error();
    wires_[*net]->failure = std::move(error);
    return {};
}

void Wiring::set_after_release(AfterRelease what) {
    const std::lock_guard lock(mutex_);
    after_release_ = what;
}

}  // namespace hal
