#include "scheduler/cli/progress.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "scheduler/cli/table.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace cli {

namespace {

constexpr std::size_t bar_width = 20;
constexpr std::size_t most_failures = 100;  // in one JSON object
constexpr std::size_t most_causes = 10;
constexpr std::size_t most_names = 5;  // of devices beside a cause

std::string bar(std::int64_t done, std::int64_t all) {
    const auto full =
        all > 0 ? static_cast<std::size_t>(done) * bar_width / static_cast<std::size_t>(all) : 0;
    std::string out;
    for (std::size_t i = 0; i < bar_width; ++i)
        out += i < full ? "█" : "░";
    return out;
}

void add_count(std::string& line, std::string_view name, std::int64_t number) {
    if (number > 0) line += "  " + std::string(name) + " " + std::to_string(number);
}

std::chrono::milliseconds whole_seconds(base::SystemTime::duration time) {
    return std::chrono::ceil<std::chrono::seconds>(time);
}

std::vector<const DeviceJob*> failures(const std::vector<DeviceJob>& rows) {
    std::vector<const DeviceJob*> out;
    for (const auto& row : rows) {
        if (row.failed()) out.push_back(&row);
    }
    return out;
}

std::string first_sentence(const JobRecord& job) {
    std::string out = "job " + job.id + " " + job.status;
    if (!job.failure_reason.empty()) out += ": " + indented(job.failure_reason, 2);
    if (job.status == "completed" && job.counted && job.devices == 0)
        return out + ", but no device matched its condition\n";
    if (job.devices > 0) {
        out += ": " + std::to_string(job.succeeded) + " of " + std::to_string(job.devices) + " succeeded";
        if (job.failed > 0) out += ", " + std::to_string(job.failed) + " failed";
    }
    if (job.start && job.end && *job.end >= *job.start) {
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(*job.end - *job.start);
        out += " in " + base::format_duration(took < std::chrono::seconds(10) ? took : whole_seconds(took));
    }
    return out + "\n";
}

std::string grouped(const std::vector<DeviceJob>& rows) {
    std::map<std::string, std::vector<std::string>> by_cause;
    for (const auto* row : failures(rows))
        by_cause[row->cause()].push_back(row->device);
    std::vector<std::pair<std::string, std::vector<std::string>>> causes(by_cause.begin(), by_cause.end());
    std::stable_sort(causes.begin(), causes.end(),
                     [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
    std::string out;
    for (std::size_t i = 0; i < causes.size() && i < most_causes; ++i) {
        const auto& [cause, devices] = causes[i];
        out += "  " + std::to_string(devices.size()) + " × " + indented(cause, 6) + " (";
        for (std::size_t d = 0; d < devices.size() && d < most_names; ++d)
            out += (d > 0 ? ", " : "") + devices[d];
        out += devices.size() > most_names ? ", …)\n" : ")\n";
    }
    if (causes.size() > most_causes) {
        out += "  and " + std::to_string(causes.size() - most_causes) + " other causes\n";
    }
    return out;
}

}  // namespace

void recount(JobRecord& job, const std::vector<DeviceJob>& rows) {
    std::int64_t answered_no = 0;
    for (const auto& row : rows) {
        if (row.status == "completed" && row.failed()) ++answered_no;
    }
    answered_no = std::min(answered_no, job.succeeded);
    job.succeeded -= answered_no;
    job.failed += answered_no;
}

std::string progress_line(const JobRecord& job, base::SystemTime now, std::size_t columns) {
    std::string line = job.id + "  " + job.status;
    const bool waits = job.status == "scheduled" || job.status == "queued" || job.status == "enqueued";
    if (waits) {
        if (job.start && *job.start > now) {
            line += "  starts in " + base::format_duration(whole_seconds(*job.start - now));
        }
        line += "  " + job.what;
    } else if (job.counted) {
        const std::int64_t done = job.succeeded + job.failed;
        line +=
            "  " + bar(done, job.devices) + "  " + std::to_string(done) + "/" + std::to_string(job.devices);
        add_count(line, "succeeded", job.succeeded);
        add_count(line, "failed", job.failed);
        add_count(line, "running", job.running);
        add_count(line, "waiting", job.pending);
        add_count(line, "cancelled", job.cancelled);
    }
    return shortened(printable(line), columns);
}

std::string progress_json(const JobRecord& job, const std::vector<DeviceJob>& rows, base::SystemTime now) {
    base::Json out =
        base::Json::object({{"time", base::format_iso8601(now)}, {"jobId", job.id}, {"status", job.status}});
    if (job.start) out.set("startTime", base::format_iso8601(*job.start));
    if (job.counted) {
        out.set("deviceCount", job.devices);
        out.set("succeededCount", job.succeeded);
        out.set("failedCount", job.failed);
        out.set("runningCount", job.running);
        out.set("pendingCount", job.pending);
    }
    if (!job.is_over()) return out.dump();

    if (job.end) out.set("endTime", base::format_iso8601(*job.end));
    if (!job.failure_reason.empty()) out.set("failureReason", job.failure_reason);
    base::Json told = base::Json::array();
    for (const auto* row : failures(rows)) {
        if (told.size() == most_failures) break;
        told.push_back(base::Json::object({{"deviceId", row->device}, {"cause", row->cause()}}));
    }
    if (told.size() > 0) out.set("failures", std::move(told));
    return out.dump();
}

std::string summary(const JobRecord& job, const std::vector<DeviceJob>& rows) {
    return first_sentence(job) + grouped(rows);
}

Exit exit_of(const JobRecord& job, const std::vector<DeviceJob>& rows) {
    if (job.was_cancelled()) return Exit::cancelled;
    if (job.status == "failed") return Exit::failure;
    if (job.counted && job.devices == 0) return Exit::nothing_matched;
    const auto failed = failures(rows);
    if (failed.empty()) return job.failed > 0 ? Exit::some_failed : Exit::ok;
    const bool only_late =
        std::all_of(failed.begin(), failed.end(), [](const DeviceJob* row) { return row->timed_out(); });
    return only_late ? Exit::timed_out : Exit::some_failed;
}

}  // namespace cli
