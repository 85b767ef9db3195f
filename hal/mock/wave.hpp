#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace hal {

// What a logic analyser would have seen: signals and their changes over time.
struct Wave {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();  // x or z

    struct Change {
        std::chrono::nanoseconds at{};  // since the start of the recording
        double value = unknown;         // 0 or 1 for a bit
    };
    struct Signal {
        std::string name{};
        bool analogue = false;
        std::vector<Change> changes{};  // in order of time

        // The value at `at`; unknown before the first change.
        [[nodiscard]] double value_at(std::chrono::nanoseconds at) const;
    };

    std::vector<Signal> signals;
    std::chrono::nanoseconds end{};  // of the recording
    std::optional<base::SystemTime> started;
    bool incomplete = false;  // the file ends in the midst of something

    // When anything changes, in order, each once; the first and last moment are among them.
    [[nodiscard]] std::vector<std::chrono::nanoseconds> moments() const;
};

struct DrawOptions {
    std::size_t columns = 100;  // of the terminal; 40 to 1000, others are taken as the nearest
    bool colour = false;        // ANSI colours
    bool compress = true;       // shorten stretches in which nothing happens; each is marked with its length
};

// Draws the wave for a terminal: a row for each signal, edges as box lines, quantities as filled steps, and a
// time axis in seconds. The last line says so if the recording is incomplete. UTF-8; every line ends with a
// newline and fits the columns.
[[nodiscard]] std::string draw_wave(const Wave& wave, const DrawOptions& options = {});

// The same as a picture: SVG 1.1 that stands alone, readable on a light and on a dark page. Long stretches in
// which nothing happens are left out, with their length above.
[[nodiscard]] std::string draw_wave_svg(const Wave& wave);

}  // namespace hal
