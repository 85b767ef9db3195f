#pragma once

#include "base/result.hpp"
#include "firmware/config.hpp"
#include "hal/gpio.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace firmware {

// What the bench tool is to do, judged before any hardware is touched.
struct GpioOrder {
    enum class Verb { list, read, watch, pulse };
    Verb verb = Verb::list;
    hal::LineConfig line{};               // of all but list
    std::vector<hal::LineConfig> off{};   // outputs that stay inactive during a pulse
    std::chrono::milliseconds length{0};  // of a pulse
};

// No pulse is longer, whatever it is sent to.
inline constexpr std::chrono::milliseconds longest_bench_pulse = std::chrono::seconds(10);

// `words`: {"list"}, {"read", LINE}, {"watch", LINE} or {"pulse", LINE, TIME}. Without a configuration LINE
// is as in LineConfig; with one it is the role of a configured line, whose polarity, bias and drive then
// count: an output is pulsed and not read, an input is read and not driven, and no pulse is longer than the
// actuator may be under power.
[[nodiscard]] base::Result<GpioOrder> parse_gpio_order(const std::vector<std::string>& words,
                                                       const Config* config);

// The configured lines, one a row: role, direction, line, polarity, bias.
[[nodiscard]] std::string list_of_roles(const DoorLines& lines);

}  // namespace firmware
