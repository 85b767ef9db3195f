#include "hal/mock/time_axis.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace hal {

namespace {

using Time = TimeAxis::Time;

// Shorter quiet times are drawn in full: they belong to what happens around them.
constexpr Time shortest_cut = std::chrono::seconds(3);
// Of the time that is still to be drawn; a gap that takes less is not worth a mark.
constexpr double least_share = 0.25;
constexpr std::size_t cut_columns = 12;  // wide enough for "9 min 59 s"
constexpr std::size_t margin_columns = 2;
constexpr std::size_t columns_a_cut_costs = 2 * cut_columns;  // so that time keeps half of the picture
constexpr std::size_t columns_between_ticks = 10;

std::string format(const char* pattern, int decimals, double value, const char* unit) {
    char text[64];
    (void)std::snprintf(text, sizeof text, pattern, decimals, value, unit);  // far shorter than 64
    return text;
}

// 1, 2 or 5 times a power of ten, not below `least`.
double round_step(double least) {
    const double power = std::pow(10.0, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
        if (factor * power >= least * 0.999999) return factor * power;
    }
    return 10 * power;
}

double seconds(Time time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

TimeAxis::TimeAxis(const std::vector<Time>& events, std::size_t columns, bool compress) {
    const auto first = events.empty() ? Time(0) : events.front();
    const auto last = events.empty() ? Time(0) : events.back();
    const auto gaps = compress ? gaps_to_cut(events, columns) : std::vector<Gap>();
    Time drawn = last - first;
    for (const auto& gap : gaps)
        drawn -= gap.end - gap.begin;
    // Each stretch needs a column more than its length, so that its last event has one.
    const auto room = static_cast<std::int64_t>(columns - gaps.size() * (cut_columns + 1) - 1);
    per_column_ = std::max(Time(1), Time((drawn.count() + room - 1) / room));
    Time from = first;
    for (const auto& gap : gaps) {
        add_stretch(from, gap.begin);
        add_cut(gap);
        from = gap.end;
    }
    add_stretch(from, last);
}

std::vector<TimeAxis::Gap> TimeAxis::gaps_to_cut(const std::vector<Time>& events, std::size_t columns) {
    std::vector<Gap> gaps;
    for (std::size_t i = 1; i < events.size(); ++i)
        gaps.push_back({events[i - 1], events[i]});
    const auto length = [](const Gap& gap) { return gap.end - gap.begin; };
    std::sort(gaps.begin(), gaps.end(), [&](const Gap& a, const Gap& b) { return length(a) > length(b); });
    Time left = events.empty() ? Time(0) : events.back() - events.front();
    const auto most = columns / columns_a_cut_costs;
    std::size_t cut = 0;
    while (cut < gaps.size() && cut < most && length(gaps[cut]) >= shortest_cut &&
           seconds(length(gaps[cut])) > least_share * seconds(left))
        left -= length(gaps[cut++]);
    gaps.resize(cut);
    std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.begin < b.begin; });
    return gaps;
}

void TimeAxis::add_stretch(Time begin, Time end) {
    const auto count = (end - begin) / per_column_ + 1;
    for (std::int64_t i = 0; i < count; ++i)
        columns_.push_back({Column::Kind::time, begin + i * per_column_, begin + (i + 1) * per_column_});
    // What lies in the cut after it is not this column's.
    columns_.back().end = end + Time(1);
}

void TimeAxis::add_cut(const Gap& gap) {
    cuts_.push_back({columns_.size(), cut_columns, gap.end - gap.begin});
    for (std::size_t i = 0; i < cut_columns; ++i) {
        const bool margin = i < margin_columns || i >= cut_columns - margin_columns;
        columns_.push_back({margin ? Column::Kind::margin : Column::Kind::cut, gap.end, gap.end});
    }
}

std::vector<TimeAxis::Tick> TimeAxis::ticks() const {
    const double step = round_step(seconds(per_column_) * columns_between_ticks);
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    std::vector<Tick> ticks;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].kind != Column::Kind::time) continue;
        const double multiple = std::ceil(seconds(columns_[i].begin) / step - 1e-9);
        if (multiple * step < seconds(columns_[i].end))
            ticks.push_back({i, format("%.*f%s", decimals, multiple * step + 0.0, "")});
    }
    return ticks;
}

std::string format_length(std::chrono::nanoseconds length) {
    const double s = seconds(length);
    // Three digits are what an eye takes in; rounding 999.6 ms up makes it 1.00 s.
    const auto three = [](double value, const char* unit) {
        const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
        std::string text = format("%.*f", decimals, value, "");
        if (text.find('.') != std::string::npos) {
            text.erase(text.find_last_not_of('0') + 1);
            if (text.back() == '.') text.pop_back();
        }
        return text + unit;
    };
    if (s < 999.5e-9) return three(s * 1e9, " ns");
    if (s < 999.5e-6) return three(s * 1e6, " µs");
    if (s < 0.9995) return three(s * 1e3, " ms");
    if (s < 59.95) return three(s, " s");
    const auto whole = std::chrono::round<std::chrono::seconds>(length).count();
    const auto pair = [](std::int64_t big, const char* big_unit, std::int64_t small, const char* small_unit) {
        std::string text = std::to_string(big) + big_unit;
        return small == 0 ? text : text + " " + std::to_string(small) + small_unit;
    };
    if (whole < 3600) return pair(whole / 60, " min", whole % 60, " s");
    if (whole < 86400) return pair(whole / 3600, " h", whole % 3600 / 60, " min");
    return pair(whole / 86400, " d", whole % 86400 / 3600, " h");
}

}  // namespace hal
