#include "scheduler/cli/drafts.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "scheduler/cli/assignment.hpp"

#include <algorithm>
#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using std::chrono::seconds;

constexpr seconds least_response{5};  // protocol sheet §2.6
constexpr seconds most_wait{300};
constexpr seconds most_execution = std::chrono::hours(24) * 31;  // lockhub takes no more
constexpr std::size_t most_job_id = 64;                          // §2.7
constexpr std::size_t most_payload = 128UL * 1024;

Error wrong(std::string message) {
    return {Errc::invalid_argument, std::move(message)};
}

// A duration in whole seconds within a range; `fallback` if it was not given.
Result<seconds> read_seconds(const std::string& text, const char* option, seconds least, seconds most,
                             seconds fallback) {
    if (text.empty()) return fallback;
    const auto duration = base::parse_duration(text, most);
    if (!duration) return base::with_context(duration.error(), option);
    if (*duration < least || *duration % seconds(1) != std::chrono::milliseconds(0)) {
        return wrong(std::string(option) + ": '" + text + "' must be whole seconds from " +
                     base::format_duration(least) + " to " + base::format_duration(most));
    }
    return std::chrono::duration_cast<seconds>(*duration);
}

Result<CallTimes> read_times(const TimesDraft& draft) {
    const CallTimes fallback;
    const auto response =
        read_seconds(draft.response, "--timeout", least_response, most_wait, fallback.response);
    if (!response) return response.error();
    const auto connect =
        read_seconds(draft.connect, "--connect-timeout", seconds(0), most_wait, fallback.connect);
    if (!connect) return connect.error();
    return CallTimes{*response, *connect};
}

Result<void> check_payload(const std::string& payload) {
    if (payload.empty()) return {};
    const auto valid = base::check_json(payload, {.bytes = most_payload});
    if (valid) return {};
    return wrong("--payload: " + valid.error().message +
                 R"( (in a shell, put it into single quotes: '{"lockTime":"10m"}'))");
}

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
    if (!draft.where.empty()) return draft.where;
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

}  // namespace

Result<Command> finish(const ActuateDraft& draft) {
    Actuate command{.target = draft.target, .devices = draft.devices, .command_id = draft.command_id};
    if (!draft.hold.empty()) {
        const auto hold = base::parse_duration(draft.hold);
        if (!hold) return base::with_context(hold.error(), "--for");
        command.hold = *hold;
    }
    const auto times = read_times(draft.times);
    if (!times) return times.error();
    command.times = *times;
    return Command(std::move(command));
}

Result<Command> finish(const InvokeDraft& draft) {
    if (auto valid = check_payload(draft.payload); !valid) return std::move(valid).error();
    const auto times = read_times(draft.times);
    if (!times) return times.error();
    return Command(Invoke{draft.device, draft.method, draft.payload, *times});
}

Result<Command> finish(const TwinDraft& draft) {
    auto patch = parse_assignments(draft.assignments);
    if (!patch) return std::move(patch).error();
    if (draft.tags) return Command(TwinTag{draft.id, std::move(*patch)});
    return Command(TwinSet{draft.id, std::move(*patch)});
}

Result<Command> finish(const JobDraft& draft) {
    JobCreate job{.id = draft.id, .condition = {}, .action = TwinJob{}, .wait = draft.wait};
    if (auto valid = check_job_id(draft.id); !valid) return std::move(valid).error();
    auto condition = read_condition(draft);
    if (!condition) return std::move(condition).error();
    job.condition = std::move(*condition);
    auto action = read_action(draft);
    if (!action) return std::move(action).error();
    job.action = std::move(*action);
    if (auto start = read_start(draft, job); !start) return std::move(start).error();
    const auto max_time =
        read_seconds(draft.max_time, "--max-time", seconds(1), most_execution, job.max_time);
    if (!max_time) return max_time.error();
    job.max_time = *max_time;
    return Command(std::move(job));
}

}  // namespace cli
