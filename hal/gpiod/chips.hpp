#pragma once

#include "base/result.hpp"
#include "hal/gpio.hpp"
#include "hal/gpiod/backend.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hal {

// Where a line is, among chips that have been read.
struct LinePlace {
    std::size_t chip = 0;
    std::size_t offset = 0;
};

// Finds `line` as LineConfig says: by its exact name; else GPIO<n> as offset n of the Raspberry Pi's own
// controller; else "label:offset". Errors: invalid_argument (two lines of that name, malformed), not_found,
// permission_denied (not found, and a chip could not be opened, so it may be there).
[[nodiscard]] base::Result<LinePlace> find_line(const std::vector<ChipDescription>& chips,
                                                std::string_view line);

// Why a chip could not be opened, and what cures it.
[[nodiscard]] base::Error chip_error(const ChipDescription& chip);

// Why the kernel refused a request of a line (`error` is an errno), and what cures it.
[[nodiscard]] base::Error request_error(int error, const LineDescription& line, const LineConfig& config);

// The kernel's time stamp of an edge. Kernels before 5.7 stamp with the wall clock; then it is `now`.
[[nodiscard]] base::SteadyTime edge_time(std::chrono::nanoseconds stamp, base::SteadyTime now);

// What to tell of the edges that came, when `last` was the value told before and `value` is the one now: no
// repeats, and an edge of our own if the kernel's buffer has lost the last one.
[[nodiscard]] std::vector<Edge> settle_edges(bool last, const std::vector<Edge>& edges, bool value,
                                             base::SteadyTime now);

}  // namespace hal
