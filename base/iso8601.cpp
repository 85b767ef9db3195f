#include "base/iso8601.hpp"

#include "base/excerpt.hpp"

#include <array>
#include <cstdio>
#include <optional>

namespace base {
namespace {

using namespace std::chrono;

constexpr std::size_t shown = 48;

Error not_a_date(std::string_view text) {
    return {Errc::invalid_argument,
            "'" + base::excerpt(text, shown) +
                "' is not a date; write it as 2026-11-21T02:00:00Z or with an offset like +01:00"};
}

// Reads the text from the left; every step fails once the text does not fit.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    std::optional<int> number(std::size_t digits) {
        if (rest_.size() < digits) return std::nullopt;
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }
    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] bool digit() const {
        return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }
    [[nodiscard]] bool done() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

// What a SystemTime can hold, whole years of it.
constexpr year first_year{1970};
constexpr year last_year{2261};

std::optional<year_month_day> read_date(Reader& in) {
    const auto y = in.number(4);
    if (!y || !in.skip('-')) return std::nullopt;
    const auto m = in.number(2);
    if (!m || !in.skip('-')) return std::nullopt;
    const auto d = in.number(2);
    if (!d) return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<nanoseconds> read_fraction(Reader& in) {
    nanoseconds::rep value = 0;
    nanoseconds::rep scale = 100'000'000;
    if (!in.digit()) return std::nullopt;
    for (; in.digit() && scale > 0; scale /= 10)
        value += *in.number(1) * scale;
    if (in.digit()) return std::nullopt;
    return nanoseconds(value);
}

std::optional<nanoseconds> read_time(Reader& in) {
    const auto h = in.number(2);
    if (!h || *h > 23 || !in.skip(':')) return std::nullopt;
    const auto m = in.number(2);
    if (!m || *m > 59) return std::nullopt;
    nanoseconds time = hours(*h) + minutes(*m);
    if (!in.skip(':')) return time;
    const auto s = in.number(2);
    if (!s || *s > 59) return std::nullopt;
    time += seconds(*s);
    if (!in.skip('.')) return time;
    const auto fraction = read_fraction(in);
    if (!fraction) return std::nullopt;
    return time + *fraction;
}

std::optional<minutes> read_offset(Reader& in) {
    if (in.done() || in.skip('Z') || in.skip('z')) return minutes(0);
    const bool east = in.skip('+');
    if (!east && !in.skip('-')) return std::nullopt;
    const auto h = in.number(2);
    if (!h || *h > 23) return std::nullopt;
    in.skip(':');
    const auto m = in.number(2);
    if (!m || *m > 59) return std::nullopt;
    const minutes offset = hours(*h) + minutes(*m);
    return east ? offset : -offset;
}

}  // namespace

std::string format_iso8601(SystemTime time) {
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const auto since_midnight = duration_cast<nanoseconds>(time - day);
    const hh_mm_ss clock(since_midnight);
    std::array<char, 64> text{};
    const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%07dZ",
                                     int(date.year()), unsigned(date.month()), unsigned(date.day()),
                                     int(clock.hours().count()), int(clock.minutes().count()),
                                     int(clock.seconds().count()), int(clock.subseconds().count() / 100));
    return {text.data(), static_cast<std::size_t>(length)};
}

Result<SystemTime> parse_iso8601(std::string_view text) {
    Reader in(text);
    const auto date = read_date(in);
    if (!date || !(in.skip('T') || in.skip('t') || in.skip(' '))) return not_a_date(text);
    const auto time = read_time(in);
    if (!time) return not_a_date(text);
    const auto offset = read_offset(in);
    if (!offset || !in.done()) return not_a_date(text);
    if (date->year() < first_year || date->year() > last_year) {
        return Error{Errc::invalid_argument, "'" + base::excerpt(text, shown) +
                                                 "' is out of range; the years from 1970 to 2261 are known"};
    }
    return SystemTime(
        duration_cast<SystemTime::duration>(sys_days{*date}.time_since_epoch() + *time - *offset));
}

}  // namespace base
