#include "hal/line_name.hpp"

#include <charconv>
#include <optional>

namespace hal {

namespace {

std::optional<unsigned> number(std::string_view digits) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

}  // namespace

bool is_raspberry_controller(std::string_view label) {
    return label.starts_with("pinctrl-bcm2") || label == "pinctrl-rp1";
}

std::string line_identity(std::string_view line) {
    if (const auto n = line.starts_with("GPIO") ? number(line.substr(4)) : std::nullopt)
        return "header:" + std::to_string(*n);
    const std::size_t colon = line.rfind(':');
    const auto offset = colon == std::string_view::npos ? std::nullopt : number(line.substr(colon + 1));
    if (!offset) return std::string(line);
    const std::string_view label = line.substr(0, colon);
    return std::string(is_raspberry_controller(label) ? "header" : label) + ':' + std::to_string(*offset);
}

}  // namespace hal
