#include "scheduler/cli/progress.hpp"

#include "base/duration.hpp"
#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "scheduler/cli/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

namespace cli {

namespace {

constexpr std::size_t broad = 119;  // columns for bar and counts in one line, whatever the counts
constexpr std::array<std::size_t, 3> bar_widths{20, 10, 5};
constexpr std::size_t most_failures = 100;  // in one JSON object
constexpr std::size_t most_causes = 10;
constexpr std::size_t most_names = 5;  // of devices beside a cause
constexpr std::size_t most_live_causes = 3;
constexpr std::size_t most_looks = 64;
constexpr std::chrono::seconds pace_window{10};

constexpr const char* green = "\x1b[32m";
constexpr const char* red = "\x1b[31m";
constexpr const char* plain = "\x1b[0m";

// So many of `all` as parts of the bar; what is not nothing shows.
std::size_t parts_of(std::int64_t count, std::int64_t all, std::size_t parts) {
    if (count <= 0 || all <= 0) return 0;
    return std::max<std::size_t>(1, static_cast<std::size_t>(count) * parts / static_cast<std::size_t>(all));
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += part;
    return out;
}

// What failed stands at the end of what is done, in another pattern, so that it needs no colour to be seen.
std::string bar(const JobRecord& job, std::size_t parts, bool colour) {
    const std::size_t failed = parts_of(job.failed, job.devices, parts);
    const std::size_t done = std::max(parts_of(job.succeeded + job.failed, job.devices, parts), failed);
    const std::string succeeded_part = repeated("█", done - failed);
    const std::string failed_part = repeated("▓", failed);
    const std::string rest = repeated("░", parts - done);
    if (!colour) return succeeded_part + failed_part + rest;
    return green + succeeded_part + red + failed_part + plain + rest;
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
        if (job.cancelled > 0) out += ", " + std::to_string(job.cancelled) + " not begun";
    }
    if (job.start && job.end && *job.end >= *job.start) {
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(*job.end - *job.start);
        out += " in " + base::format_duration(took < std::chrono::seconds(10) ? took : whole_seconds(took));
    }
    return out + "\n";
}

struct Group {
    std::string cause;
    std::string_view hint;
    std::vector<std::string> devices;
};

// Most frequent first.
std::vector<Group> by_cause(const std::vector<DeviceJob>& rows) {
    std::map<std::string, Group> found;
    for (const auto* row : failures(rows)) {
        Group& group = found[row->cause()];
        group.cause = row->cause();
        group.hint = row->hint();
        group.devices.push_back(row->device);
    }
    std::vector<Group> groups;
    groups.reserve(found.size());
    for (auto& [cause, group] : found)
        groups.push_back(std::move(group));
    std::stable_sort(groups.begin(), groups.end(),
                     [](const Group& a, const Group& b) { return a.devices.size() > b.devices.size(); });
    return groups;
}

std::string headline(const Group& group) {
    std::string out = "  " + std::to_string(group.devices.size()) + " × " + indented(group.cause, 6) + " (";
    for (std::size_t d = 0; d < group.devices.size() && d < most_names; ++d)
        out += (d > 0 ? ", " : "") + group.devices[d];
    return out + (group.devices.size() > most_names ? ", …)" : ")");
}

std::string grouped(const std::vector<DeviceJob>& rows) {
    const auto groups = by_cause(rows);
    std::string out;
    for (std::size_t i = 0; i < groups.size() && i < most_causes; ++i) {
        out += headline(groups[i]) + "\n";
        if (!groups[i].hint.empty()) out.append("      → ").append(groups[i].hint).append("\n");
    }
    if (groups.size() > most_causes) {
        out += "  and " + std::to_string(groups.size() - most_causes) + " other causes\n";
    }
    return out;
}

// Devices that are not connected are waited for, nobody knows how long.
std::string time_left(const JobRecord& job, double per_second) {
    const auto open = static_cast<double>(job.devices - job.succeeded - job.failed);
    const std::chrono::seconds left(std::max<std::int64_t>(std::llround(open / per_second), 1));
    return ", " + base::format_duration(left) + " left";
}

std::string pace_of(const JobRecord& job, std::optional<double> per_second) {
    if (!per_second || job.is_over() || job.devices == 0) return {};
    std::string number = base::Json(std::round(*per_second * 10) / 10).dump();
    return "  " + number + "/s" + time_left(job, *per_second);
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

void Pace::look(base::SteadyTime now, std::int64_t done) {
    seen_.emplace_back(now, done);
    while (seen_.size() > 2 && (now - seen_.front().first > pace_window || seen_.size() > most_looks))
        seen_.pop_front();
}

std::optional<double> Pace::per_second() const {
    if (seen_.size() < 2) return std::nullopt;
    const auto& [then, done_then] = seen_.front();
    const auto& [now, done] = seen_.back();
    const double seconds = std::chrono::duration<double>(now - then).count();
    if (seconds < 0.5 || done <= done_then) return std::nullopt;
    return static_cast<double>(done - done_then) / seconds;
}

std::string progress_line(const JobRecord& job, base::SystemTime now, const Drawing& drawing) {
    const std::string head = printable(job.id + "  " + job.status);
    const bool waits = job.status == "scheduled" || job.status == "queued" || job.status == "enqueued";
    if (waits || !job.counted) {
        std::string line = head;
        if (waits && job.start && *job.start > now) {
            line += "  starts in " + base::format_duration(whole_seconds(*job.start - now));
        }
        if (waits) line += "  " + job.what;
        return shortened(printable(line), drawing.columns);
    }
    const std::string done =
        "  " + std::to_string(job.succeeded + job.failed) + "/" + std::to_string(job.devices);
    std::string counts;
    add_count(counts, "succeeded", job.succeeded);
    add_count(counts, "failed", job.failed);
    add_count(counts, "running", job.running);
    add_count(counts, "waiting", job.pending);
    add_count(counts, "cancelled", job.cancelled);
    counts += pace_of(job, drawing.per_second);
    const std::size_t room = drawing.columns - std::min(drawing.columns, width(head) + 2 + width(done));
    if (drawing.columns >= broad && bar_widths.front() + width(counts) <= room)
        return head + "  " + bar(job, bar_widths.front(), drawing.colour) + done + counts;
    const auto* fits = std::find_if(bar_widths.begin(), bar_widths.end(),
                                    [room](std::size_t parts) { return parts <= room; });
    std::string lines = fits == bar_widths.end() ? shortened(head + done, drawing.columns)
                                                 : head + "  " + bar(job, *fits, drawing.colour) + done;
    if (!counts.empty() && !job.is_over()) lines += "\n" + shortened(counts, drawing.columns);
    return lines;
}

std::string progress_view(const JobRecord& job, const std::vector<DeviceJob>& rows, base::SystemTime now,
                          const Drawing& drawing) {
    std::string view = progress_line(job, now, drawing) + "\n";
    const auto groups = by_cause(rows);
    for (std::size_t i = 0; i < groups.size() && i < most_live_causes; ++i) {
        view += shortened(printable(headline(groups[i])), drawing.columns) + "\n";
        if (groups[i].hint.empty()) continue;
        view += shortened("      → " + std::string(groups[i].hint), drawing.columns) + "\n";
    }
    return view;
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
        if (job.cancelled > 0) out.set("cancelledCount", job.cancelled);
    }
    if (!job.is_over()) return out.dump();

    if (job.end) out.set("endTime", base::format_iso8601(*job.end));
    if (!job.failure_reason.empty()) out.set("failureReason", job.failure_reason);
    base::Json told = base::Json::array();
    for (const auto* row : failures(rows)) {
        if (told.size() == most_failures) break;
        told.push_back(
            base::Json::object({{"deviceId", row->device}, {"cause", row->cause()}, {"hint", row->hint()}}));
    }
    if (told.size() > 0) out.set("failures", std::move(told));
    return out.dump();
}

std::string summary(const JobRecord& job, const std::vector<DeviceJob>& rows) {
    std::string out = first_sentence(job) + grouped(rows);
    if (job.failed > 0 || job.cancelled > 0)
        out += "  again, for those that " + std::string(job.failed > 0 ? "failed" : "were not begun") +
               (job.failed > 0 && job.cancelled > 0 ? " or were not begun" : "") + ": lockctl job retry " +
               job.id + "\n";
    return out;
}

Exit exit_of(const JobRecord& job, const std::vector<DeviceJob>& rows) {
    if (job.was_cancelled()) return Exit::cancelled;
    if (job.status == "failed" && job.failed == 0) return Exit::failure;  // and not for its devices' sake
    if (job.counted && job.devices == 0) return Exit::nothing_matched;
    const auto failed = failures(rows);
    if (failed.empty()) return job.failed > 0 ? Exit::some_failed : Exit::ok;
    const bool only_late =
        std::all_of(failed.begin(), failed.end(), [](const DeviceJob* row) { return row->timed_out(); });
    return only_late ? Exit::timed_out : Exit::some_failed;
}

}  // namespace cli
