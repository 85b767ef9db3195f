#include "scheduler/cli/watch.hpp"

#include "scheduler/cli/job_rows.hpp"
#include "scheduler/cli/progress.hpp"
#include "scheduler/cli/requests.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace cli {

namespace {

using base::Errc;
using base::Error;

constexpr std::chrono::milliseconds lockhub_interval{250};
constexpr std::chrono::milliseconds azure_interval{2000};  // §4: jobs operations are few
constexpr std::chrono::seconds patience{60};
// The hub looks through all rows of a job for those that failed; that is to cost it a twentieth of its time.
constexpr std::chrono::seconds rows_interval{1};
constexpr int rows_share = 20;

class Watch {
  public:
    Watch(const std::string& id, Context& context)
        : id_(id), context_(context), last_seen_(context.clock.steady_now()) {}

    Outcome run() {
        auto interval = azure_interval;
        if (const auto known = context_.service.capabilities(); known && known->lockhub)
            interval = lockhub_interval;
        lockhub_ = interval == lockhub_interval;
        do {
            const auto job = look();
            if (job) {
                seen(*job);
                if (job->is_over()) return finish(*job);
            } else if (!may_pass(job.error().code) || context_.clock.steady_now() - last_seen_ > patience) {
                return lost(job.error());
            } else if (!std::exchange(away_, true)) {
                clear_view();
                context_.output.err << job.error().message << "; trying again for a minute\n";
            }
            if (context_.is_unread()) return {Exit::reader_gone, {}};
        } while (context_.pause(interval));
        clear_view();
        return {Exit::interrupted, "job " + id_ + " goes on; come back to it with: lockctl job watch " + id_};
    }

    [[nodiscard]] const std::string& last() const { return last_json_; }

  private:
    base::Result<JobRecord> look() {
        const auto json = context_.service.call_json(get_job(id_));
        if (!json) return json.error();
        JobRecord job = read_job(*json);
        // The door's refusals stand in the rows alone. While the job runs they are read if they are new, and
        // few or cheap.
        const std::int64_t done = job.succeeded + job.failed;
        const bool cheap = lockhub_ && context_.clock.steady_now() >= rows_due_;
        const bool new_results = done != rows_read_at_ && (job.devices <= most_rows_while_running || cheap);
        const bool has_causes = job.is_over() && (job.is_method ? job.devices > 0 : job.failed > 0);
        if ((job.is_method && new_results) || has_causes) {
            const auto begun = context_.clock.steady_now();
            auto read = read_failed_rows(id_, context_.service);
            if (!read) return std::move(read).error();
            const auto ended = context_.clock.steady_now();
            rows_due_ =
                ended + std::max<base::SteadyTime::duration>(rows_interval, rows_share * (ended - begun));
            rows_ = std::move(*read);
            rows_read_at_ = done;
        }
        if (job.is_method) recount(job, rows_);
        return job;
    }

    void seen(const JobRecord& job) {
        last_seen_ = context_.clock.steady_now();
        away_ = false;
        Output& output = context_.output;
        const auto now = context_.clock.system_now();
        pace_.look(last_seen_, job.succeeded + job.failed);
        if (draws()) {
            const std::string view = progress_view(
                job, rows_, now,
                {.columns = output.columns - 1, .colour = output.colour, .per_second = pace_.per_second()});
            clear_view();
            output.out << view << std::flush;
            drawn_lines_ = static_cast<std::size_t>(std::count(view.begin(), view.end(), '\n'));
            return;
        }
        auto state = std::tuple(job.status, job.devices, job.succeeded, job.failed, job.running, job.pending);
        if (last_ == state) return;
        last_ = std::move(state);
        last_json_ = progress_json(job, rows_, now);
        if (output.format != Format::json) {
            output.out << last_json_ << std::endl;  // a reader of the pipe waits for it
        }
    }

    Outcome finish(const JobRecord& job) {
        if (draws()) {
            clear_view();
            context_.output.out << progress_line(job, context_.clock.system_now(),
                                                 {.columns = context_.output.columns - 1,
                                                  .colour = context_.output.colour})
                                << '\n'
                                << summary(job, rows_);
            return {exit_of(job, rows_), {}};
        }
        const Exit exit = exit_of(job, rows_);
        std::string text = exit == Exit::ok ? std::string() : summary(job, rows_);
        if (!text.empty()) text.pop_back();  // messages end without a line end
        return {exit, std::move(text)};
    }

    Outcome lost(const Error& error) {
        clear_view();
        if (error.code == Errc::not_found) {
            return {Exit::failure, "there is no job '" + id_ + "'; 'lockctl job list' shows those there are"};
        }
        return failed(error);
    }

    [[nodiscard]] bool draws() const {
        return context_.output.live && context_.output.format == Format::table;
    }
    // The cursor stands below what was drawn.
    void clear_view() {
        const std::size_t lines = std::exchange(drawn_lines_, 0);
        if (lines > 0) context_.output.out << "\x1b[" << lines << "A\r\x1b[J" << std::flush;
    }

    std::string id_;
    Context& context_;
    base::SteadyTime last_seen_;
    std::vector<DeviceJob> rows_;  // those that failed
    std::int64_t rows_read_at_ = 0;
    base::SteadyTime rows_due_;  // of a large job, while it runs
    bool lockhub_ = false;
    std::optional<
        std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t>>
        last_;
    std::string last_json_;
    bool away_ = false;
    std::size_t drawn_lines_ = 0;
    Pace pace_;
};

}  // namespace

Outcome watch_job(const std::string& id, Context& context) {
    Watched watched = follow_job(id, context);
    if (context.output.format == Format::json && !watched.last.empty()) {
        context.output.out << watched.last << '\n';
    }
    return std::move(watched.outcome);
}

Watched follow_job(const std::string& id, Context& context) {
    Watch watch(id, context);
    Outcome outcome = watch.run();
    return {std::move(outcome), watch.last()};
}

}  // namespace cli
