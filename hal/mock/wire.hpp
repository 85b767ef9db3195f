#pragma once

#include "hal/gpio.hpp"
#include "hal/mock/wiring.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace hal {

// One wire of a Wiring: the pin at one end, a coil or a contact at the other. Under the lock of its Wiring.
struct Wiring::Wire {
    enum class End { nothing, coil, contact };
    enum class Pin { free, output, input };

    std::string line;
    std::string label;
    Signal signal = 0;
    bool level = false;  // at the pin, as last seen

    // The part's end.
    End end = End::nothing;
    bool active_low = false;  // of the coil or contact
    bool normally_closed = false;
    bool wanted_closed = false;  // what the part does with its contact
    bool closed = false;         // what the contact does: it may bounce, or be stuck
    std::deque<base::SteadyTime> bounces;
    bool stuck_energised = false;

    // The pin's end.
    Pin pin = Pin::free;
    LineConfig config;
    bool driven = false;  // by an output; may outlast its request
    bool drive_level = false;
    std::shared_ptr<const InputLine::Handler> handler;

    Fault fault = Fault::none;
    Bounce bounce;
    std::optional<base::Error> failure;

    // The level of a closed contact: it closes to ground if the line is active low.
    [[nodiscard]] bool closed_level() const { return normally_closed == active_low; }
    // The level while nothing drives the wire.
    [[nodiscard]] bool resting_level() const;
    // The level at the pin now.
    [[nodiscard]] bool present_level() const;
    [[nodiscard]] bool energised() const;
};

}  // namespace hal
