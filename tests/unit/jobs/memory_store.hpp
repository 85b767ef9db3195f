#pragma once

#include "base/result.hpp"
#include "scheduler/jobs/store.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jobs {

// A JobStore in memory with what matters of a real one: writes show at once and are durable at the commit, a
// crash loses what was not committed, and writes can be made to fail.
class MemoryStore final : public JobStore {
  public:
    using RowKey = std::pair<std::string, std::string>;  // job, device

    base::Result<void> save_job(const Job& job) override {
        if (auto failed = next_write()) return *failed;
        jobs_[job.id] = job;
        changed_jobs_.insert(job.id);
        return {};
    }
    base::Result<void> save_rows(std::span<const Row> rows) override {
        if (auto failed = next_write()) return *failed;
        for (const Row& row : rows) {
            rows_[{row.job_id, row.device_id}] = row;
            changed_rows_.insert({row.job_id, row.device_id});
            ++rows_written;
        }
        return {};
    }
    base::Result<std::optional<Job>> find_job(std::string_view id) const override {
        if (fail_reads) return failure();
        const auto at = jobs_.find(std::string(id));
        return at == jobs_.end() ? std::optional<Job>() : std::optional(at->second);
    }
    base::Result<std::vector<Job>> list_jobs(const JobFilter& filter, const std::optional<JobCursor>& after,
                                             std::size_t limit) const override {
        if (fail_reads) return failure();
        const auto before = [](base::SystemTime a, const std::string& a_id, base::SystemTime b,
                               const std::string& b_id) { return a != b ? a > b : a_id < b_id; };
        std::vector<Job> found;
        for (const auto& [id, job] : jobs_) {
            if (filter.type && job.type() != *filter.type) continue;
            if (filter.status && job.status != *filter.status) continue;
            if (after && !before(after->created, after->id, job.created, id)) continue;
            found.push_back(job);
        }
        std::ranges::sort(
            found, [&](const Job& a, const Job& b) { return before(a.created, a.id, b.created, b.id); });
        if (found.size() > limit) found.resize(limit);
        return found;
    }
    base::Result<std::vector<Job>> unfinished_jobs() const override {
        if (fail_reads) return failure();
        std::vector<Job> found;
        for (const auto& [id, job] : jobs_) {
            if (!is_final(job.status)) found.push_back(job);
        }
        return found;
    }
    base::Result<std::vector<Row>> load_rows(std::string_view job_id, std::string_view after,
                                             std::size_t limit) const override {
        if (fail_reads) return failure();
        std::vector<Row> found;
        for (auto at = rows_.upper_bound({std::string(job_id), std::string(after)});
             at != rows_.end() && at->first.first == job_id && found.size() < limit; ++at) {
            found.push_back(at->second);
        }
        return found;
    }
    base::Result<std::size_t> remove_ended_before(base::SystemTime time, std::size_t limit) override {
        if (auto failed = next_write()) return *failed;
        std::size_t removed = 0;
        for (auto at = jobs_.begin(); at != jobs_.end() && removed < limit;) {
            if (!is_final(at->second.status) || *at->second.ended >= time) {
                ++at;
                continue;
            }
            std::erase_if(rows_, [&](const auto& row) {
                if (row.first.first != at->first) return false;
                changed_rows_.insert(row.first);
                return true;
            });
            changed_jobs_.insert(at->first);
            at = jobs_.erase(at);
            ++removed;
        }
        return removed;
    }
    void after_commit(std::function<void()> then) override { waiting_.push_back(std::move(then)); }

    // The commit in its two steps: between them lies the crash that a sent row was made for.
    void make_durable() {
        for (const auto& id : std::exchange(changed_jobs_, {}))
            copy(jobs_, durable_jobs_, id);
        for (const auto& key : std::exchange(changed_rows_, {}))
            copy(rows_, durable_rows_, key);
        durable_patches_ = patches;
    }
    void run_waiting() {
        for (auto& then : std::exchange(waiting_, {}))
            then();
    }
    void commit() {
        const bool cut = cut_at && ++commits > *cut_at;
        if (cut && where == Where::before) throw PowerCut();
        make_durable();
        if (cut && where == Where::between) throw PowerCut();
        run_waiting();
        if (cut) throw PowerCut();
    }
    // The process has gone; what was not durable with it.
    void crash() {
        for (const auto& id : std::exchange(changed_jobs_, {}))
            copy(durable_jobs_, jobs_, id);
        for (const auto& key : std::exchange(changed_rows_, {}))
            copy(durable_rows_, rows_, key);
        patches = durable_patches_;
        waiting_.clear();
    }

    [[nodiscard]] const Job& job(const std::string& id) const { return jobs_.at(id); }
    [[nodiscard]] const Row& row(const std::string& job, const std::string& device) const {
        return rows_.at({job, device});
    }
    [[nodiscard]] const std::map<RowKey, Row>& rows() const { return rows_; }
    [[nodiscard]] const Row& durable_row(const std::string& job, const std::string& device) const {
        return durable_rows_.at({job, device});
    }
    [[nodiscard]] int patches_of(const std::string& device) const {
        int count = 0;
        for (const auto& [key, times] : patches)
            count += key.first == device ? times : 0;
        return count;
    }
    [[nodiscard]] bool has_job(const std::string& id) const { return jobs_.contains(id); }
    void put(const Job& job) { durable_jobs_[job.id] = jobs_[job.id] = job; }

    // Fault injection: the power goes at the commit after this many, at one of its edges.
    struct PowerCut {};
    enum class Where { before, between, after };
    std::optional<int> cut_at;
    Where where = Where::before;
    int commits = 0;

    // Fault injection: after this many good writes, writes fail until the count is taken away.
    std::optional<int> writes_left;
    bool fail_reads = false;

    std::size_t rows_written = 0;
    std::map<std::pair<std::string, std::string>, int>
        patches;  // twins in the same store: by device and text

  private:
    static base::Error failure() { return {base::Errc::io, "the disk is full"}; }
    std::optional<base::Error> next_write() {
        if (!writes_left) return std::nullopt;
        if (*writes_left == 0) return failure();
        --*writes_left;
        return std::nullopt;
    }
    template <typename Map>
    static void copy(const Map& from, Map& to, const typename Map::key_type& key) {
        const auto at = from.find(key);
        if (at == from.end()) {
            to.erase(key);
        } else {
            to[key] = at->second;
        }
    }

    std::map<std::string, Job> jobs_, durable_jobs_;
    std::map<RowKey, Row> rows_, durable_rows_;
    std::map<std::pair<std::string, std::string>, int> durable_patches_;
    std::set<std::string> changed_jobs_;
    std::set<RowKey> changed_rows_;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace jobs
