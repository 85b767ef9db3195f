#include "firmware/periodic_report.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"

#include <cstdint>

namespace firmware {

namespace {

constexpr std::string_view name = "alive";

}  // namespace

PeriodicReport::PeriodicReport(Reported& reported, const base::Clock& clock)
    : reported_(reported), clock_(clock), started_(clock.steady_now()) {
    reported_.set(name, base::Json());
}

void PeriodicReport::set_interval(std::chrono::milliseconds interval) {
    if (interval == interval_) return;
    interval_ = interval;
    due_.reset();
    if (interval.count() == 0) return reported_.set(name, base::Json());
    due_ = clock_.steady_now();
}

bool PeriodicReport::tick(bool clock_trusted) {
    const auto now = clock_.steady_now();
    if (!due_ || *due_ > now) return false;
    due_ = now + interval_;
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(now - started_).count();
    base::Json alive = base::Json::object({{"uptime", static_cast<std::int64_t>(uptime)}});
    if (clock_trusted) alive.set("at", base::format_iso8601(clock_.system_now()));
    reported_.set(name, alive);
    return true;
}

}  // namespace firmware
