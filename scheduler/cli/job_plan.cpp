#include "scheduler/cli/job_plan.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "scheduler/cli/job_guard.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/rows.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace cli {

namespace {

constexpr std::size_t most_rivals = 20;  // jobs that are compared with the new one, a query each
constexpr std::uint64_t at_once = 1000;  // calls under way, unless lockhub is told otherwise
constexpr std::int64_t azure_pace = 10;  // devices per second on an S1 hub (protocol sheet §4)

std::string twins_query(const std::string& condition) {
    return "SELECT * FROM devices" + (condition == "*" ? std::string() : " WHERE " + condition);
}

std::optional<base::SystemTime> time_of(base::JsonView value) {
    const auto text = value.as_string();
    if (!text || text->starts_with("0001-")) return std::nullopt;
    const auto time = base::parse_iso8601(*text);
    return time ? std::optional(*time) : std::nullopt;
}

std::string age(std::optional<base::SystemTime> time, base::SystemTime now) {
    if (!time) return "never";
    const auto seconds = std::chrono::floor<std::chrono::seconds>(std::max(now, *time) - *time);
    return base::format_duration(seconds) + " ago";
}

struct Survey {
    std::uint64_t devices = 0;
    std::uint64_t away = 0;
    std::optional<base::SystemTime> oldest_report;
    bool never_reported = false;
};

// One device: for programs as members like IoT Hub's, for people under heads.
base::Json entry_of(base::JsonView twin, base::SystemTime now, Format format, Survey& survey) {
    const auto reported = twin.find("properties").find("reported");
    const auto lock = reported.find("lock");
    const auto updated = reported.find("$metadata").find("$lastUpdated");
    const bool has_reported = reported.find("$version").as_integer().value_or(1) > 1;
    const auto time = has_reported ? time_of(updated) : std::nullopt;
    const bool connected = twin.find("connectionState").as_string() == "Connected";
    ++survey.devices;
    if (!connected) ++survey.away;
    if (!time) survey.never_reported = true;
    if (time && (!survey.oldest_report || *time < *survey.oldest_report)) survey.oldest_report = time;
    const char* const connection = connected ? "connected" : "not connected";
    const base::Json id(twin.find("deviceId"));
    const base::Json state(lock.is_object() ? lock.find("state") : lock);
    const base::Json date = time ? base::Json(base::format_iso8601(*time)) : base::Json();
    if (format == Format::table || format == Format::csv) {
        return base::Json::object(
            {{"DEVICE", id},
             {"CONNECTION", connection},
             {"LOCK", state},
             {"LAST REPORT", format == Format::csv ? date : base::Json(age(time, now))}});
    }
    return base::Json::object(
        {{"deviceId", id}, {"connection", connection}, {"lock", state}, {"lastReport", date}});
}

const std::string* rollout_member(const JobCreate& job, std::string_view name) {
    for (const auto& [member, json] : job.rollout) {
        if (member == name) return &json;
    }
    return nullptr;
}

std::string how_long(const JobCreate& job, const Survey& survey, bool lockhub) {
    if (const auto* rate = rollout_member(job, "rate")) {
        const double seconds = static_cast<double>(survey.devices) / std::stod(*rate);
        return "about " + base::format_duration(std::chrono::seconds(std::llround(std::max(seconds, 1.0)))) +
               " at " + *rate + " a second";
    }
    if (!lockhub) {
        const auto seconds = (static_cast<std::int64_t>(survey.devices) + azure_pace - 1) / azure_pace;
        return "about " + base::format_duration(std::chrono::seconds(std::max<std::int64_t>(seconds, 1))) +
               " at the " + std::to_string(azure_pace) + " a second of an S1 hub";
    }
    if (std::holds_alternative<TwinJob>(job.action)) return "a moment: the twins change at once";
    if (survey.devices == survey.away)
        return "as long as they stay away, " + base::format_duration(job.max_time) + " at most";
    const std::uint64_t turns = (survey.devices - survey.away + at_once - 1) / at_once;
    if (turns < 2 && rollout_member(job, "inFlight") == nullptr && rollout_member(job, "waves") == nullptr)
        return "about as long as the slowest door takes";
    return "about as long as a door takes for each " + std::to_string(at_once) + " that are connected" +
           (job.rollout.empty() ? "" : ", and longer by what the options ask for");
}

// "tags.floor = 3" and "*", as one condition that both must meet.
std::string both(const std::string& one, const std::string& other) {
    if (one == "*") return other;
    if (other == "*") return one;
    return "(" + one + ") AND (" + other + ")";
}

class Planner {
  public:
    Planner(const JobCreate& job, Context& context)
        : job_(job), context_(context), printer_(context.output) {}

    Outcome run() {
        const auto surveyed = survey();
        if (!surveyed) return failed(surveyed.error());
        printer_.finish("no device matches now");
        tell_summary();
        if (const auto told = tell_rivals(); !told) return failed(told.error());
        if (job_.expect && *job_.expect != survey_.devices) {
            return {Exit::refused, "the condition means " + std::to_string(survey_.devices) +
                                       (survey_.devices == 1 ? " device" : " devices") + " now, not the " +
                                       std::to_string(*job_.expect) + " expected"};
        }
        return survey_.devices == 0 ? Outcome{Exit::nothing_matched, {}} : Outcome{};
    }

  private:
    base::Result<void> survey() {
        const auto now = context_.clock.system_now();
        return context_.service.query(twins_query(job_.condition), [&](const Page& page) {
            base::Json entries = base::Json::array();
            for (const base::JsonView twin : page.items)
                entries.push_back(entry_of(twin, now, context_.output.format, survey_));
            const std::string text = entries.dump();
            printer_.add({"Raw", text, entries});
        });
    }

    void tell_summary() {
        if (survey_.devices == 0) return;
        std::ostream& err = context_.output.err;
        err << survey_.devices << (survey_.devices == 1 ? " device" : " devices") << " now, "
            << survey_.devices - survey_.away << " connected";
        const bool one = survey_.away == 1;
        if (survey_.away > 0 && std::holds_alternative<MethodJob>(job_.action)) {
            err << "; the other"
                << (one ? " gets the call if it comes within " : "s get the call if they come within ")
                << base::format_duration(job_.max_time);
        } else if (survey_.away > 0) {
            err << "; the other" << (one ? " hears of it when it comes" : "s hear of it when they come");
        }
        err << '\n';
        if (survey_.never_reported || survey_.oldest_report) {
            err << "oldest report: "
                << (survey_.never_reported ? "some have never reported"
                                           : age(survey_.oldest_report, context_.clock.system_now()))
                << '\n';
        }
        const auto capabilities = context_.service.capabilities();
        err << "takes " << how_long(job_, survey_, capabilities && capabilities->lockhub) << '\n';
        if (job_.at || job_.in) err << "the condition is evaluated again when the job starts\n";
    }

    // Jobs that have not ended and mean some of the same devices.
    base::Result<void> tell_rivals() {
        if (survey_.devices == 0) return {};
        std::vector<JobRecord> rivals;
        for (const char* status : {"queued", "scheduled", "running"}) {
            const JobList filter{.status = status};
            auto read = context_.service.read_pages(
                [&filter](std::string_view continuation) { return list_jobs(filter, continuation); },
                [&rivals](const Page& page) {
                    for (const base::JsonView json : page.items) {
                        if (rivals.size() < most_rivals) rivals.push_back(read_job(json));
                    }
                });
            if (!read) return read;
        }
        for (const JobRecord& rival : rivals) {
            const auto shared = count_devices(both(job_.condition, rival.condition), context_.service);
            if (!shared || *shared == 0) continue;  // a condition that cannot be read fails its own job
            context_.output.err << "job " << rival.id << " (" << rival.status << ", " << rival.what
                                << ") means " << *shared << " of them too\n";
        }
        return {};
    }

    const JobCreate& job_;
    Context& context_;
    RowPrinter printer_;
    Survey survey_;
};

}  // namespace

Outcome run(const JobPlan& command, Context& context) {
    JobCreate job = command.job;
    job.yes = true;      // nothing is done to them
    job.expect.reset();  // compared with what is listed
    if (auto no = objection(job, context)) return std::move(*no);
    return Planner(command.job, context).run();
}

}  // namespace cli
