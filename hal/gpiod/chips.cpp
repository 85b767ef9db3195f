#include "hal/gpiod/chips.hpp"

#include "hal/line_name.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace hal {

namespace {

std::optional<std::size_t> number(std::string_view digits) {
    std::size_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::string labels_of(const std::vector<ChipDescription>& chips) {
    std::string labels;
    for (const auto& chip : chips) {
        if (chip.error == 0) labels += (labels.empty() ? "" : ", ") + chip.label;
    }
    return labels.empty() ? "none" : labels;
}

base::Error not_found(const std::vector<ChipDescription>& chips, const std::string& text) {
    for (const auto& chip : chips) {
        if (chip.error == 0) continue;
        auto error = chip_error(chip);
        if (error.code == base::Errc::permission_denied) return with_context(error, text);
    }
    return {base::Errc::not_found, text + "; `doorlockd gpio list` shows the lines of this machine"};
}

base::Result<LinePlace> at_offset(const std::vector<ChipDescription>& chips, std::string_view line,
                                  std::size_t chip, std::size_t offset) {
    const auto count = chips[chip].lines.size();
    if (offset < count) return LinePlace{chip, offset};
    return not_found(chips, "no line '" + std::string(line) + "': " + chips[chip].label + " has lines 0 to " +
                                std::to_string(count - 1));
}

base::Result<std::optional<LinePlace>> by_name(const std::vector<ChipDescription>& chips,
                                               std::string_view name) {
    std::vector<LinePlace> places;
    for (std::size_t chip = 0; chip < chips.size(); ++chip) {
        for (std::size_t offset = 0; offset < chips[chip].lines.size(); ++offset) {
            if (chips[chip].lines[offset].name == name) places.push_back({chip, offset});
        }
    }
    if (places.empty()) return std::optional<LinePlace>();
    if (places.size() == 1) return std::optional(places.front());
    std::string all;
    for (const auto& place : places)
        all += (all.empty() ? "" : " or ") + chips[place.chip].label + ":" + std::to_string(place.offset);
    return base::Error{base::Errc::invalid_argument, "there are " + std::to_string(places.size()) +
                                                         " lines named '" + std::string(name) +
                                                         "'; say which: " + all};
}

base::Result<LinePlace> by_label(const std::vector<ChipDescription>& chips, std::string_view line,
                                 std::size_t colon) {
    const auto label = line.substr(0, colon);
    const auto offset = number(line.substr(colon + 1));
    if (!offset)
        return base::Error{base::Errc::invalid_argument,
                           "line '" + std::string(line) + "': behind the colon stands the offset, a number"};
    for (std::size_t chip = 0; chip < chips.size(); ++chip) {
        if (chips[chip].error == 0 && chips[chip].label == label)
            return at_offset(chips, line, chip, *offset);
        if (chips[chip].error == 0 && chips[chip].name == label)
            return base::Error{base::Errc::invalid_argument,
                               "line '" + std::string(line) +
                                   "': chip numbers differ from kernel to kernel; write '" +
                                   chips[chip].label + ":" + std::to_string(*offset) + "'"};
    }
    return not_found(chips, "no line '" + std::string(line) + "': the chips' labels are " + labels_of(chips));
}

}  // namespace

base::Result<LinePlace> find_line(const std::vector<ChipDescription>& chips, std::string_view line) {
    auto named = by_name(chips, line);
    if (!named) return named.error();
    if (*named) return **named;
    if (const auto n = line.rfind("GPIO", 0) == 0 ? number(line.substr(4)) : std::nullopt) {
        for (std::size_t chip = 0; chip < chips.size(); ++chip) {
            if (chips[chip].error == 0 && is_raspberry_controller(chips[chip].label))
                return at_offset(chips, line, chip, *n);
        }
    }
    if (const auto colon = line.rfind(':'); colon != std::string_view::npos)
        return by_label(chips, line, colon);
    return not_found(chips,
                     "no line '" + std::string(line) + "' on any GPIO chip (" + labels_of(chips) + ")");
}

base::Error chip_error(const ChipDescription& chip) {
    if (chip.error == EACCES || chip.error == EPERM)
        return {
            base::Errc::permission_denied,
            chip.path +
                " may not be opened: join the group that owns it (`sudo usermod -aG gpio $USER`, then log in "
                "again); if it belongs to root alone, add the udev rule SUBSYSTEM==\"gpio\", "
                "KERNEL==\"gpiochip*\", GROUP=\"gpio\", MODE=\"0660\""};
    return {chip.error == ENOENT || chip.error == ENODEV ? base::Errc::not_found : base::Errc::io,
            chip.path + ": " + std::strerror(chip.error)};
}

base::Error request_error(int error, const LineDescription& line, const LineConfig& config) {
    const std::string where =
        "line '" + config.line + "' (" + line.chip_label + " offset " + std::to_string(line.offset) + ")";
    switch (error) {
        case EBUSY:
            return {base::Errc::busy, where + " is held by " +
                                          (line.consumer.empty() ? "the kernel or another process"
                                                                 : "'" + line.consumer + "'") +
                                          "; a line has one holder at a time"};
        case EACCES:
        case EPERM:
            return {base::Errc::permission_denied, where + " may not be requested by this user"};
        case EINVAL:
        case ENXIO:
        case EOPNOTSUPP:
            return {base::Errc::invalid_argument,
                    where + ": the chip cannot do what was asked (bias, drive or edge detection): " +
                        std::strerror(error)};
        default:
            return {base::Errc::io, where + ": " + std::strerror(error)};
    }
}

base::SteadyTime edge_time(std::chrono::nanoseconds stamp, base::SteadyTime now) {
    const base::SteadyTime time(std::chrono::duration_cast<base::SteadyTime::duration>(stamp));
    return std::min(time, now);
}

std::vector<Edge> settle_edges(bool last, const std::vector<Edge>& edges, bool value, base::SteadyTime now) {
    std::vector<Edge> settled;
    for (const auto& edge : edges) {
        if (edge.active == last) continue;
        last = edge.active;
        settled.push_back(edge);
    }
    if (last != value) settled.push_back({value, now});
    return settled;
}

}  // namespace hal
