#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace hal {

// How the time of a wave is laid out on the columns of a terminal: stretches of time that share one linear
// scale, and cuts between them in which nothing happens.
class TimeAxis {
  public:
    using Time = std::chrono::nanoseconds;

    struct Column {
        enum class Kind {
            time,    // covers [begin, end)
            margin,  // beside a cut: the levels go on
            cut,     // time is left out here
        };
        Kind kind = Kind::time;
        Time begin{};
        Time end{};
    };
    struct Cut {
        std::size_t column = 0;  // its first
        std::size_t columns = 0;
        Time length{};
    };
    struct Tick {
        std::size_t column = 0;
        std::string label;  // seconds, with the decimals that the scale needs
    };

    // `events`: when anything changes, in order, the first and last moment of the wave among them.
    TimeAxis(const std::vector<Time>& events, std::size_t columns, bool compress);

    [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
    [[nodiscard]] const std::vector<Cut>& cuts() const { return cuts_; }
    [[nodiscard]] std::vector<Tick> ticks() const;

  private:
    struct Gap {
        Time begin{};
        Time end{};
    };
    static std::vector<Gap> gaps_to_cut(const std::vector<Time>& events, std::size_t columns);
    void add_stretch(Time begin, Time end);
    void add_cut(const Gap& gap);

    Time per_column_{1};
    std::vector<Column> columns_;
    std::vector<Cut> cuts_;
};

// "350 µs", "800 ms", "1.25 s", "9 min 59 s": a length as people say it.
[[nodiscard]] std::string format_length(std::chrono::nanoseconds length);

}  // namespace hal
