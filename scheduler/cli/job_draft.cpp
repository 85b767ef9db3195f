#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "scheduler/cli/assignment.hpp"
#include "scheduler/cli/draft_values.hpp"
#include "scheduler/cli/drafts.hpp"
#include "scheduler/cli/trimmed.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cli {

namespace {

using base::Result;
using std::chrono::seconds;

constexpr seconds most_execution = std::chrono::hours(24) * 31;  // lockhub takes no more
constexpr seconds most_backoff = std::chrono::minutes(10);       // nor here
constexpr std::uint64_t most_devices = 1'000'000'000;
constexpr std::uint64_t most_retries = 20;
constexpr std::size_t most_job_id = 64;  // §2.7

Result<void> check_job_id(const std::string& id) {
    const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
    if (plain && id.size() <= most_job_id) return {};
    return wrong("--id: '" + id + "' must be at most 64 letters, digits, '-' and '_'");
}

Result<std::optional<base::Json>> read_all(const std::vector<std::string>& texts, const char* option) {
    std::vector<std::string> assignments;
    for (const auto& text : texts) {
        for (auto& assignment : split_assignments(text))
            assignments.push_back(std::move(assignment));
    }
    if (assignments.empty()) return std::optional<base::Json>();
    auto json = parse_assignments(assignments);
    if (!json) return base::with_context(std::move(json).error(), option);
    return std::optional(std::move(*json));
}

Result<std::string> read_condition(const JobDraft& draft) {
    if (draft.where.empty() == draft.devices.empty()) {
        return wrong(
            "for which devices? Give --where CONDITION (e.g. \"tags.building = 43\", or '*' for all) or "
            "--device ID, one of them");
    }
    if (!draft.where.empty()) {
        // " * " means every device too, and is guarded as "*" is.
        return trimmed(draft.where) == "*" ? "*" : draft.where;
    }
    std::string condition = "deviceId IN [";
    for (const auto& id : draft.devices) {
        if (id.find('\'') != std::string::npos)
            return wrong("--device: '" + id + "' cannot stand here; use --where");
        condition += (condition.back() == '[' ? "'" : ",'") + id + "'";
    }
    return condition + "]";
}

Result<std::variant<MethodJob, TwinJob>> read_action(const JobDraft& draft) {
    using Action = std::variant<MethodJob, TwinJob>;
    const bool twin = !draft.desired.empty() || !draft.tags.empty();
    if (twin && !draft.method.empty()) {
        return wrong("--method, or --desired and --tag: give one of them, not both");
    }
    if (!twin && draft.method.empty()) {
        return wrong("what is to be done? Give --method NAME, or --desired NAME=VALUE and --tag NAME=VALUE");
    }
    if (!twin) {
        if (auto valid = check_payload(draft.payload); !valid) return std::move(valid).error();
        const auto times = read_times(draft.times);
        if (!times) return times.error();
        return Action(MethodJob{.method = draft.method, .payload = draft.payload, .times = *times});
    }
    if (!draft.payload.empty()) return wrong("--payload belongs to --method, not to a change of twins");
    auto desired = read_all(draft.desired, "--desired");
    if (!desired) return std::move(desired).error();
    auto tags = read_all(draft.tags, "--tag");
    if (!tags) return std::move(tags).error();
    return Action(TwinJob{std::move(*desired), std::move(*tags)});
}

Result<void> read_start(const JobDraft& draft, JobCreate& job) {
    if (!draft.at.empty() && !draft.in.empty()) return wrong("give --at or --in, not both");
    if (!draft.at.empty()) {
        const auto at = base::parse_iso8601(draft.at);
        if (!at) {
            return wrong("--at: " + at.error().message +
                         "; e.g. 2026-11-21T02:00+01:00 (without an offset it is UTC)");
        }
        job.at = *at;
    }
    if (!draft.in.empty()) {
        const auto in = base::parse_duration(draft.in);
        if (!in) return base::with_context(in.error(), "--in");
        job.in = *in;
    }
    return {};
}

// "3" or "10%"; nothing if it is neither.
struct Share {
    std::uint64_t number = 0;
    bool percent = false;
};
std::optional<Share> read_share(std::string_view text) {
    Share share{.percent = text.ends_with('%')};
    if (share.percent) text.remove_suffix(1);
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), share.number);
    const bool whole = problem == std::errc() && end == text.data() + text.size();
    if (!whole || share.number == 0 || share.number > (share.percent ? 100 : most_devices)) {
        return std::nullopt;
    }
    return share;
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(by, at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

Result<std::string> read_rate(const std::string& text) {
    double rate = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (problem != std::errc() || end != text.data() + text.size() || !(rate >= 0.001 && rate <= 1'000'000)) {
        return wrong("--rate: '" + text + "' must be devices per second, from 0.001 to 1000000");
    }
    return base::Json(rate).dump();
}

// "3", "10%" or "3,10%": what comes first.
Result<std::string> read_abort(const std::string& text) {
    base::Json abort = base::Json::object();
    for (const std::string_view part : split(text, ',')) {
        const auto share = read_share(part);
        const std::string_view name = share && share->percent ? "failedPercent" : "failedCount";
        if (!share || abort.find(name).exists()) {
            return wrong("--abort-after: '" + text +
                         "' must be a number of failures, a share like 10%, or both: 3,10%");
        }
        abort.set(name, static_cast<std::int64_t>(share->number));
    }
    return abort.dump();
}

Result<std::string> read_waves(const std::string& text) {
    base::Json waves = base::Json::array();
    for (const std::string_view part : split(text, ',')) {
        const auto share = read_share(part);
        if (!share) {
            return wrong("--waves: '" + text +
                         "' must be sizes like 1,10%: one door, then a tenth, then the rest");
        }
        waves.push_back(share->percent ? base::Json(part)
                                       : base::Json(static_cast<std::int64_t>(share->number)));
    }
    return waves.dump();
}

Result<std::string> read_retry(const JobDraft& draft) {
    const auto count = read_count(draft.retry, "--retry", most_retries);
    if (!count) return count.error();
    base::Json retry = base::Json::object({{"count", static_cast<std::int64_t>(*count)}});
    if (!draft.retry_after.empty()) {
        const auto after = read_seconds(draft.retry_after, "--retry-after", seconds(1), most_backoff, {});
        if (!after) return after.error();
        retry.set("backoff", static_cast<std::int64_t>(after->count()));
    }
    if (!draft.retry_on.empty()) {
        base::Json causes = base::Json::array();
        for (const std::string_view cause : split(draft.retry_on, ',')) {
            if (cause != "refused" && cause != "timeout") {
                return wrong("--retry-on: '" + draft.retry_on +
                             "' must be refused, timeout, or refused,timeout");
            }
            causes.push_back(cause);
        }
        retry.set("causes", std::move(causes));
    }
    return retry.dump();
}

Result<void> read_rollout(const JobDraft& draft, JobCreate& job) {
    const auto add = [&job](const char* name, Result<std::string> json) -> Result<void> {
        if (!json) return std::move(json).error();
        job.rollout.emplace_back(name, std::move(*json));
        return {};
    };
    if (!draft.rate.empty()) {
        if (auto good = add("rate", read_rate(draft.rate)); !good) return good;
    }
    if (!draft.in_flight.empty()) {
        const auto count = read_count(draft.in_flight, "--in-flight", most_devices);
        if (!count) return count.error();
        job.rollout.emplace_back("inFlight", std::to_string(*count));
    }
    if (!draft.abort_after.empty()) {
        if (auto good = add("abort", read_abort(draft.abort_after)); !good) return good;
    }
    if (!draft.waves.empty()) {
        if (auto good = add("waves", read_waves(draft.waves)); !good) return good;
    }
    if (draft.retry.empty() && !(draft.retry_after.empty() && draft.retry_on.empty())) {
        return wrong("--retry-after and --retry-on belong to --retry COUNT");
    }
    if (!draft.retry.empty()) {
        if (std::holds_alternative<TwinJob>(job.action)) {
            return wrong("--retry belongs to --method: a change of twins has nothing to call again");
        }
        if (auto good = add("retry", read_retry(draft)); !good) return good;
    }
    return {};
}

Result<JobCreate> read_job(const JobDraft& draft) {
    JobCreate job{.id = draft.id,
                  .condition = {},
                  .action = TwinJob{},
                  .yes = draft.yes,
                  .dry_run = draft.dry_run,
                  .wait = draft.wait};
    if (auto valid = check_job_id(draft.id); !valid) return std::move(valid).error();
    auto condition = read_condition(draft);
    if (!condition) return std::move(condition).error();
    job.condition = std::move(*condition);
    job.named = draft.devices;
    auto action = read_action(draft);
    if (!action) return std::move(action).error();
    job.action = std::move(*action);
    if (auto start = read_start(draft, job); !start) return std::move(start).error();
    const auto max_time =
        read_seconds(draft.max_time, "--max-time", seconds(1), most_execution, job.max_time);
    if (!max_time) return max_time.error();
    job.max_time = *max_time;
    if (auto rollout = read_rollout(draft, job); !rollout) return std::move(rollout).error();
    if (!draft.expect.empty()) {
        const auto expect = read_count(draft.expect, "--expect", most_devices);
        if (!expect) return expect.error();
        job.expect = *expect;
    }
    return job;
}

}  // namespace

Result<Command> finish(const JobDraft& draft) {
    auto job = read_job(draft);
    if (!job) return std::move(job).error();
    return Command(std::move(*job));
}

Result<Command> finish(const PlanDraft& draft) {
    auto job = read_job(draft);
    if (!job) return std::move(job).error();
    return Command(JobPlan{std::move(*job)});
}

}  // namespace cli
