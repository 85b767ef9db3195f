#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "hal/event_loop.hpp"
#include "hal/gpio.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hal {

// The lines of this machine's GPIO chips, through libgpiod 1.x or 2.x. Edges arrive on `loop`. Warns when the
// kernel keeps outputs driven after the process has died (Raspberry Pi OS does unless dtparam=strict_gpiod is
// set). Errors: not_found when there is no /dev/gpiochip*, permission_denied when none may be opened.
[[nodiscard]] base::Result<std::unique_ptr<LineSource>> open_gpio(EventLoop& loop, const base::Log& log);

// One line as the kernel describes it.
struct LineDescription {
    std::string chip{};        // "gpiochip0"
    std::string chip_label{};  // "pinctrl-bcm2711"
    unsigned offset = 0;
    std::string name{};  // empty if the kernel has none for it
    bool used = false;
    std::string consumer{};  // who holds it; empty if unused or not told
    bool output = false;
    bool active_low = false;
};

// Every line of every chip, in the order of chip and offset. Errors as open_gpio.
[[nodiscard]] base::Result<std::vector<LineDescription>> list_lines();

// "1.6.3": the version of libgpiod that this program runs with.
[[nodiscard]] std::string gpiod_version();

}  // namespace hal
