#include "scheduler/jobs/rollout.hpp"

#include "base/json.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace jobs {
namespace {

constexpr double slowest = 0.001;
constexpr double fastest = 1'000'000;
constexpr std::int64_t most_devices = 1'000'000'000;

base::Error invalid(std::string_view name, std::string_view right) {
    return {base::Errc::invalid_argument, std::string(name) + " must be " + std::string(right)};
}

// Absent and null are nothing; anything else must be a whole number from 1 to `most`.
base::Result<std::optional<std::uint64_t>> count_of(base::JsonView value, std::string_view name,
                                                    std::int64_t most) {
    if (!value.exists() || value.is_null()) return std::optional<std::uint64_t>();
    const auto number = value.as_integer();
    if (!number || *number < 1 || *number > most) {
        return invalid(name, "a whole number from 1 to " + std::to_string(most));
    }
    return std::optional(static_cast<std::uint64_t>(*number));
}

std::optional<Rollout::Wave> wave_of(base::JsonView value) {
    if (const auto devices = count_of(value, {}, most_devices); devices && *devices) {
        return Rollout::Wave{.devices = **devices};
    }
    const auto text = value.as_string();
    if (!text || !text->ends_with('%')) return std::nullopt;
    std::uint64_t percent = 0;
    const char* const end = text->data() + text->size() - 1;
    const auto [stopped, problem] = std::from_chars(text->data(), end, percent);
    if (problem != std::errc() || stopped != end || percent < 1 || percent > 100) return std::nullopt;
    return Rollout::Wave{.percent = percent};
}

base::Result<void> read_rate(base::JsonView value, Rollout& rollout) {
    if (!value.exists() || value.is_null()) return {};
    const auto rate = value.as_number();
    if (!rate || *rate < slowest || *rate > fastest) {
        return invalid("rate", "a number of devices per second from 0.001 to 1000000");
    }
    rollout.rate = *rate;
    return {};
}

base::Result<void> read_abort(base::JsonView value, Rollout& rollout) {
    if (!value.exists() || value.is_null()) return {};
    const auto count = count_of(value.find("failedCount"), "abort.failedCount", most_devices);
    if (!count) return count.error();
    const auto percent = count_of(value.find("failedPercent"), "abort.failedPercent", 100);
    if (!percent) return percent.error();
    if (!*count && !*percent) return invalid("abort", "an object with failedCount, failedPercent, or both");
    rollout.abort_count = *count;
    rollout.abort_percent = *percent;
    return {};
}

base::Result<void> read_waves(base::JsonView value, Rollout& rollout) {
    if (!value.exists() || value.is_null()) return {};
    const std::string right = "an array of 1 to " + std::to_string(max_waves) +
                              " sizes, each a whole number of devices or a text like \"10%\"";
    if (!value.is_array() || value.size() == 0 || value.size() > max_waves) return invalid("waves", right);
    for (const base::JsonView size : value) {
        const auto wave = wave_of(size);
        if (!wave) return invalid("waves", right);
        rollout.waves.push_back(*wave);
    }
    return {};
}

base::Result<void> read_causes(base::JsonView causes, Rollout::Retry& retry) {
    if (!causes.exists() || causes.is_null()) return {};
    retry.refused = false;
    retry.timeout = false;
    for (const base::JsonView cause : causes) {
        const auto text = cause.as_string().value_or("");
        if (text == "refused") {
            retry.refused = true;
        } else if (text == "timeout") {
            retry.timeout = true;
        } else {
            return invalid("retry.causes", R"(an array of "refused", "timeout", or both)");
        }
    }
    if (!causes.is_array() || causes.size() == 0) {
        return invalid("retry.causes", R"(an array of "refused", "timeout", or both)");
    }
    return {};
}

base::Result<void> read_retry(base::JsonView value, Rollout& rollout) {
    if (!value.exists() || value.is_null()) return {};
    const auto count = count_of(value.find("count"), "retry.count", max_retries);
    if (!count) return count.error();
    if (!*count) return invalid("retry", "an object with count, and, if need be, backoff and causes");
    const auto backoff = count_of(value.find("backoff"), "retry.backoff", max_backoff.count());
    if (!backoff) return backoff.error();
    Rollout::Retry retry;
    retry.count = static_cast<std::uint32_t>(**count);
    if (*backoff) retry.backoff = std::chrono::seconds(**backoff);
    if (auto good = read_causes(value.find("causes"), retry); !good) return good;
    rollout.retry = retry;
    return {};
}

// Rounded up, and never nothing: one percent of ten devices is one.
std::uint64_t share(std::uint64_t percent, std::uint64_t device_count) {
    return std::max<std::uint64_t>((device_count * percent + 99) / 100, 1);
}

}  // namespace

std::optional<std::uint64_t> Rollout::abort_at(std::uint64_t device_count) const {
    std::optional<std::uint64_t> at = abort_count;
    if (abort_percent) {
        const std::uint64_t devices = share(*abort_percent, device_count);
        at = at ? std::min(*at, devices) : devices;
    }
    if (!at && !waves.empty()) at = 1;
    return at;
}

std::uint64_t Rollout::may_begin(std::uint64_t device_count, std::uint64_t final_count) const {
    std::uint64_t boundary = 0;
    for (const Wave& wave : waves) {
        boundary += wave.devices != 0 ? wave.devices : share(wave.percent, device_count);
        if (final_count < boundary) return std::min(boundary, device_count);
    }
    return device_count;
}

std::chrono::seconds Rollout::Retry::pause(std::uint32_t calls) const {
    std::chrono::seconds pause = backoff;
    for (std::uint32_t doubled = 1; doubled < calls && pause < max_backoff; ++doubled) {
        pause *= 2;
    }
    return std::min(pause, max_backoff);
}

base::Result<Rollout> parse_rollout(std::string_view text) {
    Rollout rollout;
    if (text.empty()) return rollout;
    const auto object = base::Json::parse(text);
    if (!object) return object.error();
    if (auto good = read_rate(object->find("rate"), rollout); !good) return good.error();
    const auto in_flight = count_of(object->find("inFlight"), "inFlight", most_devices);
    if (!in_flight) return in_flight.error();
    rollout.in_flight = in_flight->value_or(0);
    if (auto good = read_abort(object->find("abort"), rollout); !good) return good.error();
    if (auto good = read_waves(object->find("waves"), rollout); !good) return good.error();
    if (auto good = read_retry(object->find("retry"), rollout); !good) return good.error();
    return rollout;
}

}  // namespace jobs
