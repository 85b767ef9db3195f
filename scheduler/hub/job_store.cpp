#include "scheduler/hub/job_store.hpp"

#include "scheduler/jobs/request.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hub {
namespace {

constexpr std::string_view job_columns =
    "id, type, action, condition, start_time, max_execution, created, started, ended, status, stop, "
    "failure_reason, status_message, device_count, failed, succeeded, running, pending, canceled, refused, "
    "rollout, stop_at";
// Of a row r and its job j.
constexpr std::string_view row_columns =
    "j.id, j.type, j.start_time, j.max_execution, r.device_id, r.status, r.created, r.updated, r.sent, "
    "r.attempts, r.outcome, r.error_code, r.error_description";
constexpr std::string_view row_source = " FROM jobs j JOIN job_rows r ON r.job = j.seq ";
// As the partial indexes have them.
constexpr std::string_view unfinished = "status NOT IN ('completed', 'failed', 'cancelled')";
constexpr std::string_view finished = "status IN ('completed', 'failed', 'cancelled')";

std::string select_jobs(std::string_view rest) {
    return "SELECT " + std::string(job_columns) + " FROM jobs " + std::string(rest);
}

std::string select_rows(std::string_view rest) {
    return "SELECT " + std::string(row_columns) + std::string(row_source) + std::string(rest);
}

base::Error damaged(std::string_view what, std::string_view where) {
    return {base::Errc::internal, "the database holds '" + std::string(what) + "' as " + std::string(where) +
                                      ", which this program does not know"};
}

template <typename T>
base::Result<T> known(std::optional<T> value, std::string_view text, std::string_view where) {
    if (!value) return damaged(text, where);
    return *value;
}

base::Result<void> read_state(Statement& row, jobs::Job& job) {
    const std::string status(row.text());
    const auto parsed_status = known(jobs::parse_job_status(status), status, "a job's status");
    if (!parsed_status) return parsed_status.error();
    job.status = *parsed_status;
    const std::string stop(row.text());
    const auto parsed_stop = known(jobs::parse_stop_cause(stop), stop, "why a job stopped");
    if (!parsed_stop) return parsed_stop.error();
    job.stop = *parsed_stop;
    return {};
}

base::Result<jobs::Job> read_job(Statement& row) {
    jobs::Job job;
    job.id = row.text();
    const std::string type_text(row.text());
    const auto type = known(jobs::parse_job_type(type_text), type_text, "a job's type");
    if (!type) return type.error();
    auto action = jobs::parse_action(*type, row.text());
    if (!action) return std::move(action).error();
    job.action = std::move(*action);
    job.condition = row.text();
    job.start_time = row.time();
    job.max_execution = std::chrono::seconds(row.number());
    job.created = row.time();
    job.started = row.maybe_time();
    job.ended = row.maybe_time();
    if (auto state = read_state(row, job); !state) return std::move(state).error();
    job.failure_reason = row.text();
    job.status_message = row.text();
    for (std::uint64_t* count : {&job.statistics.device_count, &job.statistics.failed,
                                 &job.statistics.succeeded, &job.statistics.running, &job.statistics.pending,
                                 &job.statistics.canceled, &job.statistics.refused}) {
        *count = static_cast<std::uint64_t>(row.number());
    }
    job.rollout = row.text();
    job.stop_at = row.maybe_time();
    return job;
}

struct TypedRow {
    jobs::JobType type;
    jobs::Row row;
};

base::Result<TypedRow> read_row(Statement& from) {
    TypedRow read{};
    jobs::Row& row = read.row;
    row.job_id = from.text();
    const std::string type_text(from.text());
    const auto type = known(jobs::parse_job_type(type_text), type_text, "a job's type");
    if (!type) return type.error();
    read.type = *type;
    row.start = from.time();
    row.deadline = row.start + std::chrono::seconds(from.number());
    row.device_id = from.text();
    const std::string status_text(from.text());
    const auto status = known(jobs::parse_row_status(status_text), status_text, "a row's status");
    if (!status) return status.error();
    row.status = *status;
    row.created = from.time();
    row.updated = from.time();
    row.sent = from.number() != 0;
    row.attempts = static_cast<std::uint32_t>(from.number());
    row.outcome = from.text();
    row.error_code = from.text();
    row.error_description = from.text();
    return read;
}

base::Result<std::vector<jobs::Job>> read_jobs(Statement& rows, const Database& database) {
    std::vector<jobs::Job> all;
    while (rows.step()) {
        auto job = read_job(rows);
        if (!job) {
            rows.finish();
            return std::move(job).error();
        }
        all.push_back(std::move(*job));
    }
    if (auto good = database.turn(); !good) return std::move(good).error();
    return all;
}

}  // namespace

JobStore::JobStore(Database& database)
    : database_(database),
      save_job_(database.prepare(
          "INSERT INTO jobs (" + std::string(job_columns) +
          ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO "
          "UPDATE SET "
          "type = excluded.type, action = excluded.action, condition = excluded.condition, "
          "start_time = excluded.start_time, max_execution = excluded.max_execution, created = "
          "excluded.created, "
          "started = excluded.started, ended = excluded.ended, status = excluded.status, stop = "
          "excluded.stop, "
          "failure_reason = excluded.failure_reason, status_message = excluded.status_message, "
          "device_count = excluded.device_count, failed = excluded.failed, succeeded = excluded.succeeded, "
          "running = excluded.running, pending = excluded.pending, canceled = excluded.canceled, "
          "refused = excluded.refused, rollout = excluded.rollout, stop_at = excluded.stop_at")),
      find_seq_(database.prepare("SELECT seq FROM jobs WHERE id = ?")),
      save_row_(database.prepare(
          "INSERT INTO job_rows (job, device_id, status, created, updated, sent, attempts, outcome, "
          "error_code, "
          "error_description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, device_id) DO UPDATE "
          "SET "
          "status = excluded.status, created = excluded.created, updated = excluded.updated, "
          "sent = excluded.sent, attempts = excluded.attempts, outcome = excluded.outcome, "
          "error_code = excluded.error_code, error_description = excluded.error_description")),
      remove_jobs_(
          database.prepare("DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE ended < ? AND " +
                           std::string(finished) + " ORDER BY ended LIMIT ?)")),
      find_job_(database.prepare(select_jobs("WHERE id = ?"))),
      // A filter that is not asked for is NULL.
      list_jobs_(database.prepare(
          select_jobs("WHERE created <= ?1 AND (created < ?1 OR id > ?2) AND (?3 IS NULL OR type = ?3) AND "
                      "(?4 IS NULL OR status = ?4) ORDER BY created DESC, id LIMIT ?5"))),
      unfinished_(database.prepare(select_jobs("WHERE " + std::string(unfinished) + " ORDER BY seq"))),
      load_rows_(
          database.prepare(select_rows("WHERE j.id = ? AND r.device_id > ? ORDER BY r.device_id LIMIT ?"))),
      each_row_(database.prepare(
          select_rows("WHERE j.id >= ?1 AND (j.id > ?1 OR r.device_id > ?2) ORDER BY j.id, r.device_id"))),
      each_row_of_device_(database.prepare(select_rows(
          "WHERE (r.device_id = ?1 OR (r.device_id > ?1 || '/' AND r.device_id < ?1 || '0')) AND j.id >= ?2 "
          "AND (j.id > ?2 OR r.device_id > ?3) ORDER BY j.id, r.device_id"))),
      row_counts_(database.prepare("SELECT sum(pending), sum(running), sum(succeeded), sum(failed), "
                                   "sum(canceled) FROM jobs")) {}

std::vector<std::pair<std::string, std::int64_t>> JobStore::row_counts() {
    std::vector<std::pair<std::string, std::int64_t>> counts;
    row_counts_.start();
    if (!row_counts_.step()) return counts;
    for (const char* status : {"pending", "running", "succeeded", "failed", "canceled"}) {
        counts.emplace_back(status, row_counts_.number());
    }
    row_counts_.finish();
    return counts;
}

base::Result<void> JobStore::save_job(const jobs::Job& job) {
    const jobs::Statistics& counts = job.statistics;
    save_job_.start()
        .bind(job.id)
        .bind(jobs::to_text(job.type()))
        .bind(job.action_text())
        .bind(job.condition);
    save_job_.bind(job.start_time).bind(std::int64_t{job.max_execution.count()}).bind(job.created);
    save_job_.bind(job.started).bind(job.ended).bind(jobs::to_text(job.status)).bind(jobs::to_text(job.stop));
    save_job_.bind(job.failure_reason).bind(job.status_message);
    for (const std::uint64_t count : {counts.device_count, counts.failed, counts.succeeded, counts.running,
                                      counts.pending, counts.canceled, counts.refused}) {
        save_job_.bind(static_cast<std::int64_t>(count));
    }
    save_job_.bind(job.rollout).bind(job.stop_at).run();
    saved.emit(job);
    return database_.turn();
}

std::optional<std::int64_t> JobStore::find_seq(std::string_view job_id) {
    find_seq_.start().bind(job_id);
    if (!find_seq_.step()) return std::nullopt;
    const std::int64_t seq = find_seq_.number();
    find_seq_.finish();
    return seq;
}

base::Result<void> JobStore::save_rows(std::span<const jobs::Row> rows) {
    std::string_view job_id;
    std::int64_t seq = 0;
    for (const jobs::Row& row : rows) {
        if (row.job_id != job_id) {
            const auto found = find_seq(row.job_id);
            if (!found) return base::Error{base::Errc::not_found, "there is no job '" + row.job_id + "'"};
            job_id = row.job_id;
            seq = *found;
        }
        save_row_.start().bind(seq).bind(row.device_id).bind(jobs::to_text(row.status)).bind(row.created);
        save_row_.bind(row.updated).bind(std::int64_t{row.sent ? 1 : 0}).bind(std::int64_t{row.attempts});
        save_row_.bind(row.outcome).bind(row.error_code).bind(row.error_description).run();
    }
    rows_saved.emit(rows);
    return database_.turn();
}

base::Result<std::optional<jobs::Job>> JobStore::find_job(std::string_view id) const {
    find_job_.start().bind(id);
    auto found = read_jobs(find_job_, database_);
    if (!found) return std::move(found).error();
    if (found->empty()) return std::optional<jobs::Job>();
    return std::optional(std::move(found->front()));
}

base::Result<std::vector<jobs::Job>> JobStore::list_jobs(const jobs::JobFilter& filter,
                                                         const std::optional<jobs::JobCursor>& after,
                                                         std::size_t limit) const {
    const auto type = filter.type ? std::optional(jobs::to_text(*filter.type)) : std::nullopt;
    const auto status = filter.status ? std::optional(jobs::to_text(*filter.status)) : std::nullopt;
    list_jobs_.start().bind(after ? after->created : base::SystemTime::max());
    list_jobs_.bind(after ? std::string_view(after->id) : std::string_view()).bind(type).bind(status);
    list_jobs_.bind(static_cast<std::int64_t>(limit));
    return read_jobs(list_jobs_, database_);
}

base::Result<std::vector<jobs::Job>> JobStore::unfinished_jobs() const {
    unfinished_.start();
    return read_jobs(unfinished_, database_);
}

base::Result<std::vector<jobs::Row>> JobStore::load_rows(std::string_view job_id, std::string_view after,
                                                         std::size_t limit) const {
    std::vector<jobs::Row> rows;
    load_rows_.start().bind(job_id).bind(after).bind(static_cast<std::int64_t>(limit));
    while (load_rows_.step()) {
        auto row = read_row(load_rows_);
        if (!row) {
            load_rows_.finish();
            return std::move(row).error();
        }
        rows.push_back(std::move(row->row));
    }
    if (auto good = database_.turn(); !good) return std::move(good).error();
    return rows;
}

base::Result<std::size_t> JobStore::remove_ended_before(base::SystemTime time, std::size_t limit) {
    const auto removed = remove_jobs_.start().bind(time).bind(static_cast<std::int64_t>(limit)).run();
    if (auto good = database_.turn(); !good) return std::move(good).error();
    return static_cast<std::size_t>(removed);
}

void JobStore::after_commit(std::function<void()> then) {
    database_.after_commit([then = std::move(then)](const base::Result<void>& committed) {
        if (committed) then();
    });
}

base::Result<void> JobStore::each(Statement& rows, const Take& take) {
    while (rows.step()) {
        const auto row = read_row(rows);
        if (!row) {
            rows.finish();
            return row.error();
        }
        if (!take(row->type, row->row)) break;
    }
    rows.finish();
    return database_.turn();
}

base::Result<void> JobStore::each_row(const Place& after, const Take& take) {
    each_row_.start().bind(after.job_id).bind(after.device_id);
    return each(each_row_, take);
}

base::Result<void> JobStore::each_row_of_device(std::string_view device_id, const Place& after,
                                                const Take& take) {
    each_row_of_device_.start().bind(device_id).bind(after.job_id).bind(after.device_id);
    return each(each_row_of_device_, take);
}

}  // namespace hub
