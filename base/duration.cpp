#include "base/duration.hpp"

#include "base/excerpt.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace base {
namespace {

using std::chrono::milliseconds;

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};
// In the order in which they may follow each other.
constexpr std::array<Unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

Error not_a_duration(std::string_view text) {
    constexpr std::size_t shown = 40;
    return {Errc::invalid_argument,
            "'" + base::excerpt(text, shown) +
                "' is not a duration; write 10m, 1h30m, 45s, 500ms or a number of seconds"};
}

Error too_long(milliseconds most) {
    return {Errc::invalid_argument, "duration is longer than " + format_duration(most)};
}

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

}  // namespace

Result<milliseconds> duration_from_seconds(double seconds, milliseconds most) {
    if (std::isnan(seconds) || seconds < 0) {
        return Error{Errc::invalid_argument, "duration must be a number of seconds, zero or more"};
    }
    if (seconds * 1000.0 > static_cast<double>(most.count())) return too_long(most);
    return milliseconds(std::llround(seconds * 1000.0));
}

Result<milliseconds> parse_duration(std::string_view text, milliseconds most) {
    constexpr std::size_t longest = 64;
    if (text.empty() || text.size() > longest) return not_a_duration(text);
    const char* const end = text.data() + text.size();

    if (!is_letter(text.back())) {
        double seconds = 0;
        const auto [stop, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
        if (error != std::errc{} || stop != end || text.front() == '-') return not_a_duration(text);
        return duration_from_seconds(seconds, most);
    }

    std::int64_t total = 0;
    std::size_t next_unit = 0;
    for (const char* at = text.data(); at != end;) {
        std::int64_t count = 0;
        const auto [stop, error] = std::from_chars(at, end, count);
        if (error == std::errc::result_out_of_range) return too_long(most);
        if (error != std::errc{} || *at == '-') return not_a_duration(text);
        const char* unit_end = stop;
        while (unit_end != end && is_letter(*unit_end))
            ++unit_end;
        const std::string_view name(stop, static_cast<std::size_t>(unit_end - stop));
        while (next_unit < units.size() && units[next_unit].name != name)
            ++next_unit;
        if (next_unit == units.size()) return not_a_duration(text);
        if (count > (most.count() - total) / units[next_unit].milliseconds) return too_long(most);
        total += count * units[next_unit].milliseconds;
        ++next_unit;
        at = unit_end;
    }
    return milliseconds(total);
}

std::string format_duration(milliseconds duration) {
    std::int64_t left = duration.count();
    if (left == 0) return "0s";
    std::string text;
    if (left < 0) {
        text = "-";
        left = -left;
    }
    for (const Unit& unit : units) {
        if (left < unit.milliseconds) continue;
        text += std::to_string(left / unit.milliseconds);
        text += unit.name;
        left %= unit.milliseconds;
    }
    return text;
}

}  // namespace base
