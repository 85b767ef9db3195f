#pragma once

#include <string>
#include <string_view>

namespace hal {

// Whether a chip of this label drives the 40-pin header of a Raspberry Pi: pinctrl-bcm2835, -bcm2711 …, on
// the Pi 5 pinctrl-rp1.
[[nodiscard]] bool is_raspberry_controller(std::string_view label);

// Which line a LineConfig::line means, as far as that can be told without a chip: two texts of one identity
// are one line. "GPIO17" and "pinctrl-bcm2711:17" have the same; a name that only the kernel knows is its
// own.
[[nodiscard]] std::string line_identity(std::string_view line);

}  // namespace hal
