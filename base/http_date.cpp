#include "base/http_date.hpp"

#include "base/iso8601.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace base {

namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

}  // namespace

std::string format_http_date(SystemTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::string iso = format_iso8601(time);  // 2026-11-20T16:30:00.…
    std::string out(weekdays[std::chrono::weekday(day).c_encoding()]);
    out.append(", ").append(iso.substr(8, 2)).append(" ");
    out.append(months[static_cast<unsigned>(date.month()) - 1]).append(" ");
    return out.append(iso.substr(0, 4)).append(" ").append(iso.substr(11, 8)).append(" GMT");
}

std::optional<SystemTime> parse_http_date(std::string_view text) {
    constexpr std::string_view form = "Www, dd Mmm yyyy hh:mm:ss GMT";
    if (text.size() != form.size() || !text.ends_with(" GMT") || text.substr(3, 2) != ", ")
        return std::nullopt;
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    if (month == months.end()) return std::nullopt;
    const std::string number = std::to_string(month - months.begin() + 1);
    std::string iso(text.substr(12, 4));
    iso.append("-").append(2 - number.size(), '0').append(number).append("-").append(text.substr(5, 2));
    iso.append("T").append(text.substr(17, 8)).append("Z");
    const auto time = parse_iso8601(iso);
    return time ? std::optional(*time) : std::nullopt;
}

}  // namespace base
