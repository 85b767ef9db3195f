#include "base/iso8601.hpp"
#include "hal/mock/drawn_line.hpp"
#include "hal/mock/time_axis.hpp"
#include "hal/mock/wave.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace hal {

namespace {

using Kind = TimeAxis::Column::Kind;

constexpr std::size_t least_columns = 40;
constexpr std::size_t most_columns = 1000;

// As hardware people write it, and the Wiring names it.
bool is_active_low(const Wave::Signal& signal) {
    return std::string_view(signal.name).ends_with("_n");
}

struct Picture {
    DrawnLine upper;
    DrawnLine lower;
};

class Drawing {
  public:
    Drawing(const Wave& wave, const DrawOptions& options)
        : wave_(wave),
          columns_(std::clamp(options.columns, least_columns, most_columns)),
          colour_(options.colour),
          left_(label_columns()),
          axis_(wave.moments(), columns_ - left_, options.compress) {}

    std::string text() {
        std::string text = title() + axis();
        for (const auto& signal : wave_.signals) {
            Picture picture{DrawnLine(columns_), DrawnLine(columns_)};
            if (signal.analogue)
                draw_analogue(signal, picture);
            else
                draw_bit(signal, picture);
            picture.lower.write(1, shortened(signal.name, left_ - 2), Ink::label);
            text += picture.upper.text(colour_) + picture.lower.text(colour_);
        }
        return text + legend();
    }

  private:
    [[nodiscard]] std::size_t label_columns() const {
        std::size_t longest = 6;
        for (const auto& signal : wave_.signals)
            longest = std::max(longest, signal.name.size());
        return std::min(longest, columns_ / 3) + 2;
    }

    [[nodiscard]] std::string title() const {
        std::string text = " " + format_length(wave_.end) + " recorded";
        if (wave_.started) {
            const auto whole = std::chrono::floor<std::chrono::seconds>(*wave_.started);
            text += ", from " + base::format_iso8601(whole).substr(0, 19) + "Z";
        }
        DrawnLine line(columns_);
        line.write(0, text, Ink::faint);
        return line.text(colour_) + "\n";
    }

    // Two lines: what the ticks mean, and the ticks.
    [[nodiscard]] std::string axis() const {
        DrawnLine labels(columns_);
        DrawnLine rule(columns_);
        const auto& columns = axis_.columns();
        for (std::size_t i = 0; i < columns.size(); ++i)
            rule.put(left_ + i, columns[i].kind == Kind::cut ? "╌" : "─", Ink::faint);
        for (const auto& cut : axis_.cuts()) {
            const auto length = format_length(cut.length);
            const auto room = cut.columns > width_of(length) ? cut.columns - width_of(length) : 0;
            labels.write(left_ + cut.column + room / 2, length, Ink::faint);
        }
        for (const auto& tick : axis_.ticks()) {
            const auto begin = left_ + tick.column;
            const auto end = begin + tick.label.size();
            if (!labels.blank(begin > left_ ? begin - 1 : begin, end + (end < columns_ ? 1 : 0))) continue;
            labels.write(begin, tick.label, Ink::plain);
            rule.put(begin, "┬", Ink::faint);
        }
        labels.write(1, "time/s", Ink::faint);
        return labels.text(colour_) + rule.text(colour_);
    }

    void draw_bit(const Wave::Signal& signal, Picture& picture) {
        const auto& columns = axis_.columns();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i].kind == Kind::time)
                draw_step(signal, columns[i], left_ + i, picture);
            else
                draw_level(signal.value_at(columns[i].begin - TimeAxis::Time(1)),
                           columns[i].kind == Kind::cut, left_ + i, picture);
        }
        name_pulses(signal, picture);
    }

    void draw_level(double value, bool cut, std::size_t column, Picture& picture) {
        if (std::isnan(value))
            picture.lower.put(column, "░", Ink::faint);
        else if (value != 0)
            picture.upper.put(column, cut ? "╌" : "─", cut ? Ink::faint : Ink::high);
        else
            picture.lower.put(column, cut ? "╌" : "─", cut ? Ink::faint : Ink::low);
    }

    void draw_step(const Wave::Signal& signal, const TimeAxis::Column& column, std::size_t at,
                   Picture& picture) {
        const auto changes_before = [&](TimeAxis::Time time) {
            return std::lower_bound(signal.changes.begin(), signal.changes.end(), time,
                                    [](const Wave::Change& change, auto t) { return change.at < t; });
        };
        const auto first = changes_before(column.begin);
        const auto last = changes_before(column.end);
        double before = first == signal.changes.begin() ? Wave::unknown : std::prev(first)->value;
        const double after = last == signal.changes.begin() ? Wave::unknown : std::prev(last)->value;
        int edges = 0;
        for (auto change = first; change != last; ++change) {
            // The first value that is known is no edge.
            if (!std::isnan(before) && change->value != before) ++edges;
            before = change->value;
        }
        if (edges == 0) {
            draw_level(after, false, at, picture);
        } else if (edges > 2) {
            several_ = true;
            picture.upper.put(at, "║", Ink::warning);
            picture.lower.put(at, "║", Ink::warning);
        } else if (edges == 2) {  // a pulse narrower than a column
            picture.upper.put(at, after != 0 ? "┬" : "╷", Ink::high);
            picture.lower.put(at, after != 0 ? "╵" : "┴", Ink::high);
        } else {
            picture.upper.put(at, after != 0 ? "┌" : "┐", Ink::high);
            picture.lower.put(at, after != 0 ? "┘" : "└", after != 0 ? Ink::low : Ink::high);
        }
    }

    // Writes the length of each pulse into its roof, where there is room; the pulse of a signal that is
    // active low (…_n) is its low time.
    void name_pulses(const Wave::Signal& signal, Picture& picture) const {
        const bool low = is_active_low(signal);
        DrawnLine& line = low ? picture.lower : picture.upper;
        for (std::size_t i = 1; i + 1 < signal.changes.size(); ++i) {
            const auto& pulse = signal.changes[i];
            const auto end = signal.changes[i + 1].at;
            if (std::isnan(pulse.value) || (pulse.value == 0) != low) continue;
            const auto from = column_of(pulse.at) + 1;
            const auto to = column_of(end);
            const std::string length = " " + format_length(end - pulse.at) + " ";
            const auto room = to > from ? to - from : 0;
            if (room < width_of(length) + 2) continue;
            line.write(from + (room - width_of(length)) / 2, length, low ? Ink::low : Ink::high);
        }
    }

    [[nodiscard]] std::size_t column_of(TimeAxis::Time time) const {
        const auto& columns = axis_.columns();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i].kind == Kind::time && time >= columns[i].begin && time < columns[i].end)
                return left_ + i;
        }
        return left_ + columns.size() - 1;
    }

    void draw_analogue(const Wave::Signal& signal, Picture& picture) const {
        double least = 0;
        double most = 1;
        for (const auto& change : signal.changes) {
            if (std::isnan(change.value)) continue;
            least = std::min(least, change.value);
            most = std::max(most, change.value);
        }
        static constexpr std::array<std::string_view, 9> fill = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
        const auto& columns = axis_.columns();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool time = columns[i].kind == Kind::time;
            const double value = signal.value_at(time ? columns[i].end - TimeAxis::Time(1)
                                                      : columns[i].begin - TimeAxis::Time(1));
            if (std::isnan(value)) {
                picture.lower.put(left_ + i, "░", Ink::faint);
                continue;
            }
            // Sixteen steps over two lines; even nothing has a base line.
            const auto steps = std::max(1L, std::lround((value - least) / (most - least) * 16));
            const Ink ink = columns[i].kind == Kind::cut ? Ink::faint : Ink::filled;
            picture.lower.put(left_ + i, fill[static_cast<std::size_t>(std::min(steps, 8L))], ink);
            picture.upper.put(left_ + i, fill[static_cast<std::size_t>(std::max(steps - 8, 0L))], ink);
        }
    }

    [[nodiscard]] std::string legend() const {
        std::string text;
        if (!axis_.cuts().empty()) text += "   ╌╌ time left out";
        if (several_) text += "   ║ several edges";
        if (std::any_of(wave_.signals.begin(), wave_.signals.end(), is_active_low))
            text += "   …_n active while low";
        if (text.empty()) return {};
        DrawnLine line(columns_);
        line.write(0, text.substr(2), Ink::faint);
        return "\n" + line.text(colour_);
    }

    const Wave& wave_;
    std::size_t columns_;
    bool colour_;
    std::size_t left_;
    TimeAxis axis_;
    bool several_ = false;
};

}  // namespace

std::string draw_wave(const Wave& wave, const DrawOptions& options) {
    std::string text = Drawing(wave, options).text();
    if (wave.incomplete) text += "\n the recording is incomplete\n";
    return text;
}

}  // namespace hal
